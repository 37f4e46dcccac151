"""The buyers of the demo client, Valmorin Négoce SAS, and what each simulated insurer answers on them.

All names are fictitious. The SIRENs are Luhn-valid and begin with `000`, which is never attributed to a company.
The sandbox twins answer exactly what stands here, and the demo portfolio file is built from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType


@dataclass(frozen=True)
class DemoBuyer:
    """One customer account, amounts in whole euros.

    `turnover` is HT over 12 months, `days` the payment terms, `peak` TTC. `asked` is HT; None when the buyer is set
    aside, and then `answers` is empty. `answers` holds the amount granted HT by insurer "A", "B" and "C": zero is a
    refusal, None means that no reply came.
    """

    code: str
    name: str
    country: str
    id_type: str
    id_value: str
    turnover: Decimal
    days: int
    peak: Decimal
    asked: Decimal | None
    answers: Mapping[str, Decimal | None]
    note: str = ""


def _euros(thousands: int | None) -> Decimal | None:
    return None if thousands is None else Decimal(thousands * 1000)


def _french(
    code: str,
    name: str,
    siren: str,
    turnover: int,
    days: int,
    peak: int,
    asked: int | None = None,
    answers: tuple[int | None, ...] = (),
    note: str = "",
) -> DemoBuyer:
    """A buyer from a row of the demo's table, which counts in thousands of euros."""
    return DemoBuyer(
        code=code,
        name=name,
        country="FR",
        id_type="siren",
        id_value=siren,
        turnover=Decimal(turnover * 1000),
        days=days,
        peak=Decimal(peak * 1000),
        asked=_euros(asked),
        answers=MappingProxyType({insurer: _euros(k) for insurer, k in zip("ABC", answers, strict=False)}),
        note=note,
    )


_NORVIK = DemoBuyer(
    code="AE",
    name="Norvik Handels GmbH",
    country="DE",
    id_type="vat",
    id_value="DE136695976",
    turnover=Decimal(300_000),
    days=60,
    peak=Decimal(70_000),
    asked=Decimal(70_000),
    answers=MappingProxyType({"A": Decimal(40_000), "B": Decimal(70_000), "C": Decimal(70_000)}),
    note="Export",
)

DEMO_BUYERS: tuple[DemoBuyer, ...] = (
    _french("AA", "Halbronne Promotion", "000100016", 1500, 60, 360, 300, (0, 300, 200)),
    _french("AB", "Centrale Ostrevan", "000100024", 900, 45, 180, 150, (0, 100, 120)),
    _french("AC", "Méca-Lorvalle", "000100032", 500, 60, 120, 100, (100, 100, 60)),
    _french("AD", "Tôlerie Brisquenot", "000100040", 400, 60, 96, 80, (80, 60, 80)),
    _NORVIK,
    _french("AF", "Élec Vaucassin", "000100057", 300, 60, 72, 60, (60, 60, 40)),
    _french("AG", "Garonnel", "000100065", 320, 45, 60, 50, (10, 50, 0)),
    _french("AH", "Serrurerie Ambrelin", "000100073", 150, 60, 36, 50, (50, 50, 30)),
    _french("AI", "Transports Quévelin", "000100081", 260, 45, 48, 40, (40, 30, 40)),
    _french("AJ", "Plomberie Oursanne", "000100099", 200, 60, 48, 40, (20, 40, 40)),
    _french("AK", "Ferroval", "000100107", 200, 45, 36, 30, (30, 30, 30)),
    _french("AL", "Boisement Talliers", "000100115", 150, 60, 36, 30, (30, 30, 15)),
    _french("AM", "Chauff'Est Rimbault", "000100123", 120, 60, 30, 25, (25, 25, 25)),
    _french("AN", "Atelier Nivoisy", "000100131", 130, 45, 24, 20, (20, 0, 20)),
    _french("AO", "Jardins Peltrac", "000100149", 100, 60, 24, 20, (20, 20, None)),
    _french("AP", "Bâtisseurs Gâtinel", "000100156", 75, 60, 18, 15, (15, 15, 15)),
    _french("AQ", "Quincaillerie Delmorne", "000100164", 100, 30, 12, 10, (10, 10, 10)),
    _french("AR", "Commune Sainte-Orvaine", "000100172", 180, 30, 30),
    _french("AS", "Menuiserie Crozelat", "000100180", 220, 60, 54, note="Redressement judiciaire"),
)

AMBRELIN_SECOND_ACCOUNT = _french("AH", "SERR AMBRELIN", "000100073", 100, 60, 24)
"""The same company under a second customer account: the reader merges it with the line AH above."""
