import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.portfolio.block import LONGEST_BLOCK, BadBlock, read_block
from clients.portfolio.grid import COLUMNS, Form
from clients.portfolio.values import clean

CELL = st.text(st.sampled_from('aé1 ,.;|"€\n'), max_size=8)


def rows(text: str, column: str = "name") -> list[dict[str, str]]:
    return [dict(row) for row in read_block(text, column=column).rows]


class TestCells:
    def test_go_from_the_first_one_rightwards_and_down(self):
        assert rows("60 000\t72 000\n1 200\t\n", "outstanding") == [
            {"outstanding": "60 000", "peak": "72 000"},
            {"outstanding": "1 200", "peak": ""},
        ]

    def test_a_cell_of_several_lines_is_one_cell(self):
        assert rows('"Garonnel\r\nNégoce"\tFR\r\n"dit ""le Grand"""\tBE\r\n') == [
            {"name": "Garonnel Négoce", "country": "FR"},
            {"name": 'dit "le Grand"', "country": "BE"},
        ]

    def test_a_quote_that_nobody_closes_swallows_nothing(self):
        assert [row["name"] for row in rows('"Chez Marcel\tFR\nGaronnel\tFR\nFerroval\tFR')] == [
            "Chez Marcel",
            "Garonnel",
            "Ferroval",
        ]

    def test_an_empty_row_changes_nothing_and_keeps_its_place(self):
        assert rows("Garonnel\tFR\n\t\nFerroval\tFR") == [
            {"name": "Garonnel", "country": "FR"},
            {},
            {"name": "Ferroval", "country": "FR"},
        ]

    def test_an_empty_first_row_is_no_header(self):
        assert rows("\nGaronnel") == [{}, {"name": "Garonnel"}]

    def test_a_short_row_ends_with_empty_cells(self):
        assert rows("Garonnel\tFR\nFerroval")[1] == {"name": "Ferroval", "country": ""}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("Dupont, Fils\nMartin, Père", ["Dupont, Fils", "Martin, Père"], id="one column with commas"),
            pytest.param("A;FR\nB;DE", ["A", "B"], id="semicolons"),
            pytest.param("A|FR\nB|DE", ["A", "B"], id="bars"),
            pytest.param("A;B\nC", ["A;B", "C"], id="a semicolon in one name"),
            pytest.param("A;B\tFR\nC\tDE", ["A;B", "C"], id="tabs come first"),
        ],
    )
    def test_separators(self, text, expected):
        assert [row["name"] for row in rows(text)] == expected

    def test_what_goes_beyond_the_grid_is_told(self):
        block = read_block("vu\tà revoir\t\n\tdemain\thier", column="note")
        assert [dict(row) for row in block.rows] == [{"note": "vu"}, {"note": ""}]
        assert block.notices[0].startswith("Le bloc dépasse la grille à droite : 2 colonnes sont laissées de côté.")

    def test_a_column_of_amounts_teaches_its_separator(self):
        assert read_block("1 200,50\n1.234", column="peak").forms == {"peak": Form(",", 1)}


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_what_a_spreadsheet_copies_is_read_back(cells):
    copied = StringIO()
    csv.writer(copied, dialect="excel-tab").writerows(("Orvaine", *row) for row in cells)
    assert rows(copied.getvalue()) == [
        {"name": "Orvaine", "country": clean(country), "identifier": clean(identifier)}
        for country, identifier in cells
    ]


class TestHeaders:
    def test_our_own_are_recognised(self):
        labels = "\t".join(COLUMNS.values())
        block = read_block(f"{labels}\n{'x' + chr(9) * 9}y", column="note")
        assert block.has_header
        assert block.columns == tuple(COLUMNS)
        assert block.rows[0]["name"] == "x" and block.rows[0]["note"] == "y"

    def test_say_where_each_column_goes(self):
        block = read_block(
            "Encours\tSIREN\tRaison sociale\tVille\n60 000\t000100065\tGaronnel\tPau", column="turnover"
        )
        assert [dict(row) for row in block.rows] == [
            {"name": "Garonnel", "identifier": "000100065", "outstanding": "60 000"}
        ]
        assert block.notices == ("1 colonne est laissée de côté : Ville.",)

    def test_the_first_identifier_of_a_row_is_taken(self):
        text = "Client\tSIREN\tN° TVA\tSolde\nGaronnel\t000100065\t\t1\nRheinwerk\t\tDE136695976\t2"
        assert [row["identifier"] for row in read_block(text).rows] == ["000100065", "DE136695976"]

    def test_of_one_column(self):
        assert rows("Solde\n1 200") == [{"outstanding": "1 200"}]

    def test_units_are_multiplied_and_told(self):
        block = read_block("Client\tCA (k€)\nGaronnel\t300")
        assert block.forms == {"turnover": Form(None, 1000)}
        assert "multipliée par 1\u202f000" in block.notices[0]

    def test_balances_without_vat_are_left_aside(self):
        block = read_block("Client\tEncours HT\tPays\nGaronnel\t300\tFR")
        assert block.columns == ("name", "country")
        assert block.notices == ("« Encours HT » est HT, la grille veut des encours TTC : colonne laissée de côté.",)

    @pytest.mark.parametrize(
        "line",
        [
            pytest.param("Garonnel\tFR\t000100065", id="buyer"),
            pytest.param("Société Client Plus\tFrance", id="a name made of our words"),
            pytest.param("Client Orvaine", id="one column"),
        ],
    )
    def test_a_buyer_is_no_header(self, line):
        assert not read_block(f"{line}\n{line}").has_header


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(" \n\t\n", "rien à coller", id="nothing"),
        pytest.param("Client\tSIREN\n", "qu’une ligne d’en-têtes", id="header alone"),
        pytest.param("A\n" * (LONGEST_BLOCK + 1), "5001 lignes", id="too long"),
        pytest.param('"' + "x" * 2_000_000, "trop long", id="one cell without end"),
        pytest.param("\t" * 501 + "x", "500 colonnes", id="too wide"),
        pytest.param("Ville\tCode postal\nPau\t64000", "sans sa ligne d’en-têtes", id="no column of ours"),
    ],
)
def test_what_cannot_be_pasted(text, said):
    with pytest.raises(BadBlock, match=said):
        read_block(text)


def test_as_many_lines_as_allowed_with_their_header():
    assert len(read_block("Client\tPays\n" + "A\tFR\n" * LONGEST_BLOCK).rows) == LONGEST_BLOCK
