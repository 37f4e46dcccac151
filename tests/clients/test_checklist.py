"""What a client's file lacks, as the client's page and its snapshot show it."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.advice.completeness import Statement
from clients.models import CompanyStatus
from clients.services.checklist import read_checklist
from clients.services.companies import LookUp
from clients.services.loss_statements import read_standing
from tests.factories import (
    ClientFactory,
    ClientRequestFactory,
    ExposureFactory,
    LossSignatureFactory,
    LossStatementFactory,
    RiskSnapshotFactory,
)
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(user):
    return ClientFactory(firm=user.firm, company__status=CompanyStatus.ACTIVE, owner=user)


def complete(client, buyers: int = 12):
    snapshot = RiskSnapshotFactory(client=client, valmorin=True, counted=True)
    ExposureFactory.create_batch(buyers, snapshot=snapshot)
    return snapshot


def page_of(client) -> str:
    return reverse("clients:client_detail", args=[client.pk])


def states(client, snapshot) -> dict[str, str]:
    return {item.key: item.state.value for item in read_checklist(client, snapshot).items}


class TestReading:
    def test_a_new_client_lacks_everything_but_its_contact(self, client):
        found = states(client, None)
        assert {key for key, state in found.items() if state == "done"} == {"contact", "siren"}

    def test_a_complete_file(self, client):
        snapshot = complete(client)
        # 12 buyers of 300 000 € are more than half of 6 600 000 €.
        LossSignatureFactory(statement=LossStatementFactory(client=client))
        assert set(states(client, snapshot).values()) == {"done"}

    def test_buyers_set_aside_for_want_of_a_number_count_as_large_ones(self, client):
        snapshot = complete(client, buyers=11)
        ExposureFactory(snapshot=snapshot, id_type="", id_value="", set_aside="no_identifier", requested=None)
        assert states(client, snapshot)["identifiers"] == "doubtful"

    def test_the_step_of_the_identifiers_leads_to_their_search(self, browser, client):
        snapshot = complete(client, buyers=11)
        ExposureFactory(snapshot=snapshot, id_type="", id_value="", set_aside="no_identifier", requested=None)
        step = f'href="{reverse("clients:cleaning_detail", args=[snapshot.pk])}">Chercher les SIREN'
        page = browser.get(reverse("clients:client_detail", args=[client.pk])).content.decode()
        assert step in page

    def test_buyers_that_no_insurer_covers_do_not(self, client):
        snapshot = complete(client)
        ExposureFactory(snapshot=snapshot, id_type="", id_value="", public_body=True)
        assert states(client, snapshot)["identifiers"] == "done"

    def test_figures_without_a_list(self, client):
        found = states(client, RiskSnapshotFactory(client=client, valmorin=True, counted=True))
        assert (found["turnover"], found["buyers"]) == ("done", "missing")

    @pytest.mark.parametrize("buyers", [1, 30])
    def test_any_size_takes_the_same_queries(self, client, buyers, django_assert_num_queries):
        snapshot = complete(client, buyers=buyers)
        with django_assert_num_queries(3):
            read_checklist(client, snapshot)


class TestPanel:
    def test_says_what_to_get_first_and_how(self, client, browser):
        snapshot = complete(client)
        snapshot.total_turnover = None
        snapshot.save()
        panel = part_of(browser.get(page_of(client)), ".checklist")
        assert "Il manque d’abord" in panel.text
        first = panel.select_one(".steps li")
        assert "Chiffre d’affaires total" in first.text
        assert "Qui peut le donner\xa0: le client ou le cabinet." in first.text
        assert first.select_one("a.button")["href"] == reverse("clients:snapshot_edit", args=[snapshot.pk])

    def test_a_figure_of_a_frozen_snapshot_comes_with_the_next_list(self, client, browser):
        snapshot = complete(client)
        snapshot.total_turnover, snapshot.frozen_at = None, timezone.now()
        snapshot.save()
        first = part_of(browser.get(page_of(client)), ".checklist").select_one(".steps li")
        button = first.select_one("a.button")
        assert button["href"] == reverse("clients:portfolio_upload", args=[client.pk])
        assert button.text.startswith("À la prochaine liste")
        assert not browser.get(reverse("clients:snapshot_detail", args=[snapshot.pk])).context["panel"]

    def test_what_buyers_lack_is_typed_where_they_stand(self, client, browser):
        snapshot = complete(client)
        snapshot.exposures.update(terms_days=None)
        steps = part_of(browser.get(page_of(client)), ".checklist").select(".steps li")
        (terms,) = [step for step in steps if "Délais de paiement" in step.text and step.select_one("a.button")]
        assert terms.select_one("a.button")["href"] == reverse("clients:grid_detail", args=[snapshot.pk])

    def test_stands_on_the_snapshot_too(self, client, browser):
        page = browser.get(reverse("clients:snapshot_detail", args=[complete(client).pk]))
        assert "Déclaration de sinistralité" in part_of(page, ".checklist").text

    def test_a_complete_file_says_so_in_a_line(self, client, browser):
        complete(client)
        LossSignatureFactory(statement=LossStatementFactory(client=client))
        page = browser.get(page_of(client))
        assert "Dossier complet" in text_of(page)
        assert b"checklist-title" not in page.content

    def test_a_reader_sees_no_button(self, client, reader_browser):
        complete(client)
        assert not part_of(reader_browser.get(page_of(client)), ".checklist").select("button, a.button")

    def test_tells_how_far_the_request_to_the_client_is(self, client, browser):
        complete(client)
        asked = ClientRequestFactory(client=client, views=2)
        panel = part_of(browser.get(page_of(client)), ".checklist")
        assert "ouverte 2 fois" in panel.text
        assert panel.select_one(".asked a")["href"] == reverse("clients:client_request", args=[asked.pk])

    def test_thirty_buyers_take_the_queries_of_one(self, client, browser):
        few, many = ClientFactory(firm=client.firm), ClientFactory(firm=client.firm)
        complete(few, buyers=1)
        complete(many, buyers=30)
        assert count_queries(browser, page_of(few)) == count_queries(browser, page_of(many))


class TestVerifying:
    @pytest.fixture
    def answered(self, monkeypatch):
        """A function that says what the register answers."""

        def answer(company, trouble=""):
            monkeypatch.setattr("clients.views.checklist.look_up", lambda siren: LookUp(company, trouble))

        return answer

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            pytest.param(CompanyStatus.ACTIVE, "en activité", id="active"),
            pytest.param(CompanyStatus.CLOSED, "est-ce le bon SIREN", id="closed"),
            pytest.param(CompanyStatus.UNKNOWN, "ne connaît pas ce SIREN", id="unknown"),
        ],
    )
    def test_the_register_answers(self, client, browser, answered, status, words):
        client.company.status = status
        answered(client.company)
        page = browser.post(reverse("clients:client_verify", args=[client.pk]), follow=True)
        assert words in text_of(page)

    def test_a_register_that_is_away_is_said(self, client, browser, answered):
        answered(client.company, "Le registre ne répond pas.")
        page = browser.post(reverse("clients:client_verify", args=[client.pk]), follow=True)
        assert "Le registre ne répond pas." in text_of(page)


@pytest.mark.parametrize(
    ("figures", "signed", "standing"),
    [
        pytest.param("current", True, Statement.SIGNED, id="signed"),
        pytest.param("current", False, Statement.PREPARED, id="unsigned"),
        pytest.param("former", True, Statement.OUTDATED, id="signed-on-other-figures"),
        pytest.param("former", False, Statement.NONE, id="unsigned-and-of-no-use"),
    ],
)
def test_where_the_statement_stands(client, figures, signed, standing):
    snapshot = RiskSnapshotFactory(client=client, counted=True)
    statement = LossStatementFactory(client=client)
    if signed:
        LossSignatureFactory(statement=statement)
    if figures == "former":
        snapshot.loss_last_year = snapshot.largest_loss_last_year = Decimal(8_000)
        snapshot.save()
        snapshot.refresh_from_db()
    assert read_standing(client, snapshot) is standing
