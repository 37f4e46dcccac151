"""The client's page behind its personal link: what it shows, what it takes, and what it refuses."""

import re
from datetime import timedelta
from logging import LogRecord

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.enums import PortfolioFileStatus
from clients.models import BuyerRating, ClientAnswer, ClientRequest, LossSignature, PortfolioFile, RiskSnapshot
from clients.models.client_request import MOST_ANSWERS, MOST_FILES
from clients.services import read_portfolio_file
from clients.services.loss_statements import prepare_statement
from factortaboite.logs import DiscreetFormatter
from factortaboite.mail.models import OutgoingMail
from tests.factories import (
    DEMO_FILE,
    BuyerRatingFactory,
    ClientAnswerFactory,
    ClientFactory,
    ClientRequestFactory,
    ExposureFactory,
    LossStatementFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TOKEN = "kUq3nLZ0xT-x0PZ5G3mJv1yCkq7l0oJ8mF2sX4c9abc"
PAGE, LIST, FIGURES, DOCUMENT, SIGN = (
    f"/clients/d/{TOKEN}/{end}" for end in ("", "liste/", "chiffres/", "declaration/", "signature/")
)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
TURNOVER = {"total_turnover": "6 600 000", "public_bodies_turnover": "180 000", "margin_rate": "5"}
LOSSES = {
    "loss_last_year": "7 000",
    "loss_count_last_year": "1",
    "loss_two_years_ago": "17 000",
    "loss_count_two_years_ago": "2",
    "largest_loss_two_years_ago": "12 000",
    "loss_three_years_ago": "0",
    "loss_count_three_years_ago": "0",
}


@pytest.fixture
def client():
    return ClientFactory(name="Valmorin Négoce")


@pytest.fixture
def link(client):
    return ClientRequestFactory(client=client, token=TOKEN)


@pytest.fixture
def visitor():
    """Somebody without an account, whose browser says where it comes from as our pages make it do."""
    return Browser(enforce_csrf_checks=True, headers={"User-Agent": CHROME, "Origin": "null"})


@pytest.fixture
def statement(client):
    """On the client's figures of today, laid out as it is sent."""
    RiskSnapshotFactory(client=client, counted=True)
    return LossStatementFactory(client=client)


@pytest.fixture
def to_sign(client, statement):
    return ClientRequestFactory(client=client, token=TOKEN, items=["statement"], statement=statement)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(response.content, "html.parser").select_one("main").get_text(" "))


CONTENT = b"Nom;SIREN;Solde\nHalbronne;000100009;1200,00\n"


def dropped(content: bytes = CONTENT, name: str = "balance.csv") -> dict:
    return {"file": SimpleUploadedFile(name, content)}


def everything() -> list:
    kept = (PortfolioFile, ClientAnswer, LossSignature, RiskSnapshot)
    requests = ClientRequest.objects.values("revoked_at", "expires_at", "items", "statement")
    return [list(requests), *(list(model.objects.values()) for model in kept)]


class TestTelling:
    """Whoever follows the client reads in a mail what came, with the page to deal with it."""

    def test_a_list(self, link, visitor):
        visitor.post(LIST, {"pasted": "Nom;SIREN;Encours\nDupont;000100016;100"})
        visitor.post(LIST, {"pasted": "Nom;SIREN;Encours\nDupont;000100016;100"})
        (mail,) = OutgoingMail.objects.exclude(pk=link.mail_id)
        assert (mail.to, mail.reply_to) == (link.created_by.email, link.sent_to)
        assert mail.subject == "Valmorin Négoce : liste « Liste collée » reçue"
        assert reverse("clients:portfolio_file", args=[PortfolioFile.objects.get().pk]) in mail.body

    def test_figures_to_the_one_who_follows_the_client(self, client, link, visitor):
        client.owner = UserFactory(firm=client.firm)
        client.save()
        for _ in range(2):
            visitor.post(FIGURES, {**TURNOVER, **LOSSES})
        (mail,) = OutgoingMail.objects.exclude(pk=link.mail_id)
        assert mail.to == client.owner.email
        assert "chiffres reçus" in mail.subject
        assert reverse("clients:client_request", args=[link.pk]) in mail.body

    def test_a_signature(self, client, statement, visitor):
        link = ClientRequestFactory(client=client, token=TOKEN, items=["statement"], statement=statement)
        form = {"name": "Hélène Valmorin", "quality": "présidente", "agrees": "on", "document": statement.sha256}
        for _ in range(2):
            visitor.post(SIGN, form)
        (mail,) = OutgoingMail.objects.exclude(pk=link.mail_id)
        assert "signée par Hélène Valmorin, présidente" in mail.subject
        assert reverse("clients:loss_statement", args=[client.pk]) in mail.body


