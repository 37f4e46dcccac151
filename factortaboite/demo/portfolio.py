"""The demo client's buyer list, as an accounting package exports it: cp1252, `;`, CRLF, title lines, a total.

`python -m factortaboite.demo.portfolio` writes the file again after a change in the buyers.
"""

from decimal import Decimal
from pathlib import Path

from factortaboite.demo.buyers import AMBRELIN_SECOND_ACCOUNT, DEMO_BUYERS, DemoBuyer

PORTFOLIO_PATH = Path(__file__).with_name("valmorin-balance-agee.csv")

_TITLES = (
    "Valmorin Négoce SAS",
    "Balance clients au 31/10/2026, encours maximum des 12 derniers mois",
    "Montants en euros",
    "",
)
_HEADER = (
    "Compte",
    "Intitulé",
    "SIREN",
    "Pays",
    "CA HT 12 mois",
    "Délai (jours)",
    "Encours maximum TTC",
    "Observations",
)
_COUNTRIES = {"FR": "France", "DE": "Allemagne"}


def _accounts() -> list[DemoBuyer]:
    """Every customer account in the order of the list: the second Ambrelin account comes after the small buyers."""
    position = next(index for index, buyer in enumerate(DEMO_BUYERS) if buyer.asked is None)
    return [*DEMO_BUYERS[:position], AMBRELIN_SECOND_ACCOUNT, *DEMO_BUYERS[position:]]


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def _line(number: int, buyer: DemoBuyer) -> tuple[str, ...]:
    return (
        f"411{number:04d}",
        buyer.name,
        buyer.id_value,
        _COUNTRIES[buyer.country],
        _amount(buyer.turnover),
        str(buyer.days),
        _amount(buyer.peak),
        buyer.note,
    )


def portfolio_csv() -> bytes:
    """The file's bytes."""
    accounts = _accounts()
    turnover = _amount(sum((buyer.turnover for buyer in accounts), Decimal(0)))
    peak = _amount(sum((buyer.peak for buyer in accounts), Decimal(0)))
    lines = [_HEADER, *(_line(number, buyer) for number, buyer in enumerate(accounts, start=1))]
    lines.append(("Total général", "", "", "", turnover, "", peak, ""))
    text = "\r\n".join((*_TITLES, *map(";".join, lines), ""))
    return text.encode("cp1252")


if __name__ == "__main__":
    PORTFOLIO_PATH.write_bytes(portfolio_csv())
