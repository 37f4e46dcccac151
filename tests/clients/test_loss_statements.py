"""The loss statement: its versions, its stored bytes, its signature on paper, and the broker's page."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from clients.models import LossSignature, LossStatement
from clients.services.loss_statements import StatementRefused, prepare_statement, record_scan, years_of
from tests.factories import (
    ClientFactory,
    LossSignatureFactory,
    LossStatementFactory,
    RiskSnapshotFactory,
)
from tests.screens import text_of

pytestmark = pytest.mark.django_db

PAPER = {"name": "Hélène Valmorin", "quality": "présidente"}


@pytest.fixture
def client(user):
    return ClientFactory(firm=user.firm, name="Valmorin Négoce", address="3 quai des Fictions\n33000 Bordeaux")


@pytest.fixture
def snapshot(client):
    return RiskSnapshotFactory(client=client, counted=True)


def scan(content: bytes = b"%PDF-1.4 signed", name: str = "signée.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


class TestPreparing:
    def test_the_pdf_says_three_years(self, client, snapshot, user):
        statement = prepare_statement(client=client, by=user)
        content = bytes(statement.document)
        assert statement.sha256 == hashlib.sha256(content).hexdigest()
        text = " ".join("".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages).split())
        last = snapshot.taken_on.year - 1
        for words in (
            "Déclaration de sinistralité",
            "Valmorin Négoce",
            client.firm.name,
            f"{last} 1 7 000 € 7 000 €",
            f"{last - 1} 2 17 000 € 12 000 €",
            f"{last - 2} aucun 0 €",
            "Trois ans 3 24 000 €",
            "une perte oubliée ou minorée peut",
        ):
            assert words in text.replace("\u202f", " ").replace("\u00a0", " ")
        assert len(pypdf.PdfReader(BytesIO(content)).pages) == 1

    def test_the_same_figures_are_the_same_statement(self, client, snapshot, user):
        assert prepare_statement(client=client, by=user) == prepare_statement(client=client, by=user)
        assert client.journal.count() == 1

    def test_other_figures_are_another_version(self, client, snapshot, user):
        first = prepare_statement(client=client, by=user)
        snapshot.loss_last_year = snapshot.largest_loss_last_year = Decimal(8_000)
        snapshot.save()
        second = prepare_statement(client=client, by=user)
        assert (first.version, second.version) == (1, 2)
        first.refresh_from_db()
        assert first.years[0]["amount"] == "7000.00"
        assert second.years[0]["amount"] == "8000.00"

    def test_a_new_list_with_the_same_losses_keeps_the_signature(self, client, snapshot, user):
        first = prepare_statement(client=client, by=user)
        RiskSnapshotFactory(client=client, counted=True)
        assert prepare_statement(client=client, by=user) == first

    @pytest.mark.parametrize("with_snapshot", [True, False])
    def test_nobody_signs_blanks(self, client, user, with_snapshot):
        if with_snapshot:
            RiskSnapshotFactory(client=client, valmorin=True)
        with pytest.raises(StatementRefused, match="avec le nombre d’impayés"):
            prepare_statement(client=client, by=user)


class TestPaper:
    def test_a_scan_is_kept_with_its_fingerprint(self, client, user):
        statement = LossStatementFactory(client=client)
        content = ("signée.pdf", "application/pdf", b"%PDF-1.4 signed")
        today = timezone.localdate()
        signature = record_scan(statement=statement, **PAPER, signed_on=today, scan=content, by=user)
        assert bytes(signature.scan) == b"%PDF-1.4 signed"
        assert signature.scan_sha256 == hashlib.sha256(b"%PDF-1.4 signed").hexdigest()
        assert (signature.recorded_by, signature.ip) == (user, None)
        assert signature.document_sha256 == statement.sha256

    def test_signed_once(self, client, user):
        statement = LossStatementFactory(client=client)
        LossSignatureFactory(statement=statement)
        content = ("signée.pdf", "application/pdf", b"%PDF-1.4 signed")
        with pytest.raises(StatementRefused, match="déjà signée par Hélène Valmorin, présidente"):
            record_scan(statement=statement, **PAPER, signed_on=timezone.localdate(), scan=content, by=user)


class TestPage:
    def page(self, client) -> str:
        return reverse("clients:loss_statement", args=[client.pk])

    def test_the_losses_first(self, client, browser):
        snapshot = RiskSnapshotFactory(client=client)
        response = browser.get(self.page(client))
        assert "Les pertes d’abord" in text_of(response)
        assert reverse("clients:snapshot_edit", args=[snapshot.pk]) in response.content.decode()

    def test_one_click_prepares_it(self, client, snapshot, browser):
        assert "Préparer la déclaration" in text_of(browser.get(self.page(client)))
        page = browser.post(reverse("clients:loss_statement_prepare", args=[client.pk]), follow=True)
        assert "Déclaration de sinistralité v1" in text_of(page)
        statement = LossStatement.objects.get()
        document = browser.get(reverse("clients:loss_statement_pdf", args=[statement.pk]))
        assert document.content == bytes(statement.document)

    def test_preparing_too_early_is_said(self, client, browser):
        RiskSnapshotFactory(client=client)
        page = browser.post(reverse("clients:loss_statement_prepare", args=[client.pk]), follow=True)
        assert "Complétez d’abord les pertes" in text_of(page)

    def test_a_change_of_figures_voids_the_signature(self, client, snapshot, browser):
        statement = LossStatementFactory(client=client, years=years_of(snapshot))
        LossSignatureFactory(statement=statement)
        assert "à signer de nouveau" not in text_of(browser.get(self.page(client)))
        snapshot.loss_count_last_year, snapshot.largest_loss_last_year = 2, Decimal(5_000)
        snapshot.save()
        page = text_of(browser.get(self.page(client)))
        assert "à signer de nouveau" in page
        assert "Les chiffres ont changé" in page
        assert "ne vaut plus" in page

    def test_the_proof_is_shown(self, client, snapshot, browser):
        signature = LossSignatureFactory(
            statement=LossStatementFactory(client=client), sent_to="helene@negoce.example", user_agent="Firefox"
        )
        page = text_of(browser.get(self.page(client)))
        for words in ("Hélène Valmorin, présidente", "192.0.2.7", "Firefox", signature.document_sha256):
            assert words in page

    def test_insurers_are_sent_it_with_its_signature(self, client, snapshot, user, browser):
        statement = prepare_statement(client=client, by=user)
        signature = LossSignatureFactory(statement=statement, sent_to="helene@negoce.example", user_agent="Firefox")
        address = reverse("clients:loss_statement_signed", args=[signature.pk])
        assert address in browser.get(self.page(client)).content.decode()
        pages = pypdf.PdfReader(BytesIO(browser.get(address).content)).pages
        text = " ".join("".join(page.extract_text() for page in pages).split())
        for words in (
            "Hélène Valmorin",
            "présidente",
            "helene@negoce.example",
            "192.0.2.7",
            "Firefox",
            "j’ai pouvoir",
        ):
            assert words in text
        assert statement.sha256 in text.replace(" ", "")
        assert "Lieu et date" not in text
        assert len(pages) == 1

    def test_what_came_back_on_paper_is_its_scan(self, client, browser):
        signature = LossSignatureFactory(statement=LossStatementFactory(client=client), on_paper=True)
        assert browser.get(reverse("clients:loss_statement_signed", args=[signature.pk])).status_code == 404

    def test_a_scan_is_recorded_and_downloaded(self, client, snapshot, browser):
        statement = LossStatementFactory(client=client)
        data = {**PAPER, "signed_on": timezone.localdate().isoformat(), "scan": scan()}
        assert browser.post(reverse("clients:loss_statement_sign", args=[statement.pk]), data).status_code == 302
        signature = LossSignature.objects.get()
        response = browser.get(reverse("clients:loss_statement_scan", args=[signature.pk]))
        assert response.content == b"%PDF-1.4 signed"
        assert "attachment" in response["Content-Disposition"]

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            pytest.param({"scan": ""}, "Ce champ est obligatoire", id="no-scan"),
            pytest.param({"scan": scan(b"MZ\x90")}, "ni un PDF, ni une image", id="a-programme"),
            pytest.param({"name": ""}, "Ce champ est obligatoire", id="no-name"),
            pytest.param(
                {"signed_on": (timezone.now() + timedelta(days=2)).date().isoformat()}, "à venir", id="tomorrow"
            ),
        ],
    )
    def test_what_is_wrong_is_said(self, client, snapshot, browser, changed, words):
        statement = LossStatementFactory(client=client)
        data = {**PAPER, "signed_on": timezone.localdate().isoformat(), "scan": scan(), **changed}
        response = browser.post(reverse("clients:loss_statement_sign", args=[statement.pk]), data)
        assert response.status_code == 422
        assert words in text_of(response)
        assert not LossSignature.objects.exists()
