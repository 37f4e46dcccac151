"""A buyer's file: what is known, what is put in, and that other firms' papers never show."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from clients.advice.credit_policy import Kind, Procedure
from clients.models import (
    AccountsReceived,
    AlertStatus,
    BuyerRating,
    CompanyEvent,
    CompanyFact,
    CompanyStatus,
    EventKind,
)
from clients.services.solvency import Cover, latest_exposures, read_advice, read_procedure
from tests.factories import (
    AccountsReceivedFactory,
    AlertFactory,
    BuyerRatingFactory,
    ClientFactory,
    CompanyFactory,
    ExposureFactory,
    RiskSnapshotFactory,
    UserFactory,
)
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory(
        registered_name="HALBRONNE PROMOTION", status=CompanyStatus.ACTIVE, created_on=date(2001, 3, 4)
    )


@pytest.fixture
def exposure(user, company):
    """The company as a buyer of one of the firm's clients, a quarter of what it owes late."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm, client__name="Négoce A", ageing_from=[0, 1])
    return ExposureFactory(
        snapshot=snapshot,
        company=company,
        id_value=company.id_value,
        outstanding=Decimal(100_000),
        ageing=[Decimal(75_000), Decimal(25_000)],
    )


def page_of(company) -> str:
    return reverse("clients:company_detail", args=[company.pk])


def test_a_client_that_no_register_has_named_yet_has_its_own_name(user, browser):
    company = CompanyFactory(registered_name="")
    ClientFactory(firm=user.firm, name="Négoce A", company=company)
    assert part_of(browser.get(page_of(company)), "h1").get_text(strip=True) == "Négoce A"


def event(company, kind, day, **fields):
    fields = {"source": "BODACC", "reference": f"{kind}-{day}", **fields}
    return CompanyEvent.objects.create(company=company, kind=kind, published_on=day, **fields)


