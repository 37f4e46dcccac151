import re

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from factortaboite.mail.models import OutgoingMail
from quotes.comparison import compare
from quotes.enums import ProposalStatus
from quotes.models import Proposal, ProposalEvent, ProposalLink
from quotes.services.proposals import answer_proposal, withdraw_proposal
from tests.quotes.factories import PDF, ProposalLinkFactory
from tests.quotes.test_what_if import CURRENT, PAST
from tests.quotes.valmorin import BUYERS, PARTNERS

pytestmark = pytest.mark.django_db

TOKEN = "kUq3nLZ0xT-x0PZ5G3mJv1yCkq7l0oJ8mF2sX4c9abc"
PAGE, ANSWER, DOCUMENT = f"/o/{TOKEN}/", f"/o/{TOKEN}/reponse/", f"/o/{TOKEN}/pdf/"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
ACCEPTANCE = {"answer": "accept", "name": "Hélène Valmorin", "authority": "on", "comment": "Dès janvier."}


@pytest.fixture
def link():
    return ProposalLinkFactory(token=TOKEN)


@pytest.fixture
def prospect():
    """Somebody without an account, whose browser says where it comes from as our pages make it do."""
    return Client(enforce_csrf_checks=True, headers={"User-Agent": CHROME, "Origin": "null"})


def text_of(response) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(response.content, "html.parser").select_one("main").get_text(" "))


def plain(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def everything() -> list:
    """All that a visit could change, but the count of readings."""
    kept = ProposalLink.objects.values("revoked_at", "answered_by", "answer_comment", "expires_at")
    return [list(kept), *(list(model.objects.values()) for model in (Proposal, ProposalEvent, OutgoingMail))]


class TestReading:
    def test_says_who_what_and_how_much(self, link, prospect):
        page = text_of(prospect.get(PAGE))
        firm, client = link.proposal.firm, link.proposal.client
        for words in (
            f"Pour {client.name}, Hélène Valmorin",
            f"{link.proposal.created_by.get_full_name()}, {firm.name}",
            "ORIAS n° 00000000",
            "Nous vous recommandons Assureur B",
            "990 000 € sur 1 090 000 € demandés",
            "Il garantit 990 000 € sur les 1 090 000 € demandés et ne refuse aucun de vos cinq premiers acheteurs.",
            "Selon nos estimations, il coûte 4 559,10 € de plus par an que le moins cher, pour 440 000 €",
            "16 447,20 € par an",
            "Données fictives",
            "Ce n’est pas un contrat d’assurance",
            "Télécharger le PDF",
            "Un test à blanc n’est pas une garantie.",
        ):
            assert words in page

    @pytest.mark.parametrize("is_estimate", [True, False])
    def test_a_price_of_our_own_is_called_so(self, link, prospect, is_estimate):
        content = link.proposal.content
        for partner in content["comparison"]["partners"]:
            partner["priced"]["is_estimate"] = is_estimate
        Proposal.objects.update(content=content)
        page = text_of(prospect.get(PAGE))
        # The recommendation, each of the three cards, and their costs line by line.
        assert page.lower().count("estimation du cabinet") == (7 if is_estimate else 0) + page.count("« estimation")

    def test_shows_the_scenarios_and_the_contract_in_force_as_the_pdf_does(self, link, prospect):
        proposal = link.proposal
        comparison = compare(BUYERS, PARTNERS, on=timezone.localdate(), past=PAST, current=CURRENT)
        Proposal.objects.update(content=proposal.content | {"comparison": comparison.to_dict()})
        page = BeautifulSoup(prospect.get(PAGE).content, "html.parser")
        losses, matrix = ([plain(row) for row in table.select("tr")] for table in page.select("table.answers"))
        assert losses[0] == "Et si… Perte HT Contrat actuel Assureur B Assureur C Assureur A"
        assert losses[1] == "Halbronne Promotion ne payait plus 300 000 € 150 000 € 270 000 € 170 000 € 0 €"
        assert losses[-1] == "les pertes de 2025 revenaient 7 000 € 4 950 € 6 300 € 5 950 € 6 300 €"
        assert matrix[0] == "Acheteur Demandé HT Contrat actuel Assureur B Assureur C Assureur A"
        assert matrix[7].endswith("50 000 € non nommé 50 000 € refusé 10 000 €")  # Garonnel
        assert matrix[-1] == "Total garanti 1 090 000 € 795 000 € 990 000 € 795 000 € 550 000 €"
        said = plain(page.select_one("main"))
        assert "Face à votre contrat actuel : 195 000 € de garantie de plus pour 1 200 € de plus par an," in said
        assert "votre contrat actuel, jusqu’au 31 décembre 2026" in said
        assert "Franchises 1 000 € par sinistre" in said

    def test_what_to_know_first_comes_before_the_figures(self, link, prospect):
        page = text_of(prospect.get(PAGE))
        warned = page.index("Assureur A. Refuse 2 de vos 5 premiers acheteurs")
        assert page.index("À savoir d’abord") < warned < page.index("Les assureurs côte à côte")

    def test_needs_no_account_and_shows_none(self, link, prospect):
        page = prospect.get(PAGE).content.decode()
        assert "Ma journée" not in page
        assert "Se déconnecter" not in page

    def test_leads_nowhere_else(self, link, prospect):
        page = BeautifulSoup(prospect.get(PAGE).content, "html.parser")
        targets = [a["href"] for a in page.select("main a")]
        assert targets == ["#reponse", DOCUMENT, f"mailto:{link.proposal.created_by.email}"]

    def test_the_pdf_is_the_stored_bytes(self, link, prospect):
        response = prospect.get(DOCUMENT)
        assert (response.content, response["Content-Type"]) == (PDF, "application/pdf")

    def test_what_was_typed_cannot_become_html(self, link, prospect):
        content = link.proposal.content
        content["client"]["name"] = content["comparison"]["buyers"][0]["name"] = "<script>alert(1)</script>"
        Proposal.objects.update(content=content)
        assert b"<script>alert" not in prospect.get(PAGE).content

    @pytest.mark.parametrize("path", [PAGE, DOCUMENT, "/o/unknown/", "/o/unknown/pdf/"])
    def test_nothing_is_kept_indexed_or_named_elsewhere(self, link, prospect, path):
        response = prospect.get(path)
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]


