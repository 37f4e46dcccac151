import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clients.portfolio.reading import UnreadablePortfolio
from clients.portfolio.texts import decode, split_table

FRENCH = "Société dûe d’Œuvre ; 1 200 € ; Noël à Évry"
letters = st.text(
    st.sampled_from("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789éèêëàâäùûüôöîïçœÉÈÀÇŒ€’«»;,.-\n"),
    min_size=1,
    max_size=200,
)


@pytest.mark.parametrize(
    "content, encoding",
    [
        pytest.param(FRENCH.encode("cp1252"), "cp1252", id="cp1252"),
        pytest.param(FRENCH.encode(), "utf-8", id="utf-8"),
        pytest.param(FRENCH.encode("utf-8-sig"), "utf-8-sig", id="utf-8-with-mark"),
        pytest.param(FRENCH.encode("utf-16"), "utf-16", id="utf-16-with-mark"),
        pytest.param(codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be"), "utf-16", id="big-endian-with-mark"),
        pytest.param(FRENCH.encode("utf-16-le"), "utf-16-le", id="utf-16-without-mark"),
        pytest.param(FRENCH.encode("utf-16-be"), "utf-16-be", id="big-endian-without-mark"),
        pytest.param(FRENCH.encode("utf-32"), "utf-32", id="utf-32"),
    ],
)
def test_encodings(content, encoding):
    assert decode(content) == (FRENCH, encoding)


@given(letters)
@example("dû")
def test_cp1252_exports_keep_every_letter(text):
    content = text.encode("cp1252")
    decoded, encoding = decode(content)
    # A few accented letters in a row may also be valid UTF-8; an export has plain letters around them.
    assert decode(b"Soci\xe9t\xe9 " + content) == ("Société " + text, "cp1252")
    assert encoding in ("cp1252", "utf-8")
    assert decoded == text or encoding == "utf-8"


@given(letters)
def test_unicode_exports_keep_every_letter(text):
    assert decode(text.encode())[0] == text
    assert decode(text.encode("utf-8-sig"))[0] == text
    assert decode(text.encode("utf-16"))[0] == text


def test_binary_is_refused():
    with pytest.raises(UnreadablePortfolio, match="pas une liste lisible"):
        decode(bytes(range(1, 256)) * 20)


@pytest.mark.parametrize(
    "text, separator",
    [
        pytest.param("Nom;SIREN;Solde\nA;1;360 000,00\nB;2;1,50", ";", id="semicolon-with-decimal-commas"),
        pytest.param("Nom\tSolde\nDupont, père; fils\t12,50\nB\t1,00", "\t", id="tab"),
        pytest.param("Nom|Solde\nA|12,50\nB|1,00", "|", id="pipe"),
        pytest.param('Nom,SIREN,Solde\nA,1,"360 000,00"\nB,2,"1,50"', ",", id="comma-with-quoted-amounts"),
        pytest.param("Titre\n\nNom;Solde\nA;1\nB;2", ";", id="title-above"),
        pytest.param("sep=|\nNom|Solde\nA;B|1", "|", id="excel-s-own-hint"),
        pytest.param("Garonnel    50 000,00\nFerroval SA   1 000,00", "  ", id="columns-of-spaces"),
        pytest.param("Garonnel", "", id="one-column"),
    ],
)
def test_separators(text, separator):
    assert split_table(text)[0] == separator


def cells(text):
    return split_table(text)[1]


def test_quoted_cells_hold_separators_quotes_and_line_breaks():
    assert cells('a;b;c\n"x;y";"say ""hi""";3\n"on\ntwo lines";5;6\nz;8;9') == [
        (1, ["a", "b", "c"]),
        (2, ["x;y", 'say "hi"', "3"]),
        (3, ["on two lines", "5", "6"]),
        (5, ["z", "8", "9"]),
    ]


def test_an_open_quote_does_not_swallow_the_buyers_below():
    assert cells('a;b;c\n"open;1;2\nnext;3;4\nlast 3";5;6') == [
        (1, ["a", "b", "c"]),
        (2, ["open", "1", "2"]),
        (3, ["next", "3", "4"]),
        (4, ['last 3"', "5", "6"]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_one_line(end):
    assert [line for line, _ in cells(end.join(["a;b", "", "c;d", ""]))] == [1, 2, 3]


def test_limits():
    assert len(cells("a;b\n" * 200_000)) == 200_000
    with pytest.raises(UnreadablePortfolio, match="200 000 lignes"):
        split_table("a;b\n" * 200_001)
    assert len(cells(";" * 499 + "x")[0][1]) == 500
    with pytest.raises(UnreadablePortfolio, match="500 colonnes"):
        split_table(";" * 500 + "x")