class TestReading:
    def test_who_it_is_and_what_it_owes(self, browser, exposure, company):
        CompanyFact.objects.create(
            company=company, kind="status", value="active", source="Annuaire", first_seen_on=date(2026, 1, 2),
            last_seen_on=date(2026, 3, 1),
        )  # fmt: skip
        event(company, EventKind.ACCOUNTS, date(2026, 2, 1), title="Dépôt des comptes")
        page = text_of(browser.get(page_of(company)))
        for words in ("HALBRONNE PROMOTION", "Négoce A", "100 000 €", "25 000 €", "Annuaire", "en activité",
                      "1er mars 2026", "Dépôt des comptes"):  # fmt: skip
            assert words in page

    def test_only_the_latest_snapshot_of_each_client_counts(self, user, exposure, company):
        newer = RiskSnapshotFactory(client=exposure.snapshot.client)
        latest = ExposureFactory(snapshot=newer, company=company, id_value=company.id_value)
        draft = RiskSnapshotFactory(client=exposure.snapshot.client, confirmed_at=None)
        ExposureFactory(snapshot=draft, company=company, id_value=company.id_value)
        other = ExposureFactory(
            snapshot__client=ClientFactory(firm=user.firm), company=company, id_value=company.id_value
        )
        assert {each.pk for each in latest_exposures(company, user)} == {latest.pk, other.pk}

    def test_a_company_of_nobody_here_is_not_found(self, stranger_browser, exposure, company):
        assert stranger_browser.get(page_of(company)).status_code == 404

    def test_other_firms_papers_stay_theirs(self, browser, exposure, company):
        elsewhere = UserFactory()
        ExposureFactory(snapshot__client=ClientFactory(firm=elsewhere.firm, name="Client du voisin"), company=company)
        BuyerRatingFactory(company=company, recorded_by=elsewhere, value=2)
        accounts = AccountsReceivedFactory(company=company, received_by=elsewhere)
        page = text_of(browser.get(page_of(company)))
        assert "Client du voisin" not in page
        assert "Aucune note" in page
        assert "Aucuns comptes" in page
        assert browser.get(reverse("clients:accounts_document", args=[accounts.pk])).status_code == 404

    def test_a_cancellation_stands_and_says_when_it_names_nothing(self, browser, exposure, company):
        event(company, EventKind.PROCEEDING, date(2026, 2, 2), is_cancellation=True, court="Greffe de Pau", title="")
        (line,) = part_of(browser.get(page_of(company)), "[aria-labelledby=events-title]").select("li")
        assert " ".join(line.text.split()).startswith(
            "Annulation d’une annonce annonce visée non précisée Greffe de Pau"
        )
        assert "withdrawn" not in line.get("class", [])

    def test_a_cancelled_notice_is_struck_out(self, browser, exposure, company):
        cancelled = event(company, EventKind.LIQUIDATION, date(2026, 1, 2))
        cancelled.withdrawn_by = event(company, EventKind.OTHER_NOTICE, date(2026, 2, 2), is_cancellation=True)
        cancelled.save()
        page = browser.get(page_of(company))
        assert "annulée le 2 février 2026" in text_of(page)

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            pytest.param(
                {"notices_read_on": date(2026, 11, 20)}, "Rien n’a été publié sur lui depuis deux ans.", id="read"
            ),
            pytest.param({}, "Le BODACC n’a pas encore été lu pour lui.", id="not read yet"),
            pytest.param({"country": "DE"}, "Le BODACC ne parle que des sociétés françaises.", id="abroad"),
        ],
    )
    def test_without_a_notice_it_says_whether_anybody_looked(self, browser, exposure, company, fields, says):
        for name, value in fields.items():
            setattr(company, name, value)
        company.save()
        page = text_of(browser.get(page_of(company)))
        assert says in page
        assert ("BODACC lu en entier le 20 novembre 2026" in page) is ("notices_read_on" in fields)

    def test_a_procedure_is_what_is_said_first(self, browser, exposure, company):
        state = part_of(browser.get(page_of(company)), ".pill")
        assert state.get_text(strip=True) == "en activité"
        event(company, EventKind.RECEIVERSHIP, date(2026, 10, 13), source="BODACC (simulateur)", url="https://b.fr/1")
        response = browser.get(page_of(company))
        assert part_of(response, ".pill").get_text(strip=True) == "redressement judiciaire"
        assert "https://b.fr/1" not in response.content.decode()  # a simulator's notice is nowhere to be read

    def test_its_open_alerts_for_each_client_who_sells_to_it(self, browser, exposure, company):
        of_company = {"company": company, "event__company": company}
        AlertFactory(client=exposure.snapshot.client, exposure=exposure, **of_company)
        AlertFactory(
            client__firm=exposure.firm, client__name="Négoce B", exposure=None, buyer="", at_risk=0, **of_company
        )
        AlertFactory(client__firm=exposure.firm, client__name="Réglé", exposure=None, buyer="", at_risk=0,
                     status=AlertStatus.HANDLED, **of_company)  # fmt: skip
        AlertFactory(client__name="D’un confrère", exposure=None, buyer="", at_risk=0, **of_company)
        shown = part_of(browser.get(page_of(company)), "[aria-labelledby=alerts-title]")
        assert [link.get_text(strip=True) for link in shown.select("a")] == ["Négoce A", "Négoce B"]
        assert "Créance à déclarer au plus tard le" in shown.get_text()

    def test_thirty_papers_take_the_queries_of_one(self, browser, user, exposure, company):
        other = CompanyFactory()
        ExposureFactory(snapshot=exposure.snapshot, company=other, id_value=other.id_value)
        BuyerRatingFactory(company=other, recorded_by=user)
        event(other, EventKind.ACCOUNTS, date(2026, 1, 1))
        for number in range(1, 29):
            BuyerRatingFactory(company=company, recorded_by=user, rated_on=date(2026, 1, number))
            AccountsReceivedFactory(company=company, received_by=user, year_end=date(1990 + number, 12, 31))
            event(company, EventKind.ACCOUNTS, date(2026, 1, number))
        AccountsReceivedFactory(company=other, received_by=user)
        assert count_queries(browser, page_of(company)) == count_queries(browser, page_of(other))