class TestReading:
    def test_asks_only_what_is_missing(self, client, visitor):
        ClientRequestFactory(client=client, token=TOKEN, items=["margin"])
        page = text_of(visitor.get(PAGE))
        assert "Ce qu’il nous faut pour Valmorin Négoce" in page
        assert "Taux de marge" in page
        assert "La liste de vos acheteurs" not in page
        assert "Chiffre d’affaires" not in page
        assert "sinistralité" not in page

    def test_names_the_years(self, client, link, visitor):
        year = RiskSnapshotFactory(client=client).taken_on.year
        page = text_of(visitor.get(PAGE))
        for past in (year - 1, year - 2, year - 3):
            assert f"Impayés de {past}, combien" in page

    def test_a_reading_counts_and_changes_nothing_else(self, link, visitor):
        before = everything()
        visitor.get(PAGE)
        visitor.head(PAGE)
        link.refresh_from_db()
        assert link.views == 1
        assert everything() == before

    def test_shows_no_rating_and_no_figure_of_the_client(self, client, link, visitor):
        snapshot = RiskSnapshotFactory(client=client, valmorin=True)
        exposure = ExposureFactory(snapshot=snapshot, company=client.company, name="Halbronne Promotion")
        BuyerRatingFactory(company=exposure.company, recorded_by=link.created_by, value=3)
        page = visitor.get(PAGE).content.decode()
        for secret in ("Halbronne", "Coface", "DRA", "risque élevé", "6 600 000"):
            assert secret not in page
        assert BuyerRating.objects.exists()

    @pytest.mark.parametrize("path", [PAGE, "/clients/d/unknown/"])
    def test_nothing_is_kept_indexed_or_named_elsewhere(self, link, visitor, path):
        response = visitor.get(path)
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]

    def test_the_token_stays_out_of_the_logs(self):
        record = LogRecord("web", 20, "", 0, "GET %s 200", (PAGE,), None)
        assert TOKEN not in DiscreetFormatter().format(record)


class TestDeadLinks:
    @pytest.fixture(params=["revoked", "expired", "unknown"])
    def dead(self, request, client, statement):
        """The code that every address of the link answers with."""
        if request.param == "unknown":
            return 404
        items = ["buyers", "turnover", "statement"]
        ClientRequestFactory(client=client, token=TOKEN, items=items, statement=statement, **{request.param: True})
        return 410

    @pytest.mark.parametrize("path", [PAGE, DOCUMENT])
    def test_show_nothing(self, dead, visitor, path):
        response = visitor.get(path)
        assert response.status_code == dead
        assert "Ce lien ne fonctionne plus" in text_of(response)
        assert b"Valmorin" not in response.content
        assert b"%PDF" not in response.content

    def test_take_nothing(self, dead, visitor, statement):
        before = everything()
        signature = {"name": "Hélène", "quality": "présidente", "agrees": "on", "document": statement.sha256}
        for path, data in ((LIST, dropped()), (FIGURES, TURNOVER), (SIGN, signature)):
            assert visitor.post(path, data).status_code == dead
        assert everything() == before


