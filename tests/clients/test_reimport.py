"""Lists that come again: the same file, the workbook of lines to correct, and files larger than a workbook may be."""

from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from clients import services
from clients.enums import PortfolioFileStatus
from clients.forms import portfolio_files as forms
from clients.models import PortfolioFile, RiskSnapshot
from clients.portfolio.corrections import NOT_OURS, NOTHING_NEW
from tests.factories import DEMO_FILE, ClientFactory, PortfolioFileFactory, UserFactory
from tests.files.traps_of_lists import INVOICE, fec
from tests.screens import part_of, text_of

pytestmark = pytest.mark.django_db

REJECTED = """Acheteur;SIREN;Pic TTC
Garonnel;000100066;60 000
Ferroval;000100107;36 000
Élec;000100057;1.234
""".encode()


def url(name: str, *args: int) -> str:
    return reverse(f"clients:{name}", args=args)


def corrected(browser, file, change) -> BytesIO:
    """The workbook of lines to correct, after somebody changed its sheet."""
    response = browser.get(url("portfolio_to_correct", file.pk))
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))
    change(book.active)
    target = BytesIO()
    book.save(target)
    target.seek(0)
    target.name = "lignes-a-corriger.xlsx"
    return target


def brought_back(browser, file, change) -> str:
    """What the page says once the corrected workbook was dropped, and the list read again."""
    response = browser.post(
        url("portfolio_corrected", file.pk), {"file": corrected(browser, file, change)}, follow=True
    )
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    return text_of(response)


class TestTheSameFile:
    def test_says_when_and_by_whom_it_was_imported(self, browser, user):
        file = PortfolioFileFactory(
            client__firm=user.firm, uploaded_by=UserFactory(firm=user.firm, first_name="Maïwenn"), read=True
        )
        snapshot = services.confirm_portfolio_file(file, figures={})
        upload = SimpleUploadedFile("autre-nom.csv", DEMO_FILE.read_bytes())
        response = browser.post(url("portfolio_upload", file.client_id), {"file": upload})
        text = text_of(response)
        assert "déjà importée, rien n’est changé" in text
        assert f"« {file.filename} » a été déposée le" in text
        assert file.uploaded_by.get_full_name() in text
        assert part_of(response, "main a.primary")["href"] == url("snapshot_detail", snapshot.pk)
        assert (PortfolioFile.objects.count(), RiskSnapshot.objects.count()) == (1, 1)
        draft = browser.post(url("portfolio_read_again", file.pk))
        assert PortfolioFile.objects.latest("pk").status == PortfolioFileStatus.PENDING
        assert draft.url == url("portfolio_file", PortfolioFile.objects.latest("pk").pk)

    def test_one_that_waits_for_the_brokers_eye_is_shown(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, read=True)
        upload = SimpleUploadedFile("autre-nom.csv", DEMO_FILE.read_bytes())
        assert browser.post(url("portfolio_upload", file.client_id), {"file": upload}).url == url(
            "portfolio_file", file.pk
        )

    def test_a_list_that_is_not_confirmed_is_not_copied(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, read=True)
        assert browser.post(url("portfolio_read_again", file.pk)).status_code == 404


