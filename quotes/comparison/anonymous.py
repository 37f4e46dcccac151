"""Insurers as letters, for a client that has not signed its mandate yet."""

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_uppercase

from quotes.comparison.inputs import BuyerAnswer, PartnerAnswers

# What an insurer wrote itself may name it.
UNTOLD_CONDITION = "réserve dont le texte vous sera donné avec le nom de l’assureur"


def letter_of(position: int) -> str:
    """« A » for the first one asked; beyond the alphabet, a number."""
    return ascii_uppercase[position] if position < len(ascii_uppercase) else str(position + 1)


def without_names(partners: Sequence[PartnerAnswers]) -> list[PartnerAnswers]:
    """The same answers from « Assureur A », « Assureur B »…, in the order given, with no word of the insurers' own."""
    # Codes break ties: in the same order, both comparisons rank alike.
    codes = sorted(partner.code for partner in partners)
    return [
        replace(
            partner,
            code=f"{codes.index(partner.code):03}",
            name=f"Assureur {letter_of(position)}",
            subtitle="",
            answers={key: _without_words(answer) for key, answer in partner.answers.items()},
        )
        for position, partner in enumerate(partners)
    ]


def _without_words(answer: BuyerAnswer) -> BuyerAnswer:
    return replace(answer, conditions=(UNTOLD_CONDITION,) * len(answer.conditions))
