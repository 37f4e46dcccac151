from decimal import Decimal

import pytest

from clients.portfolio.preview import preview, row_from_rejected
from clients.portfolio.reading import Reading, Rejected, Row


def reading(*rows: Row, columns=None, rejected=(), headers=()) -> Reading:
    return Reading("utf-8", ";", "", columns or {}, rows, rejected=rejected, headers=headers)


def row(line: int, **fields) -> Row:
    return Row(line=line, name=f"Acheteur {line}", id_type="siren", id_value=f"{line:09d}", **fields)


def test_asked_lines_stand_largest_first_and_their_total_is_ht():
    result = preview(
        reading(
            row(1, peak=Decimal(12_000)),  # 10 000 HT
            row(2, peak=Decimal(36_500)),  # 30 416.67 HT, rounded up to 31 000
            row(3, outstanding=Decimal(-50)),
        )
    )
    assert [(line.row.line, line.amount) for line in result.asked] == [(2, 31_000), (1, 10_000)]
    assert result.total == 41_000
    assert [(line.row.line, line.reason, line.reason_label) for line in result.set_aside] == [
        (3, "credit_balance", "solde créditeur")
    ]


@pytest.mark.parametrize(
    ("columns", "chosen", "amount"),
    [
        pytest.param({"peak": "Encours max TTC"}, {}, 10_000, id="20 % by default"),
        pytest.param({"peak": "Encours max HT"}, {}, 12_000, id="a header that says HT holds no VAT"),
        pytest.param({"peak": "Encours max TTC"}, {1: Decimal("0.10")}, 11_000, id="the broker's rate: 10 909.09"),
    ],
)
def test_vat_of_the_balances(columns, chosen, amount):
    result = preview(reading(row(1, peak=Decimal(12_000)), columns=columns), vat_rates=chosen)
    assert result.asked[0].amount == amount


def test_turnovers_by_fate():
    result = preview(
        reading(
            row(1, peak=Decimal(12_000), turnover=Decimal(100_000)),
            row(2, peak=Decimal(12_000), turnover=Decimal(300_000), country="DE"),
            row(3, turnover=Decimal(180_000), set_aside="public_body"),
            row(4, turnover=Decimal(50_000), set_aside="related_company", country="BE"),
        )
    )
    assert result.turnover("public_body") == 180_000
    assert result.turnover("collective_procedure") == 0
    assert result.export_turnover == 300_000
    assert result.named_turnover == 630_000


def test_what_can_still_be_read_of_a_rejected_line():
    list_with_a_bad_siren = reading(
        headers=("Nom", "SIREN", "Pic (k€)", "CA", "Délai"),
        columns={"name": "Nom", "siren": "SIREN", "peak": "Pic (k€)", "turnover": "CA", "terms_days": "Délai"},
        rejected=(Rejected(7, "SIREN faux", ("Garonnel", "000100066", "60", "illisible", "45 j")),),
    )
    assert row_from_rejected(list_with_a_bad_siren, 7) == Row(
        line=7, name="Garonnel", id_value="000100066", peak=Decimal(60_000), turnover=None, terms_days=45
    )
