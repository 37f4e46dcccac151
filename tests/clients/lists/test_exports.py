"""What leaves is what the address shows, as numbers and days, and never a formula."""

import csv
import zipfile
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
from django.urls import reverse

from clients.models import Client
from tests.factories import ClientFactory, ExposureFactory, RiskSnapshotFactory

WORKBOOK = reverse("clients:client_workbook")
TEXT = reverse("clients:client_text")

ATTACKS = [
    "=1+1",
    "+33 1 23 45",
    "-cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "  =1+1",
    "＝1+1",
    '=HYPERLINK("https://voleur.example";"Voir")',
    "https://voleur.example/",
]


@pytest.fixture
def book(user):
    snapshot = RiskSnapshotFactory(
        client__firm=user.firm, client__name="Valmorin; Négoce", client__owner=user, client__siren="000100990"
    )
    ExposureFactory(snapshot=snapshot, requested=Decimal("60000.50"))
    ExposureFactory(snapshot=snapshot, requested=Decimal("1000"))
    ClientFactory(firm=user.firm, name="Sans liste", siren="", company=None)
    ClientFactory(name="D’un autre cabinet")
    return snapshot


def workbook_of(content: bytes):
    return openpyxl.load_workbook(BytesIO(content))


def text_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


class TestWorkbook:
    def test_holds_the_rows_as_numbers_and_days(self, browser, book, user):
        response = browser.get(WORKBOOK)
        sheet = workbook_of(response.getvalue()).active
        header, *rows = sheet.iter_rows(values_only=True)
        assert header == (
            "Client", "SIREN", "Photographie", "Acheteurs demandés", "Montant demandé HT", "Étape",
            "Alertes à traiter", "Suivi par",
        )  # fmt: skip
        day = datetime.combine(book.taken_on, datetime.min.time())
        assert rows == [
            ("Sans liste", None, None, None, None, "prospect", None, None),
            ("Valmorin; Négoce", "000100990", day, 2, 61000.5, "prospect", None, str(user)),
        ]
        assert sheet["E3"].number_format == "#,##0.00"
        assert sheet["B3"].data_type == "s", "a SIREN is no number"
        assert f"clients-{date.today():%Y-%m-%d}.xlsx" in response["Content-Disposition"]

    def test_obeys_filters_columns_and_order(self, browser, book):
        ClientFactory(firm=book.firm, name="Zoé")
        query = {"tri": "-client", "colonnes": ["client", "mail"], "etat": "sans-liste"}
        _, *rows = workbook_of(browser.get(WORKBOOK, query).getvalue()).active.iter_rows(values_only=True)
        assert rows == [
            ("Zoé", Client.objects.get(name="Zoé").siren, "helene@negoce.example"),
            ("Sans liste", None, "helene@negoce.example"),
        ]

    def test_more_rows_than_a_spreadsheet_has_are_refused_not_cut(self, browser, book, monkeypatch):
        monkeypatch.setattr("clients.views.lists.MOST_ROWS", 1)
        response = browser.get(WORKBOOK, {"tri": "-client"}, follow=True)
        assert response.redirect_chain == [(f"{reverse('clients:client_list')}?tri=-client", 302)]
        assert "Aucun tableur ne tient autant de lignes" in response.content.decode()

    def test_nothing_typed_becomes_a_formula_or_a_link(self, browser, user):
        for name in ATTACKS:
            ClientFactory(firm=user.firm, name=name)
        content = browser.get(WORKBOOK).getvalue()
        with zipfile.ZipFile(BytesIO(content)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml")
            assert not [name for name in archive.namelist() if "_rels/sheet" in name]
        assert b"<f>" not in sheet
        assert b"hyperlink" not in sheet
        cells = [row[0] for row in workbook_of(content).active.iter_rows(min_row=2)]
        assert {cell.value for cell in cells} == set(ATTACKS)
        assert {cell.data_type for cell in cells} == {"s"}


class TestText:
    def test_is_what_excel_reads_in_france(self, browser, book, user):
        response = browser.get(TEXT)
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        content = response.getvalue()
        header, *rows = text_of(content)
        assert header[:3] == ["Client", "SIREN", "Photographie"]
        assert rows[1] == [
            "Valmorin; Négoce", "000100990", f"{book.taken_on:%d/%m/%Y}", "2", "61000,50", "prospect", "", str(user),
        ]  # fmt: skip
        assert b'"Valmorin; N' in content

    @pytest.mark.parametrize("name", ATTACKS[:-1])
    def test_a_formula_is_disarmed(self, browser, user, name):
        ClientFactory(firm=user.firm, name=name)
        assert text_of(browser.get(TEXT).getvalue())[1][0] == f"'{name}"

    def test_longer_than_one_chunk(self, browser, user, monkeypatch):
        monkeypatch.setattr("clients.lists.exports.CHUNK", 7)
        Client.objects.bulk_create(Client(firm=user.firm, name=f"Client {number:03}") for number in range(20))
        pieces = list(browser.get(TEXT).streaming_content)
        assert len(pieces) == 4, "the mark and a heading with 7 rows, 7 more, the rest"
        rows = b"".join(pieces).decode("utf-8-sig").split("\r\n")
        assert [row.split(";")[0] for row in rows[1:-1]] == [f"Client {number:03}" for number in range(20)]
