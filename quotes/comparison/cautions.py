"""What the client must know before it looks at a partner's figures, in French, the gravest first."""

from collections.abc import Sequence
from decimal import Decimal

from factortaboite.money import euros
from quotes.comparison.inputs import AskedBuyer
from quotes.comparison.result import Outcome, PartnerResult
from quotes.vocabulary import Decision


def warnings_of(
    result: PartnerResult, ranked: Sequence[PartnerResult], leader: PartnerResult | None, asked: Sequence[AskedBuyer]
) -> list[str]:
    """`asked` stands largest first; `leader` is who is recommended."""
    names = {buyer.key: buyer.name for buyer in asked}
    said = [*_refused_first(result, asked), *_too_low_a_cap(result, asked)]
    said += [
        f"Garantie sur {names[cell.buyer_key]} : {cell.decision.label}."
        for cell in result.cells
        if cell.decision is Decision.WITHDRAWAL_ANNOUNCED or cell.decision is Decision.WITHDRAWN
    ]
    said += _temporary(result, names)
    provisional = sum(cell.preliminary for cell in result.cells)
    if provisional and provisional == result.answered:
        said.append("Réponses provisoires, qui peuvent changer jusqu’à la signature du contrat.")
    elif provisional == 1:
        said.append(f"1 réponse sur {result.answered} est provisoire et peut changer.")
    elif provisional:
        said.append(f"{provisional} réponses sur {result.answered} sont provisoires et peuvent changer.")
    if result is leader:
        for other in ranked:
            if other is not leader and other.covered_high > leader.covered_low and other.no_answer:
                said.append(
                    f"Classement provisoire : avec les réponses encore attendues, {other.name} pourrait garantir "
                    f"jusqu’à {euros(other.covered_high)}."
                )
    return said


def _refused_first(result: PartnerResult, asked: Sequence[AskedBuyer]) -> list[str]:
    first = min(5, len(asked))
    refused = [buyer for buyer, cell in zip(asked[:5], result.cells, strict=False) if cell.outcome is Outcome.REFUSED]
    if not refused:
        return []
    listed = enumerated([f"{buyer.name} ({euros(buyer.requested)})" for buyer in refused])
    if first == 1:
        return [f"Refuse votre seul acheteur interrogé : {listed}."]
    count = "l’un" if len(refused) == 1 else str(len(refused))
    return [f"Refuse {count} de vos {first} premiers acheteurs : {listed}."]


def _too_low_a_cap(result: PartnerResult, asked: Sequence[AskedBuyer]) -> list[str]:
    """The yearly cap should at least pay for the largest buyer (DOMAIN.md §1.3)."""
    cap = result.priced.maximum_liability if result.priced else None
    if result.priced is None or cap is None or not asked:
        return []
    worst = asked[0].requested * result.priced.terms.insured_percentage
    if worst <= cap:
        return []
    return [
        f"Plafond annuel de {euros(cap)} : il ne suffirait pas à indemniser la perte de votre premier acheteur, "
        f"{asked[0].name} ({euros(worst)})."
    ]


def _temporary(result: PartnerResult, names: dict[str, str]) -> list[str]:
    dated = [(cell.temporary_until, cell) for cell in result.cells if cell.temporary and cell.temporary_until]
    said = [f"Sur {names[cell.buyer_key]}, {cell.note}." for _, cell in dated]
    if len(dated) > 3:
        total, first = sum((cell.temporary for _, cell in dated), Decimal(0)), min(until for until, _ in dated)
        said = [
            f"{len(dated)} garanties ont une part temporaire, {euros(total)} en tout, qui expire à partir du "
            f"{first:%d/%m/%Y}."
        ]
    return said + [
        f"Sur {names[cell.buyer_key]}, {euros(cell.temporary)} temporaires sans date de fin, non comptés ici."
        for cell in result.cells
        if cell.temporary and cell.temporary_until is None
    ]


def enumerated(words: Sequence[str]) -> str:
    """« A, B et C »."""
    return " et ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
