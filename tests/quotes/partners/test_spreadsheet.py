from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from quotes.partners.base import Answer, Question
from quotes.partners.spreadsheet import StillWaiting, ToClarify, Unit, parse_cell, read_answer, write_request
from quotes.vocabulary import Decision, Reason

EUR, KEUR = Unit.EUR, Unit.KEUR
END = date(2026, 12, 31)


def plain(sentence):
    return sentence.replace("\u202f", " ").replace("\u00a0", " ")


def read(text, unit=KEUR, asked=60_000):
    return parse_cell(text, asked=Decimal(asked), unit=unit)


@pytest.mark.parametrize(
    "text, unit, permanent, temporary, until",
    [
        pytest.param("60", KEUR, 60_000, 0, None, id="k-euros-by-the-column"),
        pytest.param("50", KEUR, 50_000, 0, None, id="a-part"),
        pytest.param("50000", EUR, 50_000, 0, None, id="euros"),
        pytest.param("50 000", EUR, 50_000, 0, None, id="thousands-space"),
        pytest.param("50\u202f000,00\u00a0€", EUR, 50_000, 0, None, id="narrow-spaces-and-cents"),
        pytest.param("50 000 euros HT", KEUR, 50_000, 0, None, id="own-euros-win-over-k"),
        pytest.param("50 k€", EUR, 50_000, 0, None, id="own-k-wins-over-euros"),
        pytest.param("50k", EUR, 50_000, 0, None, id="glued-k"),
        pytest.param("50 KE", EUR, 50_000, 0, None, id="ke-for-want-of-a-sign"),
        pytest.param("0,05 M€", EUR, 50_000, 0, None, id="millions"),
        pytest.param("12,5", KEUR, 12_500, 0, None, id="half-a-thousand"),
        pytest.param("OK", KEUR, 60_000, 0, None, id="ok"),
        pytest.param("ok.", EUR, 60_000, 0, None, id="ok-with-a-point"),
        pytest.param("Accord", EUR, 60_000, 0, None, id="accord"),
        pytest.param("Accordé", KEUR, 60_000, 0, None, id="accorde"),
        pytest.param(" accord  total ", KEUR, 60_000, 0, None, id="accord-total"),
        pytest.param("avis favorable", KEUR, 60_000, 0, None, id="favourable"),
        pytest.param("OK 50", KEUR, 50_000, 0, None, id="ok-with-its-amount"),
        pytest.param("accord pour 50 k€", EUR, 50_000, 0, None, id="accord-pour"),
        pytest.param("Accord partiel : 50", KEUR, 50_000, 0, None, id="partial-with-its-amount"),
        pytest.param("limité à 50", KEUR, 50_000, 0, None, id="limited-to"),
        pytest.param("50 dont 30 temp. jusqu’au 31/12/2026", KEUR, 20_000, 30_000, END, id="of-which-temporary"),
        pytest.param("60 dont 30 temporaires (31/12/26)", KEUR, 30_000, 30_000, END, id="short-year"),
        pytest.param("60, dont 30 temp au 31 décembre 2026", KEUR, 30_000, 30_000, END, id="month-in-letters"),
        pytest.param("50 + 10 temp jusqu'au 31/12/2026", KEUR, 50_000, 10_000, END, id="plus-temporary"),
        pytest.param("50 k€ + 10 temp jusqu'au 2026-12-31", EUR, 50_000, 10_000, END, id="one-unit-for-both"),
        pytest.param("50 000 € + 10 k€ temp. 31.12.2026", KEUR, 50_000, 10_000, END, id="a-unit-for-each"),
        pytest.param("30 temp. jusqu’au 1er mars 2027", KEUR, 0, 30_000, date(2027, 3, 1), id="all-temporary"),
    ],
)
def test_an_amount_is_understood(text, unit, permanent, temporary, until):
    answer = read(text, unit)
    assert (answer.permanent, answer.temporary, answer.temporary_until) == (permanent, temporary, until)
    assert answer.decision is (Decision.GRANTED if permanent + temporary == 60_000 else Decision.PARTIAL)
    assert answer.asked == 60_000
    assert answer.raw == text.encode()
    assert answer.preliminary


