"""Whatever encoding, separator and form a French list is written in, it is read back to the same values."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.portfolio.reader import UnreadablePortfolio, read_portfolio
from tests.factories import fictitious_siren

LETTERS = "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôùûüÿœABCDEFGHIJKLMNOPQRSTUVWXYZÀÂÇÉÈÊËÎÏÔÙÛÜŒ"
word = st.text(LETTERS, min_size=3, max_size=12)
names = st.lists(word, min_size=1, max_size=3).map(lambda words: "Société " + " ".join(words))
amounts = st.decimals(Decimal("-9999999.99"), Decimal("99999999.99"), places=2, allow_nan=False)


def grouped(amount: Decimal, space: str, point: str) -> str:
    return f"{amount:,.2f}".replace(",", "\0").replace(".", point).replace("\0", space)


# Two decimals after a comma, or a point with nothing that could be thousands: one reading only.
NUMBER_FORMS = {
    "space and comma": lambda amount: grouped(amount, " ", ","),
    "no-break space": lambda amount: grouped(amount, "\u00a0", ","),
    "apostrophe": lambda amount: grouped(amount, "'", ","),
    "points and comma": lambda amount: grouped(amount, ".", ","),
    "bare comma": lambda amount: f"{amount:.2f}".replace(".", ","),
    "bare point": lambda amount: f"{amount:.2f}",
    "sign last": lambda amount: f"{abs(amount):.2f}".replace(".", ",") + ("-" if amount < 0 else ""),
    "parentheses": lambda amount: f"({abs(amount):.2f})".replace(".", ",") if amount < 0 else f"{amount:.2f}",
    "euro sign": lambda amount: grouped(amount, " ", ",") + " €",
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-15")
SEPARATORS = (";", "\t", "|", ",")


@st.composite
def lists(draw):
    buyers = draw(st.lists(st.tuples(names, amounts), min_size=2, max_size=12))
    return (
        [(fictitious_siren(50_000 + number), *buyer) for number, buyer in enumerate(buyers)],
        draw(st.sampled_from(ENCODINGS)),
        draw(st.sampled_from(SEPARATORS)),
        draw(st.sampled_from(sorted(NUMBER_FORMS))),
    )


@settings(max_examples=150)
@given(lists())
def test_a_list_is_read_back_to_the_same_values(written):
    buyers, encoding, separator, form = written

    def quoted(text: str) -> str:
        return f'"{text}"' if separator in text else text

    rows = [("Raison sociale", "SIREN", "Encours")]
    rows += [(name, siren, NUMBER_FORMS[form](amount)) for siren, name, amount in buyers]
    text = "".join(separator.join(map(quoted, row)) + "\r\n" for row in rows)
    reading = read_portfolio(text.encode(encoding))
    assert reading.rejected == ()
    read = [(row.id_value, row.name, row.outstanding) for row in reading.rows]
    assert read == buyers


@pytest.mark.parametrize("amount", ["1.234", "12.500", "123.456"])
def test_what_has_two_readings_is_asked_about(amount):
    """Not even when a neighbour is plain: only a column whose cells agree teaches its separator."""
    content = f"Nom;SIREN;Encours\nA;{fictitious_siren(50_001)};{amount}\nB;{fictitious_siren(50_002)};100\n".encode()
    reading = read_portfolio(content)
    (rejected,) = reading.rejected
    assert amount in rejected.reason
    assert [row.name for row in reading.rows] == ["B"]


def test_a_date_with_two_readings_is_asked_about():
    content = (
        "Client;N° facture;Date facture;Date échéance;Reste dû\n"
        "Garonnel;F1;01/02/03;03/04/03;100,00\nGaronnel;F2;02/03/03;04/05/03;50,00\n"
    ).encode()
    try:
        reading = read_portfolio(content)
    except UnreadablePortfolio as refusal:
        assert "date" in str(refusal).lower()
    else:
        said = " ".join([*reading.notices, *(line.reason for line in reading.rejected)])
        assert "01/02/03" in said