class TestDroppingAList:
    def test_it_waits_for_the_broker(self, link, visitor):
        assert visitor.post(LIST, dropped(DEMO_FILE.read_bytes(), DEMO_FILE.name)).status_code == 302
        file = PortfolioFile.objects.get()
        assert (file.client, file.request, file.uploaded_by) == (link.client, link, link.created_by)
        assert b"".join(file.chunks()) == DEMO_FILE.read_bytes()
        read_portfolio_file(file.pk)
        file.refresh_from_db()
        assert file.status == PortfolioFileStatus.READ
        assert not RiskSnapshot.objects.confirmed().exists()
        assert "valmorin-balance-agee.csv, reçu le" in text_of(visitor.get(PAGE))

    def test_a_pasted_list_too(self, link, visitor):
        visitor.post(LIST, {"pasted": "Nom\tSIREN\nHalbronne\t000100009\n"})
        assert PortfolioFile.objects.get().pasted

    def test_the_same_file_twice_is_one(self, link, visitor):
        visitor.post(LIST, dropped())
        visitor.post(LIST, dropped())
        assert PortfolioFile.objects.count() == 1

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            pytest.param({}, "Choisissez un fichier, ou collez une liste.", id="nothing"),
            pytest.param({"file": SimpleUploadedFile("vide.csv", b"")}, "vide", id="empty"),
        ],
    )
    def test_what_is_no_list_is_said(self, link, visitor, data, words):
        response = visitor.post(LIST, data)
        assert response.status_code == 422
        assert words in text_of(response)
        assert not PortfolioFile.objects.exists()

    def test_too_large_a_file_is_said(self, link, visitor, monkeypatch):
        monkeypatch.setattr("clients.forms.portfolio_files.LARGEST_WORKBOOK", 10)
        monkeypatch.setattr("clients.forms.portfolio_files.LARGEST_TEXT", 10)
        assert "200 Mo" in text_of(visitor.post(LIST, dropped()))
        assert not PortfolioFile.objects.exists()

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"PK\x03\x04" + b"\x00" * 200, id="broken-workbook"),
            pytest.param(b"\x00\xff" * 500, id="bytes"),
            pytest.param(b"MZ\x90\x00" + b"\x00" * 500, id="programme"),
        ],
    )
    def test_a_hostile_file_is_unreadable_and_nothing_more(self, link, visitor, content):
        visitor.post(LIST, dropped(content, "balance.xlsx"))
        file = PortfolioFile.objects.get()
        read_portfolio_file(file.pk)
        file.refresh_from_db()
        assert file.status == PortfolioFileStatus.UNREADABLE

    def test_a_link_takes_so_many_files(self, link, visitor):
        for _ in range(MOST_FILES):
            PortfolioFileFactory(client=link.client, request=link)
        response = visitor.post(LIST, dropped())
        assert response.status_code == 422
        assert "envoyez la suite à votre courtier" in text_of(response)
        assert PortfolioFile.objects.count() == MOST_FILES

    def test_the_same_file_for_ever_tells_once(self, client, link, visitor):
        for _ in range(3):
            visitor.post(LIST, dropped())
        assert client.journal.count() == 1
        assert OutgoingMail.objects.exclude(pk=link.mail_id).count() == 1

    def test_a_file_that_came_through_another_link_is_not_news(self, client, link, visitor):
        earlier = PortfolioFileFactory(client=client, content=CONTENT, request=ClientRequestFactory(client=client))
        answer = visitor.post(LIST, dropped())
        assert "déjà parvenue" in answer.content.decode()
        earlier.refresh_from_db()
        assert earlier.request != link
        assert not client.journal.exists()

    def test_a_link_that_did_not_ask_for_it_takes_none(self, client, visitor):
        ClientRequestFactory(client=client, token=TOKEN, items=["margin"])
        assert visitor.post(LIST, dropped()).status_code == 409
        assert not PortfolioFile.objects.exists()

    def test_the_file_belongs_to_the_firm_that_asked(self, link, visitor, browser):
        visitor.post(LIST, dropped())
        file = PortfolioFile.objects.get()
        assert file.firm == link.firm
        assert browser.get(reverse("clients:portfolio_file", args=[file.pk])).status_code == 404