class TestPuttingIn:
    def post(self, browser, name, company, **data):
        return browser.post(reverse(f"clients:{name}", args=[company.pk]), data)

    def test_accounts_with_their_document(self, browser, user, exposure, company):
        content = b"%PDF-1.4 the accounts"
        response = self.post(
            browser, "company_accounts", company,
            **{"comptes-year_end": "2025-12-31", "comptes-turnover": "4 200 000", "comptes-net_result": "-12 500,50",
               "comptes-document": SimpleUploadedFile("Comptes 2025.pdf", content)},
        )  # fmt: skip
        assert response.status_code == 302
        accounts = AccountsReceived.objects.get()
        assert (accounts.turnover, accounts.net_result, accounts.equity) == (
            Decimal(4_200_000), Decimal("-12500.50"), None,
        )  # fmt: skip
        assert (accounts.firm, accounts.received_by) == (user.firm, user)
        document = browser.get(reverse("clients:accounts_document", args=[accounts.pk]))
        assert document.content == content
        assert document["Content-Disposition"] == 'attachment; filename="comptes-2025.pdf"'

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            pytest.param({"comptes-turnover": "1"}, "Ce champ est obligatoire", id="no-year"),
            pytest.param({"comptes-year_end": "2025-12-31"}, "au moins un chiffre", id="nothing"),
            pytest.param({"comptes-year_end": "2999-12-31", "comptes-equity": "1"}, "pas clos", id="not-over"),
            pytest.param(
                {"comptes-year_end": "2024-12-31", "comptes-equity": "1"}, "déjà dans le dossier", id="again"
            ),
        ],
    )
    def test_accounts_that_cannot_be_kept(self, browser, user, exposure, company, data, words):
        AccountsReceivedFactory(company=company, received_by=user, year_end=date(2024, 12, 31))
        response = self.post(browser, "company_accounts", company, **data)
        assert response.status_code == 422
        assert words in text_of(response)
        assert AccountsReceived.objects.count() == 1

    def test_a_rating_is_read_by_its_own_scale(self, browser, exposure, company):
        for scale, value in (("coface_dra", 9), ("allianz_grade", 9)):
            data = {"note-scale": scale, "note-value": value, "note-rated_on": timezone.localdate().isoformat()}
            assert self.post(browser, "company_rating", company, **data).status_code == 302
        ratings = part_of(browser.get(page_of(company)), "#notes")
        assert [band.text for band in ratings.select(".band")] == ["risque élevé", "risque très faible"]
        assert "lecture du cabinet" in ratings.text

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            pytest.param({"note-value": "11"}, "Cette échelle va de 10", id="off-the-scale"),
            pytest.param({"note-rated_on": "2999-01-01"}, "à venir", id="tomorrow"),
            pytest.param({"note-scale": "moody"}, "valide", id="another-scale"),
            pytest.param({"note-rated_on": "2026-01-05"}, "déjà dans le dossier", id="again"),
        ],
    )
    def test_ratings_that_cannot_be_kept(self, browser, user, exposure, company, changed, words):
        BuyerRatingFactory(company=company, recorded_by=user, rated_on=date(2026, 1, 5))
        data = {"note-scale": "coface_dra", "note-value": "4", "note-rated_on": "2026-01-06", **changed}
        response = self.post(browser, "company_rating", company, **data)
        assert response.status_code == 422
        assert words in text_of(response)
        assert BuyerRating.objects.count() == 1


class TestAdvice:
    def kinds(self, company, user, cover=None):
        return [advice.kind for advice in read_advice(company, user=user, cover=cover)]

    def test_what_is_late_asks_for_a_deposit(self, user, exposure, company):
        # 25 000 of 100 000 € are late.
        assert self.kinds(company, user) == [Kind.DEPOSIT, Kind.LIMIT, Kind.PENALTIES]

    def test_an_insurer_s_answer_is_the_limit(self, user, exposure, company):
        cover = Cover(requested=Decimal(60_000), granted=Decimal(20_000))
        (limit,) = [each for each in read_advice(company, user=user, cover=cover) if each.kind is Kind.LIMIT]
        assert limit.figure == Decimal(20_000)

    def test_a_rating_of_another_firm_does_not_count(self, user, exposure, company):
        BuyerRatingFactory(company=company, value=0)
        assert self.kinds(company, user)[0] is Kind.DEPOSIT
        BuyerRatingFactory(company=company, value=0, recorded_by=user)
        assert [each.figure for each in read_advice(company, user=user)][0] == Decimal(1)

    @pytest.mark.parametrize(
        ("events", "procedure"),
        [
            pytest.param([], Procedure.NONE, id="none"),
            pytest.param([EventKind.ACCOUNTS], Procedure.NONE, id="accounts"),
            pytest.param([EventKind.RECEIVERSHIP], Procedure.RECEIVERSHIP, id="receivership"),
            pytest.param([EventKind.RECEIVERSHIP, EventKind.LIQUIDATION], Procedure.LIQUIDATION, id="converted"),
            pytest.param([EventKind.SAFEGUARD, EventKind.CONTINUATION_PLAN], Procedure.NONE, id="a-plan"),
            pytest.param([EventKind.LIQUIDATION, EventKind.REVERSED], Procedure.NONE, id="reversed"),
            pytest.param([EventKind.SAFEGUARD, EventKind.ACCOUNTS], Procedure.SAFEGUARD, id="accounts-meanwhile"),
        ],
    )
    def test_the_procedure_under_way(self, company, events, procedure):
        for number, kind in enumerate(events, start=1):
            event(company, kind, date(2026, 1, number))
        assert read_procedure(company) is procedure

    def test_a_cancelled_procedure_is_none(self, company):
        opened = event(company, EventKind.LIQUIDATION, date(2026, 1, 1))
        opened.withdrawn_by = event(company, EventKind.LIQUIDATION, date(2026, 1, 2), is_cancellation=True)
        opened.save()
        assert read_procedure(company) is Procedure.NONE
