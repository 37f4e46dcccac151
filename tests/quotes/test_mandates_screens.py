"""The screens of mandates, of the live switch, of what launching costs; and the insurers the client does not see."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from factortaboite.mail.models import OutgoingMail
from quotes.enums import MandateState
from quotes.models import LimitIndication, Mandate, MandateDocument, MarketTest, PartnerAccount, Proposal, Submission
from quotes.services.documents import render_proposal
from quotes.services.proposals import prepare_proposal, write_message
from tests.factories import BrokerFirmFactory, ClientFactory, ExposureFactory, RiskSnapshotFactory, UserFactory
from tests.quotes.factories import (
    MandateDocumentFactory,
    MandateFactory,
    MarketTestFactory,
    PartnerAccountFactory,
    ProposalLinkFactory,
)
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db

REAL_NAMES = ("Atradius Crédit", "Compagnie Coface", "Allianz Trade")


@pytest.fixture
def company():
    return ClientFactory(name="Négoce Martin", contact_email="helene@negoce.example")


@pytest.fixture
def desk(client, company):
    client.force_login(UserFactory(firm=company.firm))
    return client


@pytest.fixture
def account(company):
    return PartnerAccountFactory(firm=company.firm, name="Coface", real=True, live=True)


def url(name: str, company, *accounts) -> str:
    query = "&".join(f"partenaire={account.pk}" for account in accounts)
    return reverse(f"quotes:{name}", args=[company.pk]) + (f"?{query}" if query else "")


class TestBoard:
    @pytest.mark.parametrize(
        ("trait", "words", "may", "step"),
        [
            pytest.param(None, "libre", "Il faut un mandat", "Demander le mandat", id="free"),
            pytest.param(
                "incumbent", "assureur en place", "Il faut un mandat", "Demander la nomination", id="incumbent"
            ),
            pytest.param(
                "reserved", "réservé par un autre", "Réservé par un autre", "Demander le mandat", id="reserved"
            ),
            pytest.param("requested", "demandé", "pas encore signé", "Enregistrer la signature", id="requested"),
            pytest.param("accepted", "accepté", "oui", "Renouveler", id="accepted"),
            pytest.param("expired", "expiré", "a expiré", "Redemander le mandat", id="expired"),
        ],
    )
    def test_each_state_says_its_next_step(self, desk, company, account, trait, words, may, step):
        if trait:
            MandateFactory(client=company, account=account, **{trait: True})
        page = desk.get(url("mandate_list", company))
        (row,) = part_of(page, "#mandate-table").select("tbody tr")
        said = " ".join(row.get_text(" ").replace("\u00a0", " ").split())
        for expected in (words, may, step):
            assert expected in said
        assert row.select_one("a.button")["href"].endswith(f"?partenaire={account.pk}")

    def test_simulators_and_mailboxes_need_none(self, desk, company):
        PartnerAccountFactory(firm=company.firm)
        PartnerAccountFactory(firm=company.firm, by_mail=True, sandbox=False)
        said = text_of(desk.get(url("mandate_list", company)))
        assert "simulateur, sans mandat" in said
        assert "par e-mail, sans mandat exigé" in said

    def test_a_firm_without_partners_is_told_what_to_do(self, desk, company):
        assert "Ajouter un partenaire" in text_of(desk.get(url("mandate_list", company)))

    def test_readers_read(self, client, company, account):
        client.force_login(UserFactory(firm=company.firm, reader=True))
        page = client.get(url("mandate_list", company))
        assert "Il faut un mandat" in text_of(page)
        assert not part_of(page, "#mandate-table").select("form, a.button")

    def test_the_number_of_queries_does_not_grow(self, desk, company):
        def grow():
            for trait in ("accepted", "requested"):
                mandate = MandateFactory(client=company, **{trait: True})
                note(desk, company, mandate.account, MandateState.FREE)

        grow()
        before = count_queries(desk, url("mandate_list", company))
        grow()
        assert count_queries(desk, url("mandate_list", company)) == before


def note(desk, company, account, state):
    return desk.post(url("mandate_note", company), {"account": account.pk, "state": state})


class TestNoting:
    def test_in_one_click(self, desk, company, account):
        assert note(desk, company, account, "reserved").url == url("mandate_list", company)
        assert Mandate.objects.get().state == MandateState.RESERVED

    def test_what_cannot_be_is_said(self, desk, company, account):
        MandateFactory(client=company, account=account, accepted=True)
        answer = desk.post(url("mandate_note", company), {"account": account.pk, "state": "incumbent"}, follow=True)
        assert "il ne peut pas passer à" in text_of(answer)

    @pytest.mark.parametrize("state", ["accepted", "requested", "expired", "nonsense", ""])
    def test_only_notes_are_noted(self, desk, company, account, state):
        assert note(desk, company, account, state).status_code == 400
        assert not Mandate.objects.exists()

    def test_nor_about_a_partner_of_another_firm(self, desk, company):
        assert note(desk, company, PartnerAccountFactory(), "reserved").status_code == 400


class TestAsking:
    def test_the_form_is_ready_to_send(self, desk, company, account):
        MandateFactory(client=company, account=account, incumbent=True)
        form = part_of(desk.get(url("mandate_request", company, account)), "main form")
        assert form.select_one("[name=to]")["value"] == "helene@negoce.example"
        assert form.select_one("[name=accounts][checked]")["value"] == str(account.pk)
        assert form.select_one("[name=scope][checked]")["value"] == "management"

    def test_asks(self, desk, company, account):
        answer = desk.post(url("mandate_request", company), asking(account), follow=True)
        assert "Lettre confiée à la messagerie pour helene@negoce.example." in text_of(answer)
        assert Mandate.objects.get().state == MandateState.REQUESTED
        letter = desk.get(reverse("quotes:mandate_document", args=[MandateDocument.objects.get().pk]))
        assert letter.content == bytes(OutgoingMail.objects.get().attachment)
        assert letter["Content-Disposition"] == 'attachment; filename="mandat-negoce-martin.pdf"'

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            pytest.param({"accounts": []}, "Choisissez au moins un partenaire.", id="nobody"),
            pytest.param({"valid_until": "2020-01-01"}, "Cette date est passée.", id="past"),
            pytest.param({"to": "helene"}, "adresse", id="address"),
        ],
    )
    def test_what_is_wrong_is_said(self, desk, company, account, fields, words):
        answer = desk.post(url("mandate_request", company), asking(account) | fields)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert not Mandate.objects.exists()

    def test_an_accepted_one_is_not_asked_again(self, desk, company, account):
        MandateFactory(client=company, account=account, accepted=True)
        answer = desk.post(url("mandate_request", company), asking(account))
        assert answer.status_code == 422
        assert "il ne peut pas passer à « demandé »" in text_of(answer).replace("\u00a0", " ")

    def test_a_partner_of_another_firm_is_not_there(self, desk, company):
        answer = desk.post(url("mandate_request", company), asking(PartnerAccountFactory()))
        assert answer.status_code == 422


def asking(account) -> dict:
    return {
        "accounts": [account.pk],
        "scope": "placement",
        "valid_until": "2099-12-31",
        "to": "helene@negoce.example",
        "message": "Bonjour",
        "request_key": str(uuid4()),
    }


class TestSigning:
    def test_all_the_letters_of_one_mail_come_back_together(self, desk, company, account):
        other = PartnerAccountFactory(firm=company.firm)
        desk.post(url("mandate_request", company), asking(account) | {"accounts": [account.pk, other.pk]})
        form = part_of(desk.get(url("mandate_sign", company, account)), "main form")
        checked = {box["value"] for box in form.select("[name=accounts][checked]")}
        assert checked == {str(account.pk), str(other.pk)}
        assert form.select_one("[name=valid_until]")["value"] == "2099-12-31"

    def test_records_the_scan(self, desk, company, account):
        scan = SimpleUploadedFile("Mandat signé.exe", b"%PDF-1.4 signed", content_type="text/html")
        assert desk.post(url("mandate_sign", company), signing(account) | {"signed": scan}).status_code == 302
        mandate = Mandate.objects.get()
        assert mandate.state == MandateState.ACCEPTED
        saved = desk.get(reverse("quotes:mandate_document", args=[mandate.signed_id]))
        assert saved.content == b"%PDF-1.4 signed"
        assert saved["Content-Type"] == "application/pdf"
        assert saved["Content-Disposition"] == 'attachment; filename="mandat-signe.pdf"'
        assert saved["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            pytest.param({"signed_on": "2099-01-01"}, "Cette date est à venir", id="to come"),
            pytest.param({"valid_until": "2020-01-01"}, "Cette date est passée.", id="past"),
            pytest.param(
                {"signed": SimpleUploadedFile("mandat.pdf", b"<html>")}, "ni un PDF, ni une image", id="not a scan"
            ),
            pytest.param(
                {"signed": SimpleUploadedFile("mandat.pdf", b"%PDF-" + b" " * 10_000_000)}, "dépasse 10 Mo", id="huge"
            ),
        ],
    )
    def test_what_is_wrong_is_said(self, desk, company, account, fields, words):
        answer = desk.post(url("mandate_sign", company), signing(account) | fields)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert not Mandate.objects.exists()


def signing(account) -> dict:
    today = timezone.localdate()
    return {
        "accounts": [account.pk],
        "scope": "consultation",
        "signed_on": today.isoformat(),
        "valid_until": (today + timedelta(days=10)).isoformat(),
    }


def test_documents_of_another_firm_do_not_exist(desk):
    document = MandateDocumentFactory(client__firm=BrokerFirmFactory())
    assert desk.get(reverse("quotes:mandate_document", args=[document.pk])).status_code == 404


class TestLaunchPage:
    @pytest.fixture
    def page_url(self, company):
        snapshot = RiskSnapshotFactory(client=company)
        ExposureFactory.create_batch(2, snapshot=snapshot)
        return reverse("quotes:market_test_create", args=[snapshot.pk])

    def test_whoever_may_not_be_asked_cannot_be_ticked(self, desk, company, account, page_url):
        simulator = PartnerAccountFactory(firm=company.firm)
        form = part_of(desk.get(page_url), "form.launch")
        assert [box["value"] for box in form.select("[name=accounts]")] == [str(simulator.pk)]
        assert "Il faut un mandat" in form.get_text()
        assert form.select_one(f"a[href='{url('mandate_list', company)}']")

    def test_the_cost_is_shown_before(self, desk, company, account, page_url):
        PartnerAccount.objects.update(lookup_price=Decimal("2.50"), lookup_budget=Decimal(100))
        MandateFactory(client=company, account=account, accepted=True)
        said = text_of(desk.get(page_url)).replace("\u202f", " ").replace("\u00a0", " ")
        assert "2 consultations × 2,50 € = 5,00 € HT , sur 100,00 € de budget" in said

    def test_a_forged_request_is_refused_in_french(self, desk, account, page_url):
        answer = desk.post(page_url, {"accounts": [account.pk], "launch_key": str(uuid4())})
        assert answer.status_code == 422
        assert "Il faut un mandat du client." in text_of(answer)
        assert not MarketTest.objects.exists()


class TestLiveSwitch:
    @pytest.fixture
    def closed(self, company):
        return PartnerAccountFactory(
            firm=company.firm, name="Coface", connector="coface", real=True, sealed_credentials=b""
        )

    @pytest.fixture
    def fields(self, closed, monkeypatch):
        monkeypatch.setattr(type(closed), "credentials", dict.fromkeys(
            ("api_key", "username", "password", "policy_number", "contract_id"), "x"
        ))  # fmt: skip
        return {
            "name": "Coface", "active": "on", "base_url": closed.base_url,
            "max_concurrent": "10", "timeout_seconds": "20", "patience_seconds": "432000",
        }  # fmt: skip

    def test_is_off_until_somebody_confirms(self, desk, closed, fields):
        page = reverse("quotes:partner_edit", args=[closed.pk])
        answer = desk.post(page, fields | {"live": "on"})
        assert answer.status_code == 422
        assert "Cochez cette case pour ouvrir" in text_of(answer)
        closed.refresh_from_db()
        assert not closed.live
        assert desk.post(page, fields | {"live": "on", "confirm_live": "on"}).status_code == 302
        closed.refresh_from_db()
        assert closed.live
        assert closed.opened_at
        said = text_of(desk.get(page))
        assert f"par {closed.opened_by}" in said
        assert "Je confirme" not in said
        assert desk.post(page, fields | {"live": "on", "lookup_price": "2,5"}).status_code == 302
        desk.post(page, fields)
        closed.refresh_from_db()
        assert (closed.live, closed.opened_at, closed.opened_by) == (False, None, None)

    def test_a_simulator_never_opens(self, desk, closed, fields):
        page = reverse("quotes:partner_edit", args=[closed.pk])
        assert desk.post(page, fields | {"live": "on", "confirm_live": "on", "sandbox": "on"}).status_code == 302
        closed.refresh_from_db()
        assert (closed.sandbox, closed.live) == (True, False)

    def test_who_answers_does_not_change_in_mid_run(self, desk, closed, fields):
        market_test = MarketTestFactory(client__firm=closed.firm)
        Submission.objects.create(
            firm=closed.firm, market_test=market_test, account=closed, name="Coface", channel="api", sandbox=False,
            position=0, asked_count=1,
        )  # fmt: skip
        answer = desk.post(reverse("quotes:partner_edit", args=[closed.pk]), fields | {"sandbox": "on"})
        assert answer.status_code == 422
        assert "Des questions sont en cours" in text_of(answer)


class TestAnonymous:
    @pytest.fixture
    def market_test(self):
        """Three insurers under names, contacts and words of their own."""
        market_test = MarketTestFactory(answered=True)
        for submission, name in zip(market_test.submissions.all(), REAL_NAMES, strict=True):
            Submission.objects.filter(pk=submission.pk).update(name=name)
            PartnerAccount.objects.filter(pk=submission.account_id).update(
                name=name, contact_email=f"{name.split()[0].lower()}@assureur.example"
            )
        LimitIndication.objects.update(
            conditions=["Sous réserve des conditions Coface"], message="Atradius", partner_reference="AT-1"
        )
        return market_test

    def everything_the_client_gets(self, proposal, client) -> str:
        render_proposal(proposal.pk)
        proposal.refresh_from_db()
        pdf = PdfReader(BytesIO(proposal.document.content))
        message = write_message(proposal, proposal.created_by)
        ProposalLinkFactory(proposal=proposal, token="the-token")
        proposal.move_to("sent")
        page = client.get(reverse("quotes:public_proposal", args=["the-token"]))
        assert page.status_code == 200
        return "\n".join([
            *(page.extract_text() for page in pdf.pages),
            str(pdf.metadata),
            page.content.decode(),
            *message.values(),
            proposal.document.filename,
            str(proposal.content),
        ])  # fmt: skip

    def test_no_name_reaches_the_client(self, market_test, client):
        proposal = prepare_proposal(market_test=market_test, by=market_test.launched_by, anonymous=True)
        said = self.everything_the_client_gets(proposal, client)
        for word in ("atradius", "coface", "allianz", "compagnie", "assureur.example", "simulateur au format", "AT-1"):
            assert word.lower() not in said.lower(), word
        for letter in "ABC":
            assert f"Assureur {letter}" in said
        assert "vous aurez leurs noms à la signature de votre mandat" in said

    def test_the_names_are_there_otherwise(self, market_test, client):
        proposal = prepare_proposal(market_test=market_test, by=market_test.launched_by)
        said = self.everything_the_client_gets(proposal, client)
        for name in REAL_NAMES:
            assert name in said
        assert "Assureur A" not in said
        assert "leurs noms à la signature" not in said

    def test_it_recommends_the_same_insurer(self, market_test):
        named = prepare_proposal(market_test=market_test, by=market_test.launched_by)
        masked = prepare_proposal(market_test=market_test, by=market_test.launched_by, anonymous=True)
        names = [one["name"] for one in named.content["comparison"]["partners"]]
        letters = [one["name"] for one in masked.content["comparison"]["partners"]]
        known = {name: f"Assureur {'ABC'[place]}" for place, name in enumerate(REAL_NAMES)}
        assert letters == [known[name] for name in names]
        assert (masked.number, masked.version) == (named.number, 2)

    def test_the_broker_is_told_what_the_law_asks_of_a_letter(self, market_test, client):
        client.force_login(market_test.launched_by)
        for anonymous in (True, False):
            proposal = prepare_proposal(market_test=market_test, by=market_test.launched_by, anonymous=anonymous)
            render_proposal(proposal.pk)
            for page in ("proposal_detail", "proposal_send"):
                text = text_of(client.get(reverse(f"quotes:{page}", args=[proposal.pk])))
                assert ("art. R521-4 du code des assurances" in text) is anonymous

    def test_the_broker_chooses_beside_the_button_and_keeps_the_names(self, market_test, client):
        client.force_login(market_test.launched_by)
        detail = reverse("quotes:market_test_detail", args=[market_test.pk])
        page = client.get(detail)
        assert part_of(page, "#market-test-actions form [name=anonymous]").get("checked") is None
        answer = client.post(
            reverse("quotes:proposal_create", args=[market_test.pk]), {"anonymous": "on"}, follow=True
        )
        assert Proposal.objects.get().anonymous
        assert "A pour Atradius Crédit · B pour Compagnie Coface · C pour Allianz Trade" in text_of(answer)
        assert "Compagnie Coface" in text_of(client.get(detail))