class TestFigures:
    def test_they_are_a_proposal(self, client, link, visitor):
        snapshot = RiskSnapshotFactory(client=client)
        assert visitor.post(FIGURES, {**TURNOVER, **LOSSES}).status_code == 302
        answer = ClientAnswer.objects.get()
        assert answer.figures["total_turnover"] == "6600000.00"
        assert answer.figures["loss_count_three_years_ago"] == "0"
        assert answer.figures["largest_loss_last_year"] is None
        assert answer.figures["margin_rate"] == "0.0500"
        snapshot.refresh_from_db()
        assert snapshot.total_turnover is None
        page = text_of(visitor.get(PAGE))
        assert "Reçus le" in page
        assert "Ce qu’il nous faut" in page  # the list is still to come

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            pytest.param({"total_turnover": ""}, "Ce champ est obligatoire", id="no-turnover"),
            pytest.param({"loss_count_last_year": ""}, "Ce champ est obligatoire", id="a-blank-is-no-nought"),
            pytest.param({"loss_count_last_year": "0"}, "sans aucun impayé", id="a-loss-of-nobody"),
            pytest.param({"total_turnover": "beaucoup"}, "n’est pas un nombre", id="words"),
            pytest.param({"total_turnover": "100 000"}, "dépassent le chiffre d’affaires", id="smaller-than-a-part"),
            pytest.param({"margin_rate": "500"}, "ne dépasse pas 100", id="margin"),
        ],
    )
    def test_what_does_not_add_up_is_said(self, link, visitor, changed, words):
        response = visitor.post(FIGURES, {**TURNOVER, **LOSSES, **changed})
        assert response.status_code == 422
        assert words in text_of(response)
        assert not ClientAnswer.objects.exists()

    def test_only_what_was_asked_is_kept(self, client, visitor):
        ClientRequestFactory(client=client, token=TOKEN, items=["margin"])
        visitor.post(FIGURES, {**TURNOVER, "frozen_at": "2020-01-01"})
        assert ClientAnswer.objects.get().figures == {"margin_rate": "0.0500"}

    def test_a_link_takes_so_many_answers(self, link, visitor):
        for number in range(MOST_ANSWERS):
            ClientAnswerFactory(request=link, figures={"margin_rate": str(number)}, state="set_aside")
        assert visitor.post(FIGURES, {**TURNOVER, **LOSSES}).status_code == 422
        assert ClientAnswer.objects.count() == MOST_ANSWERS

    def test_a_link_that_asked_for_none_takes_none(self, client, visitor):
        ClientRequestFactory(client=client, token=TOKEN, items=["buyers"])
        assert visitor.post(FIGURES, TURNOVER).status_code == 409