@pytest.mark.parametrize(
    "text, reasons, words",
    [
        pytest.param("NC", (), (), id="nc"),
        pytest.param("n.c.", (), (), id="nc-with-points"),
        pytest.param("non couvert", (), (), id="non-couvert"),
        pytest.param("Refus", (), (), id="refus"),
        pytest.param("REFUSÉ", (), (), id="refuse-capitals"),
        pytest.param("0", (), (), id="zero"),
        pytest.param("0 k€", (), (), id="zero-with-a-unit"),
        pytest.param("néant", (), (), id="neant"),
        pytest.param(
            "Refus : pas de bilan", (Reason.NO_FINANCIALS,), ("pas de bilan",), id="no-financials"
        ),
        pytest.param(
            "NC (redressement judiciaire)", (Reason.INSOLVENCY,), ("redressement judiciaire",), id="insolvency"
        ),
        pytest.param("refus, secteur trop exposé", (Reason.OTHER,), ("secteur trop exposé",), id="other-words-kept"),
    ],
)  # fmt: skip
def test_a_refusal_is_understood(text, reasons, words):
    answer = read(text)
    assert (answer.decision, answer.permanent, answer.temporary) == (Decision.REFUSED, 0, 0)
    assert (answer.reasons, answer.conditions) == (reasons, words)


@pytest.mark.parametrize(
    "text, permanent, condition",
    [
        pytest.param("OK sous réserve du bilan 2025", 60_000, "sous réserve du bilan 2025", id="in-full"),
        pytest.param("50 (sous réserve d’un acompte)", 50_000, "sous réserve d’un acompte", id="in-part"),
        pytest.param("Accord 50, à condition de recevoir les comptes.", 50_000, "à condition de recevoir les comptes",
                     id="a-condition"),
    ],
)  # fmt: skip
def test_a_reserve_makes_it_conditional(text, permanent, condition):
    answer = read(text)
    assert (answer.decision, answer.permanent) == (Decision.CONDITIONAL, permanent)
    assert answer.conditions == (condition,)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "à l’étude", "A l'etude", "en cours", "En cours d’étude.", "étude en cours", "en attente"],
)
def test_still_waiting(text):
    assert read(text) == StillWaiting(text)


