"""The comparison in French sentences that a broker would sign, addressed to the client.

A partner is « il » and never named in its own sentences: its name stands above them, and needs no « d’ » or « qu’ ».
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypedDict

from factortaboite.money import euros
from factortaboite.typography import typeset
from quotes.comparison.cautions import enumerated, warnings_of
from quotes.comparison.current import CurrentCover
from quotes.comparison.inputs import AskedBuyer
from quotes.comparison.result import Cell, Outcome, PartnerResult, Tone

OURS = "selon nos estimations"
NUMBERS = {2: "deux", 3: "trois", 4: "quatre", 5: "cinq"}


class Spoken(TypedDict):
    """The sentences of one partner, under the names of PartnerResult."""

    headline: str
    tone: Tone
    warnings: tuple[str, ...]
    reasons: tuple[str, ...]
    against_current: str


def write(
    result: PartnerResult,
    ranked: Sequence[PartnerResult],
    leader: PartnerResult | None,
    asked: Sequence[AskedBuyer],
    current: CurrentCover | None,
) -> Spoken:
    """Everything there is to say about `result`. `asked` stands largest first; `leader` is who is recommended;
    `current` is the contract in force."""
    tone, headline = _headline(result, ranked, leader, asked)
    if result is leader:
        reasons = _reasons_for(result, ranked, asked)
    else:
        reasons = _reasons_against(result, leader, asked)
    return Spoken(
        headline=headline,
        tone=tone,
        warnings=tuple(map(typeset, warnings_of(result, ranked, leader, asked))),
        reasons=tuple(map(typeset, reasons)),
        against_current=typeset(_against(result, current)) if current and result.answered else "",
    )


def best_cells(total: Decimal, ranked: Sequence[PartnerResult]) -> str:
    """What to think of the best answer of each line, added up; empty when one partner alone reaches it."""
    if total <= max((result.covered_low for result in ranked), default=Decimal(0)):
        return ""
    return typeset(
        f"En prenant sur chaque acheteur la meilleure réponse, on atteindrait {euros(total)} : "
        "personne ne vend cette addition, un contrat se souscrit en entier."
    )


def _headline(
    result: PartnerResult, ranked: Sequence[PartnerResult], leader: PartnerResult | None, asked: Sequence[AskedBuyer]
) -> tuple[Tone, str]:
    if not result.answered:
        return Tone.WAITING, "Pas encore de réponse" if asked else "Aucun acheteur interrogé"
    if result is leader:
        rivals = [other for other in ranked if other.answered and other is not leader]
        if not rivals:
            return Tone.GRANTED, "Seule réponse reçue"
        if result.covered_low >= max(other.covered_low for other in rivals):
            return Tone.GRANTED, "Couvre le mieux vos clients"
        return Tone.GRANTED, "Le meilleur choix à garantie comparable"
    if result.refused == len(asked):
        return Tone.REFUSED, "Refuse tous vos clients" if len(asked) > 1 else "Refuse votre client"
    refusals = _refused(result)
    if result.cells[0].outcome is Outcome.REFUSED:
        leading = next(i for i, cell in enumerate(result.cells) if cell.outcome is not Outcome.REFUSED)
        return (
            Tone.REFUSED,
            "Refuse votre plus gros client" if leading == 1 else f"Refuse vos {leading} plus gros clients",
        )
    if refused_first := [cell for cell in refusals if cell in result.cells[:5]]:
        count, first = len(refused_first), min(5, len(asked))
        return Tone.REFUSED, f"Refuse {'un' if count == 1 else count} de vos {first} premiers clients"
    if result.no_answer:
        return Tone.WAITING, f"{result.answered} / {len(asked)} réponses"
    assert leader is not None  # this partner covers something, so somebody is recommended
    gap = leader.covered_low - result.covered_low
    if gap > 0:
        return Tone.PARTIAL, f"{euros(gap)} de garantie en moins"
    return Tone.PARTIAL, f"{euros(-gap)} de garantie en plus" if gap else "Même garantie"


def _reasons_for(result: PartnerResult, ranked: Sequence[PartnerResult], asked: Sequence[AskedBuyer]) -> list[str]:
    rivals = [other for other in ranked if other is not result and other.covered_low]
    return [
        _cover(result, asked),
        *_comparable(result, rivals),
        _cost(result, [other for other in rivals if other.yearly_cost is not None]),
        _open_amount(result),
    ]


def _cover(result: PartnerResult, asked: Sequence[AskedBuyer]) -> str:
    if result.covered_low == result.total_requested:
        return f"Il garantit la totalité des {euros(result.total_requested)} demandés."
    said = f"Il garantit {euros(result.covered_low)} sur les {euros(result.total_requested)} demandés"
    first = result.cells[:5]
    if any(cell.outcome is Outcome.REFUSED for cell in first) and len(first) > 1:
        refused = enumerated(_names([cell for cell in first if cell.outcome is Outcome.REFUSED], asked))
        said += f", mais refuse {refused}"
    elif len(first) > 1 and all(cell.outcome is not Outcome.NO_ANSWER for cell in first):
        said += f" et ne refuse aucun de vos {NUMBERS[len(first)]} premiers acheteurs"
    if result.no_answer:
        count = result.no_answer
        awaited = f"{count} réponses encore attendues peuvent" if count > 1 else "1 réponse encore attendue peut"
        said += f" ; {awaited} porter ce montant à {euros(result.covered_high)}"
    return f"{said}."


def _comparable(result: PartnerResult, rivals: Sequence[PartnerResult]) -> list[str]:
    """Why a partner is preferred to another that covers a little more."""
    best = max(rivals, key=lambda other: other.covered_low, default=result)
    gap = best.covered_low - result.covered_low
    if gap <= 0:
        return []
    said = f"Un autre assureur garantit {euros(gap)} de plus, un écart trop faible pour décider"
    ours, theirs = result.largest_indemnity, best.largest_indemnity
    if theirs is None:
        return [f"{said} ; celui-ci a déjà donné ses conditions."]
    if ours is not None and ours > theirs:
        return [f"{said} ; celui-ci indemnise mieux une grosse perte, jusqu’à {euros(ours)} contre {euros(theirs)}."]
    return [f"{said} ; celui-ci est moins cher{f', {OURS}' if _is_estimate(result, best) else ''}."]


def _is_estimate(*results: PartnerResult) -> bool:
    """Whether a price among these is the firm's own: it is never told as an insurer's."""
    return any(result.priced is not None and result.priced.is_estimate for result in results)


def _told(sentence: str, *results: PartnerResult) -> str:
    """A sentence on the prices of `results`, told as what it is."""
    return f"{OURS.capitalize()}, {sentence[0].lower()}{sentence[1:]}" if _is_estimate(*results) else sentence


def _cost(result: PartnerResult, rivals: Sequence[PartnerResult]) -> str:
    if result.yearly_cost is None:
        return "Ses conditions tarifaires ne sont pas encore connues."
    return _told(_price(result, result.yearly_cost, rivals), result, *rivals)


def _price(result: PartnerResult, ours: Decimal, rivals: Sequence[PartnerResult]) -> str:
    if not rivals:
        return f"Il coûte {euros(ours)} par an, taxes et frais compris."
    cheapest = min(rivals, key=lambda other: (other.yearly_cost or Decimal(0), -other.covered_low))
    theirs = cheapest.yearly_cost
    assert theirs is not None  # the rivals are those with a price
    if ours < theirs:
        return f"C’est aussi le moins cher : {euros(ours)} par an, taxes et frais compris."
    if ours == theirs:
        return f"Aucun n’est moins cher : {euros(ours)} par an, taxes et frais compris."
    said = f"Il coûte {euros(ours - theirs)} de plus par an que le moins cher"
    more = result.covered_low - cheapest.covered_low
    return f"{said}, pour {euros(more)} de garantie en plus." if more > 0 else f"{said}."


def _open_amount(result: PartnerResult) -> str:
    if not result.uncovered:
        return "Aucun des acheteurs interrogés ne reste à découvert."
    first = result.uncovered[0]
    said = f"Reste à découvert : {euros(result.uncovered_total)}"
    return f"{said}{', dont ' + euros(first.amount) if len(result.uncovered) > 1 else ''} sur {first.name}."


def _reasons_against(result: PartnerResult, leader: PartnerResult | None, asked: Sequence[AskedBuyer]) -> list[str]:
    if not result.answered:
        return ["Aucune réponse reçue à ce jour."] if asked else []
    if not result.covered_low and not result.no_answer:
        return ["Il refuse tous les acheteurs interrogés." if len(asked) > 1 else f"Il refuse {asked[0].name}."]
    said = [*_gap(result, leader), *_refusals(result, asked)]
    if leader and result.yearly_cost is not None and leader.yearly_cost is not None:
        dearer = result.yearly_cost - leader.yearly_cost
        gap = f"{euros(abs(dearer))} de {'plus' if dearer > 0 else 'moins'} par an" if dearer else "le même prix"
        said.append(_told(f"Il coûte {gap}.", result, leader))
    if leader and result.scenarios and leader.scenarios:
        ours, theirs = result.scenarios[0], leader.scenarios[0]
        if ours.indemnity != theirs.indemnity:
            paid = f"{euros(ours.indemnity)}" if ours.indemnity else "rien"
            said.append(
                f"Si {ours.name} ne payait plus, {'il verserait' if ours.indemnity else 'il ne verserait'} {paid}, "
                f"contre {euros(theirs.indemnity)} avec l’offre recommandée."
            )
    if result.no_answer:
        silent = [cell for cell in result.cells if cell.outcome is Outcome.NO_ANSWER]
        said.append(
            f"Il n’a pas encore répondu sur {_few(silent, asked)} : sa garantie ira de "
            f"{euros(result.covered_low)} à {euros(result.covered_high)}."
        )
    return said


def _against(result: PartnerResult, current: CurrentCover) -> str:
    """« 195 000 € de garantie de plus pour 1 200 € de plus par an. »"""
    more = result.covered_low - current.covered
    said = f"{euros(abs(more))} de garantie de {'plus' if more > 0 else 'moins'}" if more else "La même garantie"
    if result.yearly_cost is None or current.yearly_cost is None:
        return f"{said}."
    dearer = result.yearly_cost - current.yearly_cost
    ours = f", {OURS}" if _is_estimate(result) else ""
    if not dearer:
        return f"{said} pour le même prix{ours}."
    # Less cover for more money is no exchange.
    link = "pour" if more * dearer >= 0 else "et"
    return f"{said} {link} {euros(abs(dearer))} de {'plus' if dearer > 0 else 'moins'} par an{ours}."


def _gap(result: PartnerResult, leader: PartnerResult | None) -> list[str]:
    if leader is None:
        return []
    gap = leader.covered_low - result.covered_low
    said = f"Il garantit {euros(result.covered_low)} sur les {euros(result.total_requested)} demandés"
    if gap:
        return [f"{said}, soit {euros(abs(gap))} de {'moins' if gap > 0 else 'plus'} que l’offre recommandée."]
    return [f"{said}, autant que l’offre recommandée."]


def _refusals(result: PartnerResult, asked: Sequence[AskedBuyer]) -> list[str]:
    """Refused buyers still bear premium, unless they are taken out of the contract (DOMAIN.md §1.2)."""
    refused = _refused(result)
    if not refused:
        return []
    keys = {cell.buyer_key for cell in refused}
    buyers = [buyer for buyer in asked if buyer.key in keys]
    terms = result.priced.terms if result.priced else None
    if terms is None or terms.all_in_price is not None or any(buyer.turnover is None for buyer in buyers):
        return [f"Il refuse {_few(refused, asked)}."]
    premium = sum(
        ((buyer.turnover or Decimal(0)) * terms.rate_for(is_export=buyer.foreign) for buyer in buyers), Decimal(0)
    )
    return [
        f"Il refuse {_few(refused, asked)} : {euros(premium)} de prime HT par an seraient payés sur des ventes "
        "qu’il ne garantit pas."
    ]


def _refused(result: PartnerResult) -> list[Cell]:
    return [cell for cell in result.cells if cell.outcome is Outcome.REFUSED]


def _names(cells: Sequence[Cell], asked: Sequence[AskedBuyer]) -> list[str]:
    keys = {cell.buyer_key for cell in cells}
    return [buyer.name for buyer in asked if buyer.key in keys]


def _few(cells: Sequence[Cell], asked: Sequence[AskedBuyer]) -> str:
    return enumerated(_names(cells, asked)) if len(cells) <= 3 else f"{len(cells)} acheteurs"