class TestSigning:
    @pytest.fixture
    def signature(self, statement):
        return {
            "name": "Hélène Valmorin", "quality": "présidente", "agrees": "on", "document": statement.sha256,
        }  # fmt: skip

    def test_the_document_is_the_stored_bytes(self, to_sign, visitor):
        response = visitor.get(DOCUMENT)
        assert response.content == bytes(to_sign.statement.document)
        assert response["Content-Type"] == "application/pdf"

    def test_it_is_stamped(self, to_sign, visitor, signature):
        assert visitor.post(SIGN, signature).status_code == 302
        signed = LossSignature.objects.get()
        assert (signed.name, signed.quality, signed.sent_to) == ("Hélène Valmorin", "présidente", to_sign.sent_to)
        assert signed.document_sha256 == to_sign.statement.sha256
        assert (signed.ip, signed.user_agent) == ("127.0.0.1", CHROME)
        page = text_of(visitor.get(PAGE))
        assert "Signée par Hélène Valmorin, présidente" in page
        assert "Merci, nous avons tout reçu" in page

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            pytest.param({"agrees": ""}, "Cochez cette case pour signer.", id="no-box"),
            pytest.param({"name": " "}, "Ce champ est obligatoire", id="no-name"),
            pytest.param({"quality": ""}, "Ce champ est obligatoire", id="no-quality"),
        ],
    )
    def test_what_is_missing_is_said(self, to_sign, visitor, signature, changed, words):
        response = visitor.post(SIGN, {**signature, **changed})
        assert response.status_code == 422
        assert words in text_of(response)
        assert not LossSignature.objects.exists()

    @pytest.mark.parametrize("fingerprint", ["", "0" * 64])
    def test_another_document_is_not_signed(self, to_sign, visitor, signature, fingerprint):
        response = visitor.post(SIGN, {**signature, "document": fingerprint})
        assert response.status_code == 409
        assert "Les chiffres ont changé" in text_of(response)
        assert not LossSignature.objects.exists()

    def test_figures_that_changed_meanwhile_are_not_signed(self, client, to_sign, visitor, signature):
        client.snapshots.update(loss_count_last_year=2, largest_loss_last_year=5_000)
        assert "ne signez pas celle-ci" in text_of(visitor.get(PAGE))
        assert visitor.post(SIGN, signature).status_code == 409
        assert not LossSignature.objects.exists()

    def test_the_same_click_twice_signs_once(self, to_sign, visitor, signature):
        visitor.post(SIGN, signature)
        assert visitor.post(SIGN, signature).status_code == 302
        assert LossSignature.objects.count() == 1

    def test_a_replay_by_somebody_else_is_refused(self, to_sign, visitor, signature):
        visitor.post(SIGN, signature)
        response = visitor.post(SIGN, {**signature, "name": "Quelqu’un d’autre"})
        assert response.status_code == 409
        assert "déjà signée par Hélène Valmorin" in text_of(response)
        assert LossSignature.objects.get().name == "Hélène Valmorin"

    def test_a_link_without_a_statement_signs_nothing(self, client, link, visitor, signature):
        assert visitor.post(SIGN, signature).status_code == 409
        assert visitor.get(DOCUMENT).status_code == 404

    def test_a_long_browser_name_is_cut(self, to_sign, visitor, signature):
        visitor.post(SIGN, signature, headers={"User-Agent": "x" * 5_000})
        assert len(LossSignature.objects.get().user_agent) == 500


def test_the_statement_that_is_laid_out_is_the_one_that_is_signed(client, visitor):
    """From the figures to the signature, with the PDF itself."""
    RiskSnapshotFactory(client=client, counted=True)
    request = ClientRequestFactory(client=client, token=TOKEN, items=["statement"])
    request.statement = prepare_statement(client=client, by=request.created_by)
    request.save()
    form = BeautifulSoup(visitor.get(PAGE).content, "html.parser").select_one("form")
    fingerprint = form.select_one("[name=document]")["value"]
    visitor.post(SIGN, {"name": "Hélène", "quality": "gérante", "agrees": "on", "document": fingerprint})
    assert LossSignature.objects.get().document_sha256 == request.statement.sha256


class TestReplaced:
    """A later message asks for all that is left: the address of the earlier one says so."""

    @pytest.fixture
    def later(self, client, link):
        later = ClientRequestFactory(client=client)
        ClientRequest.objects.filter(pk=link.pk).update(replaced_by=later)
        return later

    def test_it_says_so(self, link, later, visitor):
        response = visitor.get(PAGE)
        assert link.firm.name in response.content.decode()
        assert response.status_code == 410
        assert "Un message plus récent remplace celui-ci" in text_of(response)
        assert "ouvrez le lien de ce dernier e-mail" in text_of(response)
        assert "bien parvenu" not in text_of(response)

    def test_what_was_being_typed_is_not_lost(self, link, later, visitor):
        done = visitor.post(FIGURES, {**TURNOVER, **LOSSES}, follow=True)
        assert link.answers.count() == 1
        assert "Ce que vous avez envoyé ici nous est bien parvenu" in text_of(done)

    def test_but_a_day_later_it_is_too_late(self, link, later, visitor):
        ClientRequest.objects.filter(pk=later.pk).update(created_at=timezone.now() - timedelta(days=1, minutes=1))
        assert visitor.post(FIGURES, {**TURNOVER, **LOSSES}).status_code == 410
        assert link.answers.count() == 0

    def test_what_the_broker_closed_takes_nothing(self, link, later, visitor):
        ClientRequest.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
        assert visitor.post(FIGURES, {**TURNOVER, **LOSSES}).status_code == 410