@pytest.mark.parametrize(
    "text, unit, question",
    [
        pytest.param("?", KEUR, "« ? » : quel montant l’assureur accorde-t-il ?", id="question-mark"),
        pytest.param("-", KEUR, "« - » : quel montant l’assureur accorde-t-il ?", id="dash"),
        pytest.param("-50", KEUR, "« -50 » : quel montant l’assureur accorde-t-il ?", id="negative"),
        pytest.param("voir mail", KEUR, "« voir mail » : quel montant l’assureur accorde-t-il ?", id="words"),
        pytest.param("refus partiel", KEUR, "« refus partiel » : quel montant l’assureur accorde-t-il ?",
                     id="partial-refusal"),
        pytest.param("accord partiel", KEUR, "« accord partiel » : quel montant l’assureur accorde-t-il ?",
                     id="partial-accord"),
        pytest.param("50 à 60", KEUR, "« 50 à 60 » : quel montant l’assureur accorde-t-il ?", id="range"),
        pytest.param("50 30", KEUR, "« 50 30 » : quel montant l’assureur accorde-t-il ?", id="two-numbers"),
        pytest.param("50 TTC", KEUR, "« 50 TTC » : quel montant l’assureur accorde-t-il ?", id="with-vat"),
        pytest.param("NC ou 50", KEUR, "« NC ou 50 » : quel montant l’assureur accorde-t-il ?", id="no-or-yes"),
        pytest.param("80 %", KEUR, "« 80 % » est un pourcentage : quel montant est accordé ?", id="percentage"),
        pytest.param("50.000", EUR, "« 50.000 » peut se lire de deux façons : précisez les décimales.",
                     id="ambiguous-point"),
        pytest.param("50 dont 30 temp.", KEUR, "Jusqu’à quelle date vont les 30 000 € temporaires ?", id="no-date"),
        pytest.param("50 + 10 temp", KEUR, "Jusqu’à quelle date vont les 10 000 € temporaires ?", id="plus-no-date"),
        pytest.param("50 dont 55 temp. 31/12/2026", KEUR,
                     "55 000 € temporaires dans un total de 50 000 € : lequel est juste ?", id="part-above-total"),
        pytest.param("50 dont 30 temp. 31/02/2027", KEUR,
                     "« 31/02/2027 » n’est pas une date : jusqu’à quand va le montant temporaire ?", id="no-such-day"),
        pytest.param("50 dont 30 temp. 12 brumaire 2026", KEUR,
                     "« 12 brumaire 2026 » n’est pas une date : jusqu’à quand va le montant temporaire ?",
                     id="no-such-month"),
        pytest.param("60000", KEUR,
                     "Cette réponse ferait 60 000 000 € pour 60 000 € demandés : est-ce plutôt 60 000 € ?",
                     id="euros-in-a-k-euros-column"),
        pytest.param("50", EUR, "Cette réponse ferait 50 € pour 60 000 € demandés : est-ce plutôt 50 000 € ?",
                     id="k-euros-in-a-euros-column"),
        pytest.param("50 €", KEUR, "Cette réponse ferait 50 € pour 60 000 € demandés : est-ce plutôt 50 000 € ?",
                     id="own-unit-not-plausible"),
        pytest.param("80", KEUR, "Cette réponse ferait 80 000 € pour 60 000 € demandés : quel est le bon montant ?",
                     id="above-what-was-asked"),
        pytest.param("60 + 30 temp 31/12/2026", KEUR,
                     "Cette réponse ferait 90 000 € pour 60 000 € demandés : quel est le bon montant ?",
                     id="above-with-its-temporary-part"),
        pytest.param("0,4", KEUR, "Cette réponse ferait 400 € pour 60 000 € demandés : quel est le bon montant ?",
                     id="tiny"),
        pytest.param("50 k€ dont 0,02 M€ et 10 temp", KEUR,
                     "« 50 k€ dont 0,02 M€ et 10 temp » : quel montant l’assureur accorde-t-il ?", id="three-amounts"),
        pytest.param("50½", KEUR, "« 50½ » : quel montant l’assureur accorde-t-il ?", id="no-compatible-digits"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_asked(text, unit, question):
    reading = read(text, unit)
    assert isinstance(reading, ToClarify)
    assert plain(reading.question) == question
    assert reading.text == text


@given(st.text(max_size=30), st.sampled_from(Unit))
def test_whatever_is_written_is_never_more_than_was_asked(text, unit):
    reading = read(text, unit)
    if isinstance(reading, Answer):
        assert 0 <= reading.permanent + reading.temporary <= 60_000
        assert reading.raw == text.encode()


# Answers that come back as rows

QUESTIONS = [
    Question("Q-1", "Halbronne Promotion", "FR", "siren", "000100016", Decimal(300_000)),
    Question("Q-2", "Chauff’Est Rimbault", "FR", "siren", "000100123", Decimal(25_000)),
    Question("Q-3", "Norvik Handels GmbH", "DE", "vat", "DE136695976", Decimal(70_000)),
    Question("Q-4", "Norvik Handels GmbH Süd", "DE", "", "", Decimal(10_000)),
]


def understood(cells):
    """Line, reference, and the amount granted or the kind of reading."""
    return [
        (
            cell.line,
            cell.reference,
            cell.reading.permanent if isinstance(cell.reading, Answer) else type(cell.reading).__name__,
        )
        for cell in cells
    ]


def test_a_pasted_block_of_lines():
    block = """Halbronne Promotion : refus

    000 100 123 Chauff'Est Rimbault - 20 k€
    NORVIK HANDELS GMBH (DE 136 695 976) : OK
    Norvik Handels GmbH Süd  à l’étude
    Ferroval : 30 k€"""
    cells = read_answer(block, QUESTIONS, KEUR)
    assert understood(cells) == [
        (1, "Q-1", 0),
        (3, "Q-2", 20_000),
        (4, "Q-3", 70_000),
        (5, "Q-4", "StillWaiting"),
        (6, None, "ToClarify"),
    ]
    assert plain(cells[-1].reading.question) == "« Ferroval : 30 k€ » : de quel acheteur demandé s’agit-il ?"


def test_lines_with_a_separator():
    assert understood(read_answer("Q-1\t200\nDE136695976\tNC\n", QUESTIONS, KEUR)) == [
        (1, "Q-1", 200_000),
        (2, "Q-3", 0),
    ]
    assert understood(read_answer("Q-1;200\nChauff'est  RIMBAULT;25", QUESTIONS, KEUR)) == [
        (1, "Q-1", 200_000),
        (2, "Q-2", 25_000),
    ]


@pytest.mark.parametrize(
    "row, expected",
    [
        pytest.param(["Q-1", "Norvik Handels GmbH", "50"], (None, "ToClarify"), id="two-buyers-named"),
        pytest.param(["Halbronne Promotion", "FR", "200"], ("Q-1", 200_000), id="country-beside"),
        pytest.param([100016.0, 200.0], ("Q-1", 200_000), id="siren-without-its-zeros"),
        pytest.param(["Halbronne Promotion", "300 000", "OK"], ("Q-1", 300_000), id="the-amount-asked-repeated"),
        pytest.param(["Halbronne Promotion", 300000, 200000, "€"], ("Q-1", 200_000), id="with-its-unit"),
        pytest.param(["Halbronne Promotion", 200, 150], ("Q-1", "ToClarify"), id="two-amounts"),
        pytest.param(["Halbronne", 200], (None, "ToClarify"), id="not-the-exact-name"),
        pytest.param(["Norvik Handels GmbH Süd", 5], ("Q-4", 5_000), id="the-longer-name"),
        pytest.param(["Q-3", "", "", "", None], ("Q-3", "StillWaiting"), id="nothing-beside"),
        pytest.param([True, "Q-3", 12.345], ("Q-3", "ToClarify"), id="a-strange-cell"),
        pytest.param(["Q-3", 12.345], ("Q-3", 12_345), id="decimals-are-not-thousands"),
    ],
)
def test_a_row_without_a_header(row, expected):
    (cell,) = read_answer([row], QUESTIONS, KEUR)
    assert understood([cell])[0][1:] == expected


@pytest.mark.parametrize(
    "row, expected",
    [
        pytest.param(["Q-1", "", "200", "k€", ""], 200_000, id="unit-column"),
        pytest.param(["Q-1", "", "200000", "€", ""], 200_000, id="unit-column-against-the-default"),
        pytest.param(["Q-1", "", "200 k€", "k€", ""], 200_000, id="unit-twice"),
        pytest.param(["Q-1", "", "200 k€", "€", ""], "ToClarify", id="contradicting-units"),
        pytest.param(["Q-1", "", "200", "USD", ""], "ToClarify", id="unknown-unit"),
        pytest.param(["Q-1", "", "OK", "€", ""], 300_000, id="unit-of-nothing"),
        pytest.param(["Q-1", "", "", "", ""], "StillWaiting", id="blank"),
        pytest.param(["Q-1", "", "", "€", ""], "StillWaiting", id="only-a-unit"),
        pytest.param(["Q-1", "", "", "", "NC"], 0, id="answer-in-the-remark"),
        pytest.param(["Q-1", "", "200", "", "NC"], "ToClarify", id="remark-against-the-answer"),
        pytest.param(["Q-1", "", "200", "", "dont 50 temp. 31/12/2026"], 150_000, id="remark-completes"),
        pytest.param(["Q-1", "", "200 dont 50 temp.", "", date(2026, 12, 31)], 150_000, id="date-in-the-remark"),
        pytest.param(["Q-1", "", "200 dont 50 temp.", "", datetime(2026, 12, 31, 0, 0)], 150_000, id="date-and-time"),
        pytest.param(["Q-1", "", "200", "", "bilan 2025 ?"], "ToClarify", id="remark-with-a-number"),
    ],
)
def test_a_row_under_a_header(row, expected):
    header = ["Référence", "Acheteur", "Montant accordé", "Unité", "Observation"]
    (cell,) = read_answer([["Notre réponse du 20/11"], header, row], QUESTIONS, KEUR)
    assert understood([cell])[0][1:] == ("Q-1", expected)
    assert cell.line == 3
    if isinstance(cell.reading, Answer):
        assert cell.reading.raw.decode() == cell.text


def test_a_harmless_remark_is_kept_with_the_answer():
    header = ["Référence", "Montant accordé", "Observation"]
    (cell,) = read_answer([header, ["Q-1", "200", "Dossier suivi par M. Perrin"]], QUESTIONS, KEUR)
    assert cell.reading.decision is Decision.PARTIAL
    assert cell.reading.conditions == ("Dossier suivi par M. Perrin",)
    assert cell.reading.raw.decode() == "200 Dossier suivi par M. Perrin"


def test_a_remark_explains_a_refusal():
    header = ["Référence", "Décision", "Motif"]
    (cell,) = read_answer([header, ["Q-1", "NC", "pas de bilan"]], QUESTIONS, KEUR)
    assert (cell.reading.decision, cell.reading.reasons) == (Decision.REFUSED, (Reason.NO_FINANCIALS,))


def test_two_rows_for_one_buyer_are_both_asked_back():
    cells = read_answer("Q-1\t200\nHalbronne Promotion\t150\nQ-3\tOK", QUESTIONS, KEUR)
    assert understood(cells) == [(1, "Q-1", "ToClarify"), (2, "Q-1", "ToClarify"), (3, "Q-3", 70_000)]
    assert plain(cells[0].reading.question) == (
        "Plusieurs lignes répondent sur Halbronne Promotion : laquelle est la bonne ?"
    )


def test_a_blank_row_does_not_contradict_an_answer():
    assert understood(read_answer("Q-1\t200\nHalbronne Promotion\t", QUESTIONS, KEUR)) == [
        (1, "Q-1", 200_000),
        (2, "Q-1", "StillWaiting"),
    ]


def test_two_buyers_of_one_name_are_not_confused():
    twins = [
        Question("Q-1", "Garonnel", "FR", "siren", "000100065", Decimal(50_000)),
        Question("Q-2", "GARONNEL", "FR", "siren", "000100073", Decimal(40_000)),
    ]
    assert understood(read_answer("Garonnel : OK\nGaronnel 000100073 : OK", twins, KEUR)) == [
        (1, None, "ToClarify"),
        (2, "Q-2", 40_000),
    ]


# The request


def request(questions=QUESTIONS, sandbox=True):
    return write_request(questions, broker="Cabinet Démo", client="=Valmorin Négoce SAS", sandbox=sandbox)


def test_the_request_holds_numbers_as_numbers_and_everything_else_as_text():
    sheet = openpyxl.load_workbook(BytesIO(request())).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[5] == (
        "Référence", "Acheteur", "Pays", "Identifiant", "Montant demandé HT (€)", "Montant accordé", "Unité",
        "Observation",
    )  # fmt: skip
    assert rows[6] == ("Q-1", "Halbronne Promotion", "FR", "000100016", 300_000, None, None, None)
    assert sheet["D7"].data_type == "s"
    assert sheet["E7"].data_type == "n"
    assert sheet.freeze_panes == "C7"


def test_nothing_in_the_request_is_a_formula_or_a_link():
    hostile = [
        Question("=1+1", "=HYPERLINK(\"http://x\")", "+A", "siren", "@SUM(A1)", Decimal(1000)),
        Question("Q-2", "https://example.test", "FR", "vat", "-1", Decimal("1000.50")),
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(BytesIO(request(hostile))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert sheet["B7"].value == '=HYPERLINK("http://x")'
    assert sheet["E8"].value == 1000.5


def test_the_sandbox_says_so():
    def first_column(content):
        return [row[0].value for row in openpyxl.load_workbook(BytesIO(content)).active.iter_rows(max_row=5)]

    assert "Données fictives, envoyées par un environnement d’essai." in first_column(request())
    assert not any("fictives" in (line or "") for line in first_column(request(sandbox=False)))


def test_our_own_file_filled_in_comes_back_whole():
    workbook = openpyxl.load_workbook(BytesIO(request()))
    for row, (answer, unit, note) in enumerate(
        [("NC", None, None), (25, "k€", None), (60_000, "€", "dont 20 000 temp. au 31/12/2026"), (None, None, None)],
        start=7,
    ):
        for column, value in zip("FGH", (answer, unit, note), strict=True):
            workbook.active[f"{column}{row}"] = value
    filled = BytesIO()
    workbook.save(filled)
    filled.seek(0)
    grid = CalamineWorkbook.from_filelike(filled).get_sheet_by_index(0).to_python()
    cells = read_answer(grid, QUESTIONS, EUR)
    assert understood(cells) == [
        (7, "Q-1", 0),
        (8, "Q-2", 25_000),
        (9, "Q-3", 40_000),
        (10, "Q-4", "StillWaiting"),
    ]
    pasted = "\n".join("\t".join(str(value) for value in row) for row in grid[6:])
    assert [row[1:] for row in understood(read_answer(pasted, QUESTIONS, EUR))] == [
        row[1:] for row in understood(cells)
    ]


def test_a_request_without_questions_is_still_a_file():
    assert openpyxl.load_workbook(BytesIO(request([]))).active.max_row == 6
