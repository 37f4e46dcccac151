"""A comparison as the market_test command gives it: a table for the terminal, JSON for other programs."""

from decimal import Decimal

from rich.table import Table

from clients.models import PortfolioFile, RiskSnapshot
from factortaboite.money import euros, percent, round_euros
from quotes.comparison import Comparison, PartnerResult


def as_table(comparison: Comparison) -> Table:
    table = Table(title=f"{len(comparison.buyers)} acheteurs, {euros(comparison.total_requested)} demandés HT")
    table.add_column("Assureur")
    for header in ("Couvert", "Part", "Réponses", "Coût annuel", "Pour 1 000 €"):
        table.add_column(header, justify="right", no_wrap=True)
    for partner in comparison.partners:
        table.add_row(
            partner.name + (" ★" if partner.code == comparison.recommended else ""),
            euros(partner.covered_low),
            percent(partner.share_low),
            f"{partner.in_full} · {partner.in_part} · {partner.refused} · {partner.no_answer}",
            "à chiffrer" if partner.yearly_cost is None else euros(partner.yearly_cost, cents=True),
            "" if partner.cost_per_thousand is None else euros(partner.cost_per_thousand, cents=True),
        )
    table.caption = (
        "Réponses : accordées · partielles · refusées · sans réponse. Montants HT, coût toutes taxes comprises.\n"
        "Données fictives : ce sont des simulateurs qui répondent."
    )
    return table


def as_json(
    comparison: Comparison, file: PortfolioFile, snapshot: RiskSnapshot, *, elapsed_seconds: float
) -> dict[str, object]:
    """Amounts are strings with two decimals, in euros HT; the cost includes taxes and fees; shares go from 0 to 1."""
    return {
        "requested_total": _amount(comparison.total_requested),
        "buyers_asked": len(comparison.buyers),
        "set_aside": [
            {"line": exposure.line, "name": exposure.name, "reason": exposure.get_set_aside_display()}
            for exposure in snapshot.exposures.set_aside().order_by("line")
        ],
        "rejected_rows": [
            {"line": line, "reason": reason}
            for line, reason in file.skipped_lines.filter(is_rejected=True).values_list("line", "reason")
        ],
        "partners": [_partner(partner) for partner in comparison.partners],
        "recommended": comparison.recommended,
        "elapsed_seconds": round(elapsed_seconds, 2),
    }


def _partner(partner: PartnerResult) -> dict[str, object]:
    return {
        "code": partner.code,
        "name": partner.name,
        "covered_total": _amount(partner.covered_low),
        "covered_share": str(partner.share_low.quantize(Decimal("0.0001"))),
        "in_full": partner.in_full,
        "in_part": partner.in_part,
        "refused": partner.refused,
        "no_answer": partner.no_answer,
        "annual_cost_total": None if partner.yearly_cost is None else _amount(partner.yearly_cost),
        "reasons": list(partner.reasons),
    }


def _amount(amount: Decimal) -> str:
    return str(round_euros(amount))