class TestCounting:
    def test_a_reading_counts(self, link, prospect):
        prospect.get(PAGE)
        prospect.get(PAGE)
        link.refresh_from_db()
        assert link.views == 2
        assert link.first_viewed_at < link.last_viewed_at

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({"User-Agent": ""}, id="nameless"),
            pytest.param({"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, id="robot"),
            pytest.param({"User-Agent": "Mozilla/5.0 BingPreview/1.0b"}, id="preview"),
            pytest.param({"User-Agent": "Barracuda Sentinel (EE)"}, id="barracuda"),
            pytest.param({"User-Agent": "python-requests/2.32"}, id="script"),
            pytest.param({"User-Agent": "Slackbot-LinkExpanding 1.0"}, id="chat"),
            pytest.param({"Sec-Purpose": "prefetch;prerender"}, id="prerender"),
            pytest.param({"Purpose": "prefetch"}, id="prefetch"),
            pytest.param({"X-Moz": "prefetch"}, id="old-prefetch"),
        ],
    )
    def test_machines_do_not_count(self, link, headers):
        assert Client(headers={"User-Agent": CHROME, **headers}).get(PAGE).status_code == 200
        link.refresh_from_db()
        assert (link.views, link.first_viewed_at) == (0, None)

    def test_head_and_downloads_do_not_count(self, link, prospect):
        prospect.head(PAGE)
        prospect.get(DOCUMENT)
        link.refresh_from_db()
        assert link.views == 0

    def test_the_firms_own_people_do_not_count(self, link, prospect):
        prospect.force_login(get_user_model().objects.first())
        assert prospect.get(PAGE).status_code == 200
        link.refresh_from_db()
        assert link.views == 0

    def test_reading_changes_nothing_else(self, link, prospect):
        before = everything()
        for path in (PAGE, DOCUMENT):
            prospect.get(path)
            prospect.head(path)
        assert prospect.get(ANSWER).status_code == 405
        assert everything() == before


