"""The list of buyers: which ones, what narrows it, what insurers answered, what is decided on many."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.enums import ClientStage
from clients.models import CompanyStatus, Exposure
from clients.services import bulk
from quotes.buyers import BUYERS
from quotes.services.buyer_answers import BuyerAnswer, answered, standings_of
from tests.factories import AlertFactory, CompanyFactory, ExposureFactory, RiskSnapshotFactory, UserFactory
from tests.quotes.factories import LimitIndicationFactory, MarketTestFactory, SubmissionFactory
from tests.screens import count_queries, part_of, swapped, text_of

LIST = reverse("quotes:buyer_list")
DECIDE = reverse("quotes:buyer_decide")


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def browser(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def snapshot(user):
    return RiskSnapshotFactory(client__firm=user.firm, client__name="Valmorin", client__owner=user)


def names(response) -> list[str]:
    return [link.text for link in part_of(response, "#buyer-table").select("tbody th > a")]


class TestRows:
    def test_are_those_of_the_latest_confirmed_snapshots(self, browser, user, snapshot):
        client = snapshot.client
        ExposureFactory(snapshot=snapshot, name="D’avant")
        latest = RiskSnapshotFactory(client=client)
        ExposureFactory(snapshot=latest, name="Le même")
        ExposureFactory(snapshot=RiskSnapshotFactory(client=client, confirmed_at=None), name="D’un brouillon")
        ExposureFactory(snapshot__client__firm=user.firm, name="D’un autre client", requested=1000)
        ExposureFactory(name="D’un autre cabinet")
        assert names(browser.get(LIST)) == ["Le même", "D’un autre client"]

    def test_lead_to_their_file_and_their_client(self, browser, snapshot):
        company = CompanyFactory()
        buyer = {"country": "DE", "id_value": "DE136695976"}
        ExposureFactory(snapshot=snapshot, name="Garonnel", company=company, **buyer)
        row = part_of(browser.get(LIST), "tbody tr")
        assert row.select_one("th a")["href"] == reverse("clients:company_detail", args=[company.pk])
        assert row.find("a", string="Valmorin")["href"] == reverse("clients:client_detail", args=[snapshot.client_id])
        assert "DE\u00a0136\u00a0695\u00a0976 · DE" in row.text

    def test_one_without_a_file_is_found_in_its_list_however_long(self, browser, snapshot, monkeypatch):
        monkeypatch.setattr("clients.views.snapshots.EXPOSURES_PER_PAGE", 2)
        ExposureFactory.create_batch(5, snapshot=snapshot, requested=90_000)
        buyer = ExposureFactory(snapshot=snapshot, name="Garonnel", id_value="", requested=1000)
        address = part_of(browser.get(LIST, {"q": "garonnel"}), "tbody th a")["href"]
        assert part_of(browser.get(address), f"#{address.split('#')[1]} th").text.startswith(buyer.name)

    def test_without_any_there_is_one_thing_to_do(self, browser):
        page = browser.get(LIST)
        assert "Aucun acheteur pour l’instant" in text_of(page)
        assert part_of(page, ".empty a")["href"] == reverse("clients:client_list")

    def test_takes_as_many_queries_for_thirty_as_for_one(self, browser, user):
        url = f"{LIST}?q=acheteur&suivi=moi&reponse=accorde"

        def one():
            test = MarketTestFactory(client__firm=user.firm, client__owner=user, launched_by=user)
            LimitIndicationFactory(submission__market_test=test)

        one()
        queries = count_queries(browser, url)
        for _ in range(29):
            one()
        assert count_queries(browser, url) == queries
        assert len(names(browser.get(url))) == 30

    def test_a_swap_equals_a_reload(self, browser, snapshot):
        ExposureFactory.create_batch(3, snapshot=snapshot)
        url = f"{LIST}?etat=demande&colonnes=acheteur&colonnes=pays&colonnes=ville&colonnes=accorde"
        assert swapped(browser, url, "#buyer-table") == part_of(browser.get(url), "#buyer-table")


class TestFilters:
    @pytest.fixture
    def buyers(self, user, snapshot):
        closed = CompanyFactory(status=CompanyStatus.CLOSED)
        grand = ExposureFactory(snapshot=snapshot, name="Grand", requested=90_000, company=CompanyFactory())
        AlertFactory(client=snapshot.client, exposure=grand)
        shut = ExposureFactory(snapshot=snapshot, name="Fermé", requested=50_000, company=closed)
        AlertFactory(client=snapshot.client, exposure=shut, level=2)
        AlertFactory(exposure__company=closed)
        ExposureFactory(snapshot=snapshot, name="Mairie", public_body=True)
        ExposureFactory(snapshot=snapshot, name="Écarté", requested=20_000, set_aside="broker_choice")
        other = RiskSnapshotFactory(
            client__firm=user.firm, client__name="Autre", client__owner=None, client__stage=ClientStage.OFFER
        )
        ExposureFactory(snapshot=other, name="Berlinois", requested=30_000, country="DE", id_value="DE136695976")
        ExposureFactory(snapshot=other, name="Hanoï", requested=10_000, country="VN", id_value="VN1")

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            pytest.param({"etat": "demande"}, "Grand Fermé Berlinois Hanoï", id="asked"),
            pytest.param({"etat": "ecarte"}, "Écarté Mairie", id="set aside, the amount unknown last"),
            pytest.param({"etat": "public_body"}, "Mairie", id="set aside for one reason"),
            pytest.param({"etat": "fermee"}, "Fermé", id="closed company"),
            pytest.param({"pays": "DE"}, "Berlinois", id="country"),
            pytest.param({"pays": "VN"}, "Hanoï", id="a country that the box does not offer"),
            pytest.param({"pays": "hors-de-france"}, "Berlinois Hanoï", id="abroad"),
            pytest.param({"pays": "XX", "etat": "fermee"}, "Fermé", id="no country"),
            pytest.param({"suivi": "moi"}, "Grand Fermé Écarté Mairie", id="of my clients"),
            pytest.param({"suivi": "personne"}, "Berlinois Hanoï", id="of nobody’s clients"),
            pytest.param({"alerte": "a-traiter"}, "Grand Fermé", id="an alert to deal with"),
            pytest.param({"alerte": "critique"}, "Grand", id="a critical one"),
            pytest.param({"etape": "offer"}, "Berlinois Hanoï", id="of clients at that stage"),
            pytest.param({"min": "30000", "max": "50 000"}, "Fermé Berlinois", id="between two amounts"),
            pytest.param({"q": "DE 136 695"}, "Berlinois", id="number with spaces"),
            pytest.param({"q": "ferme"}, "Fermé", id="name without accents"),
            pytest.param({"q": "berlinoit"}, "Berlinois", id="name with a mistake"),
            pytest.param({"tri": "acheteur", "pays": "FR"}, "Écarté Fermé Grand Mairie", id="by name"),
            pytest.param({"tri": "demande", "pays": "FR"}, "Mairie Écarté Fermé Grand", id="smallest first"),
        ],
    )
    def test_narrow_and_sort(self, browser, buyers, query, shown):
        assert names(browser.get(LIST, query)) == shown.split()

    def test_of_one_client(self, browser, buyers, snapshot):
        page = browser.get(LIST, {"client": snapshot.client_id, "etat": "demande"})
        assert names(page) == ["Grand", "Fermé"]
        assert "Client : Valmorin" in text_of(page)
        stranger = RiskSnapshotFactory(client__name="Secret").client
        page = browser.get(LIST, {"client": stranger.pk})
        assert "Secret" not in text_of(page)


class TestAnswers:
    @pytest.fixture
    def submission(self, user):
        return SubmissionFactory(market_test=MarketTestFactory(client__firm=user.firm, launched_by=user))

    def buyer(self, submission, *answers):
        buyer = ExposureFactory(snapshot=submission.market_test.snapshot, requested=60_000)
        for answer in answers:
            mine = SubmissionFactory(market_test=submission.market_test)
            LimitIndicationFactory(submission=mine, exposure=buyer, **answer)
        return buyer

    @pytest.mark.parametrize(
        ("answers", "best", "amount"),
        [
            pytest.param([], BuyerAnswer.NOT_ASKED, 0, id="nobody was asked"),
            pytest.param([{}], BuyerAnswer.IN_FULL, 60_000, id="in full"),
            pytest.param([{"refused": True}, {}], BuyerAnswer.IN_FULL, 60_000, id="refused by one only"),
            pytest.param([{"permanent": 20_000}, {"refused": True}], BuyerAnswer.IN_PART, 20_000, id="in part"),
            pytest.param(
                [{"permanent": 20_000, "temporary": 40_000, "temporary_until": timezone.localdate()}],
                BuyerAnswer.IN_FULL, 60_000, id="with a temporary part in force",
            ),
            pytest.param(
                [{"permanent": 20_000, "temporary": 40_000, "temporary_until": timezone.localdate() - timedelta(1)}],
                BuyerAnswer.IN_PART, 20_000, id="with a temporary part that ended",
            ),
            pytest.param([{"refused": True}, {"waiting": True}], BuyerAnswer.REFUSED, 0, id="refused so far"),
            pytest.param([{"waiting": True}, {"silent": True}], BuyerAnswer.AWAITED, 0, id="awaited"),
            pytest.param([{"silent": True}], BuyerAnswer.NO_ANSWER, 0, id="silent"),
        ],
    )  # fmt: skip
    def test_the_best_counts_and_the_filter_agrees(self, submission, answers, best, amount):
        buyer = self.buyer(submission, *answers)
        standing = standings_of([buyer]).get(buyer.pk)
        assert (standing.answer, standing.amount) == (best, amount) if answers else standing is None
        rows = Exposure.objects.filter(pk=buyer.pk)
        assert [answer for answer in BuyerAnswer if answered(rows, answer).exists()] == [best]

    def test_are_shown(self, browser, submission):
        self.buyer(submission, {"permanent": 20_000})
        text = text_of(browser.get(LIST))
        assert "en partie au mieux 20\u202f000\u00a0€".replace("\u202f", " ").replace("\u00a0", " ") in text


class TestExports:
    def test_hold_the_chosen_columns(self, browser, snapshot):
        ExposureFactory(snapshot=snapshot, name="Garonnel", id_value="000100065", city="Agen", postcode="47000")
        ExposureFactory(snapshot=snapshot, name="Mairie", public_body=True, requested=90_000)
        query = {"colonnes": ["acheteur", "demande", "etat", "ville", "reponse"], "tri": "acheteur"}
        response = browser.get(reverse("quotes:buyer_workbook"), query)
        rows = list(openpyxl.load_workbook(BytesIO(response.getvalue())).active.iter_rows(values_only=True))
        assert rows[0] == (
            "Acheteur", "Identifiant", "Pays (code)", "Demandé HT", "État", "Réponse des assureurs", "Ville",
        )  # fmt: skip
        assert rows[1] == ("Garonnel", "000100065", "FR", 60_000, "à demander", "Jamais demandé", "47000 Agen")
        assert rows[2][3:5] == (None, "acheteur public"), "nobody asks for it: a sum of the column is what is asked"

    def test_every_column_of_the_list_can_leave(self, browser, snapshot):
        """And each of them is printed by the page, too."""
        ExposureFactory(snapshot=snapshot, country="DE", city="Berlin", account="411X", peak=5, terms_days=45)
        chosen = {"colonnes": [BUYERS.subject.key, *(column.key for column in BUYERS.columns)]}
        rows = browser.get(reverse("quotes:buyer_text"), chosen).getvalue().decode("utf-8-sig").splitlines()
        header, row = (line.split(";") for line in rows)
        assert len(header) == len(row) == 3 + len(BUYERS.columns)
        page = browser.get(LIST, chosen)
        assert len(part_of(page, "tbody tr").select("td:not(.tick)")) == len(BUYERS.columns)


class TestDeciding:
    def test_on_ticked_buyers(self, browser, snapshot):
        one, other = ExposureFactory.create_batch(2, snapshot=snapshot)
        fields = {"ligne": [one.pk], "action": "ecarter", "motif": "broker_choice"}
        response = browser.post(f"{DECIDE}?etat=demande", fields, follow=True)
        entry = snapshot.journal.get()
        assert response.redirect_chain == [(f"{LIST}?etat=demande&annuler={entry.pk}", 302)]
        assert f"Écartés ensemble (écarté par le courtier) : {one.name}." in text_of(response)
        assert names(response) == [other.name]

    def test_one_click_takes_it_back_for_every_client(self, browser, user, snapshot):
        """Where somebody changed one of the lists since, nothing is taken back."""
        buyers = [ExposureFactory(snapshot=snapshot), ExposureFactory(snapshot__client__firm=user.firm)]
        fields = {"ligne": [buyer.pk for buyer in buyers], "action": "ecarter", "motif": "broker_choice"}
        decided = browser.post(f"{DECIDE}?pays=FR", fields, follow=True)
        offer = part_of(decided, "#undo form")
        assert "De même chez 1 autre client." in part_of(decided, "#undo").text
        sent = {name: offer.select_one(f"[name={name}]")["value"] for name in ("next", "aussi")}

        Exposure.objects.filter(pk=buyers[1].pk).update(set_aside="private_person")
        refused = browser.post(offer["action"], sent, follow=True)
        assert "rien n’est annulé" in text_of(refused)
        assert not Exposure.objects.filter(set_aside="").exists()

        Exposure.objects.filter(pk=buyers[1].pk).update(set_aside="broker_choice")
        back = browser.post(offer["action"], sent, follow=True)
        assert back.redirect_chain == [(f"{LIST}?pays=FR", 302)]
        assert Exposure.objects.filter(set_aside="").count() == 2
        assert not part_of(back, "#undo").select("form")

    def test_what_is_too_much_to_take_back_is_only_told(self, browser, snapshot, monkeypatch):
        monkeypatch.setattr(bulk, "UNDOABLE", 0)
        buyer = ExposureFactory(snapshot=snapshot)
        fields = {"ligne": [buyer.pk], "action": "ecarter", "motif": "broker_choice"}
        response = browser.post(f"{DECIDE}?pays=FR", fields, follow=True)
        assert response.redirect_chain == [(f"{LIST}?pays=FR", 302)]
        assert "Écarter (écarté par le courtier) : fait pour 1 acheteur." in text_of(response)

    def test_an_amount(self, browser, snapshot):
        buyer = ExposureFactory(snapshot=snapshot)
        browser.post(DECIDE, {"ligne": buyer.pk, "action": "montant", "requested": "25 000"})
        assert Exposure.objects.get().requested == Decimal(25_000)

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            pytest.param({"action": "montant"}, "Indiquez le montant", id="no amount"),
            pytest.param({"action": "montant", "requested": "x"}, "pas un nombre", id="no number"),
            pytest.param({"action": "ecarter", "motif": "x"}, "Sélectionnez un choix valide", id="no reason"),
            pytest.param({}, "obligatoire", id="no button"),
        ],
    )
    def test_what_makes_no_sense_changes_nothing(self, browser, snapshot, fields, said):
        buyer = ExposureFactory(snapshot=snapshot)
        assert said in text_of(browser.post(DECIDE, {"ligne": buyer.pk} | fields, follow=True))
        assert Exposure.objects.get().requested == 60_000

    def test_all_of_the_filter_says_its_numbers_first(self, browser, user, snapshot):
        ExposureFactory.create_batch(55, snapshot=snapshot)
        ExposureFactory.create_batch(
            3, snapshot__client__firm=user.firm, snapshot__frozen_at=timezone.now(), requested=1000
        )
        ExposureFactory(snapshot=snapshot, country="DE", requested=500)
        fields = {"tous": 1, "action": "ecarter", "motif": "broker_choice"}
        page = browser.post(f"{DECIDE}?pays=FR", fields)
        text = text_of(page)
        assert "Écarter (écarté par le courtier) : 58 acheteurs ?" in text
        assert "3 ne changeront pas" in text
        assert "Pays : France" in text
        assert not Exposure.objects.exclude(set_aside="").exists()
        response = browser.post(f"{DECIDE}?pays=FR", fields | {"confirme": 1}, follow=True)
        assert "et 50 autres acheteurs." in part_of(response, "#undo").text
        assert "Sans effet sur 3 acheteurs" in text_of(response)
        assert Exposure.objects.filter(set_aside="broker_choice").count() == 55

    def test_other_firms_buyers_are_not_there(self, browser):
        theirs = ExposureFactory()
        browser.post(DECIDE, {"ligne": theirs.pk, "action": "ecarter", "motif": "broker_choice"})
        assert Exposure.objects.get().set_aside == ""
