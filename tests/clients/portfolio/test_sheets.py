import pytest

from clients.portfolio.archives import MAX_CELLS
from clients.portfolio.reader import UnreadablePortfolio, read_portfolio
from tests.files import traps


@pytest.mark.parametrize(
    "content, sentence",
    [
        pytest.param(b"", "Ce fichier est vide", id="empty"),
        pytest.param(b"\r\n \r\n", "Ce fichier est vide", id="blank"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "Ce fichier est un PDF", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "Ce fichier est une image", id="png"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF", "Ce fichier est une image", id="jpeg"),
        pytest.param(b"<html><table><tr><td>Nom</td></tr></table>", "page web ou du XML", id="web-page-named-xls"),
        pytest.param(b"\x00\x01\x02\x03" * 500, "pas une liste lisible", id="binary"),
        pytest.param(traps.encrypted_xlsx(), "protégé par un mot de passe", id="password"),
        pytest.param(traps.word_document(), "document Word", id="doc"),
        pytest.param(traps.zip_of("word/document.xml"), "document Word", id="docx"),
        pytest.param(traps.zip_of("liste.csv"), "archive ZIP", id="zip"),
        pytest.param(traps.zip_of("xl/workbook.bin"), "format binaire .xlsb", id="xlsb"),
        pytest.param(traps.zip_of("mimetype", "content.xml"), "n’est pas un classeur", id="other-opendocument"),
        pytest.param(traps.zip_of("xl/workbook.xml"), "Ce classeur est abîmé", id="empty-parts"),
        pytest.param(b"PK\x03\x04" + b"x" * 100, "Ce classeur est abîmé", id="truncated"),
        pytest.param(traps.xlsx(("Vide", [])), "Ce classeur est vide", id="empty-workbook"),
        pytest.param(traps.far_cell_xlsx(), "au-delà de 200 000 lignes", id="far-cell"),
        pytest.param(traps.far_cell_hidden_from_a_search_xlsx(), "au-delà de 200 000 lignes", id="far-cell-in-utf-16"),
        pytest.param(traps.repeated_rows_ods(), "au-delà de 200 000 lignes", id="repeated-rows"),
        pytest.param(traps.zip_bomb_xlsx(), "trop volumineux", id="zip-bomb"),
        pytest.param(traps.crowded_xlsx(), "trop volumineux", id="too-many-parts"),
        pytest.param(traps.entity_bomb_xlsx(), "Ce classeur est abîmé", id="billion-laughs"),
    ],
)
def test_files_that_are_no_list_are_refused_with_what_to_do(content, sentence):
    with pytest.raises(UnreadablePortfolio, match=sentence):
        read_portfolio(content, "liste.xlsx")


def cell(reference, value="<v>1</v>"):
    row = "".join(c for c in reference if c.isdigit())
    return f'<row r="{row}"><c r="{reference}">{value}</c></row>'


@pytest.mark.parametrize("last", ["A200001", "SG1"])  # SG is column 501
def test_the_first_cell_too_far(last):
    with pytest.raises(UnreadablePortfolio, match="au-delà"):
        read_portfolio(traps.raw_xlsx(cell("A1") + cell(last)))


@pytest.mark.parametrize("last", ["A200000", "SF1"])
def test_the_last_cell_allowed(last):
    with pytest.raises(UnreadablePortfolio, match="en-tête|colonnes"):
        read_portfolio(traps.raw_xlsx(cell("A1") + cell(last)))


def test_the_rectangle_counts_not_only_its_sides():
    rows = MAX_CELLS // 500 + 1
    with pytest.raises(UnreadablePortfolio, match="au-delà"):
        read_portfolio(traps.raw_xlsx(cell("SF1") + cell(f"A{rows}")))


def test_styled_cells_without_value_are_not_far():
    reading = read_portfolio(
        traps.raw_xlsx(
            '<row r="1"><c r="A1" t="str"><v>Nom</v></c><c r="B1" t="str"><v>Encours</v></c></row>'
            '<row r="2"><c r="A2" t="str"><v>Garonnel</v></c><c r="B2"><v>50000</v></c></row>'
            '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
        )
    )
    assert reading.rows[0].outstanding == 50_000


def test_cells_without_reference_count_too():
    cells = "<c><v>1</v></c>" * 501
    with pytest.raises(UnreadablePortfolio, match="au-delà"):
        read_portfolio(traps.raw_xlsx(f"<row>{cells}</row>"))