class TestDeadLinks:
    @pytest.fixture(params=["revoked", "expired", "unknown"])
    def dead(self, request):
        """The code that the page answers with."""
        if request.param != "unknown":
            ProposalLinkFactory(token=TOKEN, **{request.param: True})
        return 404 if request.param == "unknown" else 410

    @pytest.mark.parametrize("path", [PAGE, DOCUMENT])
    def test_say_nothing_about_the_offer(self, dead, prospect, path):
        response = prospect.get(path)
        assert response.status_code == dead
        assert "Ce lien ne mène plus à une offre" in text_of(response)
        for secret in (b"Valmorin", b"Assureur", b"Cabinet", b"%PDF"):
            assert secret not in response.content

    def test_answer_nothing(self, dead, prospect):
        before = everything()
        assert prospect.post(ANSWER, ACCEPTANCE).status_code == dead
        assert everything() == before

    def test_all_look_the_same(self, dead, prospect):
        def shown(path):
            return re.sub(rb'content="\w{64}"', b"", prospect.get(path).content)

        assert shown(PAGE) == shown("/o/another-unknown/")

    def test_a_withdrawn_offer_is_gone(self, link, prospect):
        withdraw_proposal(proposal=link.proposal, by=link.proposal.created_by)
        assert prospect.get(PAGE).status_code == 410


class TestAnswering:
    def test_accepting_is_thanked(self, link, prospect):
        response = prospect.post(ANSWER, ACCEPTANCE)
        assert (response.status_code, response.url) == (302, PAGE)
        link.refresh_from_db()
        assert (link.proposal.status, link.answered_by, link.answer_comment) == (
            ProposalStatus.ACCEPTED, "Hélène Valmorin", "Dès janvier."
        )  # fmt: skip
        page = text_of(prospect.get(PAGE))
        assert "Merci, votre accord est enregistré" in page
        assert "vos acheteurs ne sont pas encore garantis" in page
        assert "Accepter l’offre" not in page

    def test_declining_needs_no_authority(self, link, prospect):
        prospect.post(ANSWER, {"answer": "decline", "name": "Hélène Valmorin"})
        link.refresh_from_db()
        assert link.proposal.status == ProposalStatus.DECLINED
        assert "Votre réponse est enregistrée" in text_of(prospect.get(PAGE))

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            pytest.param({"authority": ""}, "Cochez cette case pour accepter", id="no-authority"),
            pytest.param({"name": "  "}, "Ce champ est obligatoire", id="no-name"),
            pytest.param({"name": "x" * 121}, "au plus 120 caractères", id="long-name"),
            pytest.param({"comment": "x" * 2001}, "au plus 2000 caractères", id="long-comment"),
            pytest.param({"answer": ""}, "Choisissez d’accepter ou de décliner", id="no-answer"),
            pytest.param({"answer": "maybe"}, "Choisissez d’accepter ou de décliner", id="another-answer"),
        ],
    )
    def test_what_is_missing_is_said(self, link, prospect, changed, words):
        before = everything()
        response = prospect.post(ANSWER, {**ACCEPTANCE, **changed})
        assert response.status_code == 422
        assert words in text_of(response)
        assert everything() == before

    @pytest.mark.parametrize("accepted", [True, False])
    def test_a_second_answer_is_refused_politely(self, link, prospect, accepted):
        answer_proposal(link=link, accepted=accepted, name="Hélène Valmorin", comment="")
        before = everything()
        response = prospect.post(ANSWER, {**ACCEPTANCE, "name": "Quelqu’un d’autre"})
        assert response.status_code == 409
        assert "Une réponse a déjà été donnée à cette offre" in text_of(response)
        assert "Hélène Valmorin a" in text_of(response)
        assert everything() == before

    def test_somebody_else_sees_that_it_is_answered(self, link, prospect):
        other = ProposalLinkFactory(proposal=link.proposal, token="the-other-token")
        answer_proposal(link=other, accepted=True, name="Hélène Valmorin", comment="Entre nous")
        page = text_of(prospect.get(PAGE))
        assert "Hélène Valmorin a accepté cette offre" in page
        assert "Entre nous" not in page
        assert "Accepter l’offre" not in page