class TestLinesToCorrect:
    def test_corrected_in_a_spreadsheet_they_join_the_others(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, content=REJECTED, read=True)
        assert file.skipped_lines.filter(is_rejected=True).count() == 2

        def correct(sheet):
            assert [cell.value for cell in sheet[2]][:4] == ["Garonnel", "000100066", "60 000", 2]
            sheet["B2"], sheet["C3"] = 100065, 1234.5

        assert "2 lignes corrigées sont relues" in brought_back(browser, file, correct)
        assert not file.skipped_lines.filter(is_rejected=True).exists()
        read = file.snapshot.exposures.order_by("line").values_list("line", "name", "id_value", "peak")
        assert list(read) == [
            (2, "Garonnel", "000100065", 60_000),
            (3, "Ferroval", "000100107", 36_000),
            (4, "Élec", "000100057", 1234.5),
        ]

    def test_what_is_still_wrong_comes_back_and_earlier_corrections_stay(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, content=REJECTED, read=True)
        brought_back(browser, file, lambda sheet: sheet.__setitem__("B2", "000 100 065"))
        assert [line.line for line in file.skipped_lines.filter(is_rejected=True)] == [4]
        brought_back(browser, file, lambda sheet: sheet.__setitem__("C2", "1 234,00"))
        assert [exposure.peak for exposure in file.snapshot.exposures.order_by("line")] == [60_000, 36_000, 1234]

    def test_entries_of_a_fec_too(self, browser, user):
        content = fec(INVOICE, INVOICE.replace("1200,00|", "mille|"))
        file = PortfolioFileFactory(client__firm=user.firm, content=content, read=True)
        assert file.snapshot.exposures.get(account="C1").outstanding == 1200
        brought_back(browser, file, lambda sheet: sheet.__setitem__("L2", "1200,00"))
        assert file.snapshot.exposures.get(account="C1").outstanding == 2400

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            pytest.param(lambda sheet: None, NOTHING_NEW, id="nothing changed"),
            pytest.param(lambda sheet: sheet.delete_cols(1), NOT_OURS, id="a column is gone"),
            pytest.param(lambda sheet: sheet.__setitem__("D2", 99), NOTHING_NEW, id="a line of another file"),
        ],
    )
    def test_another_workbook_changes_nothing(self, browser, user, change, said):
        file = PortfolioFileFactory(client__firm=user.firm, content=REJECTED, read=True)
        assert said in brought_back(browser, file, change)
        assert (file.status, file.choices, file.attempts) == (PortfolioFileStatus.READ, {}, 1)


class TestLargeFiles:
    def upload(self, user, content: bytes) -> forms.PortfolioUploadForm:
        return forms.PortfolioUploadForm({}, {"file": SimpleUploadedFile("export", content)})

    def test_a_text_may_be_larger_than_a_workbook(self, user, monkeypatch):
        monkeypatch.setattr(forms, "LARGEST_WORKBOOK", 1000)
        monkeypatch.setattr(forms, "LARGEST_TEXT", 5000)
        form = self.upload(user, fec(*[INVOICE] * 20))
        assert form.is_valid()
        assert form.cleaned_data["file"].read(11) == b"JournalCode", "it is read from its beginning"
        assert "limité aux comptes 411" in str(self.upload(user, fec(*[INVOICE] * 60)).errors)
        assert "enregistrez-la en CSV" in str(self.upload(user, b"PK\x03\x04" + bytes(1000)).errors)

    @pytest.mark.parametrize(
        ("logged_in", "name", "status"),
        [
            pytest.param(True, "portfolio_upload", 200, id="a list of buyers"),
            pytest.param(True, "client_edit", 413, id="any other form"),
            pytest.param(False, "portfolio_upload", 413, id="from who is not logged in"),
        ],
    )
    def test_only_a_list_may_be_that_large(self, browser, user, settings, logged_in, name, status):
        address = url(name, ClientFactory(firm=user.firm).pk)
        sender = browser if logged_in else Browser()
        response = sender.post(address, b"", "text/plain", CONTENT_LENGTH=str(settings.LARGEST_BODY + 1))
        assert response.status_code == status
        too_large = str(forms.LARGEST_TEXT + 10_000_000)
        assert sender.post(address, b"", "text/plain", CONTENT_LENGTH=too_large).status_code == 413


def test_no_registry_is_asked_for_an_import(browser, user, monkeypatch):
    """Down, slow or lying, a registry cannot hold back what never asks it."""
    monkeypatch.setattr("clients.registries.line.open_session", lambda **options: pytest.fail("a registry was asked"))
    client = ClientFactory(firm=user.firm)
    browser.post(url("portfolio_upload", client.pk), {"file": SimpleUploadedFile("liste.csv", REJECTED)})
    file = PortfolioFile.objects.get()
    services.read_portfolio_file(file.pk)
    words = {"name": "Garonnel", "country": "FR", "identifier": "000100065", "vat_rate": "0.2000"}
    assert browser.post(url("portfolio_line_correct", file.pk, 2), words).status_code == 302
    assert browser.post(url("portfolio_confirm", file.pk), {"total_turnover": "1 000 000"}).status_code == 302
    assert client.snapshots.confirmed().get().exposures.count() == 2


def test_slow_registries_do_not_hold_up_the_queue_of_imports(settings):
    assert settings.CELERY_TASK_ROUTES["clients.tasks.clean_list_task"]["queue"] != "imports"
