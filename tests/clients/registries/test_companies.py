"""What registries say, stored with source and day, asked about once, and never missed when a registry is away."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from clients.models import Alert, Company, CompanyEvent, CompanyFact, CompanyStatus
from clients.registries import CompanyFacts, RegistryUnavailable, Site
from clients.services.companies import (
    Refreshed,
    find_companies,
    look_up,
    refresh_company,
    refresh_stale_companies,
)
from clients.services.company_facts import store_facts
from factortaboite.demo.buyers import DEMO_BUYERS
from factortaboite.money import NBSP
from factortaboite.sandbox.notices import OPENS_LIQUIDATION
from factortaboite.sandbox.register import BY_SIREN
from tests.clients.registries.conftest import fault
from tests.factories import CompanyFactory, ExposureFactory
from tests.screens import text_of

RIMBAULT = "000100123"
SOURCE = "Recherche d’entreprises (simulateur)"

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_search_kept():
    cache.clear()
    yield
    cache.clear()


def a_while_ago(company: Company) -> Company:
    """As if the registry had been asked about it two months ago."""
    day = timezone.localdate() - timedelta(days=60)
    Company.objects.filter(pk=company.pk).update(checked_on=day)
    company.facts.update(first_seen_on=day, last_seen_on=day)
    company.refresh_from_db()
    return company


def test_every_fact_is_stored_with_its_source_and_day(twins):
    company = look_up(RIMBAULT).company
    today = timezone.localdate()
    assert (company.registered_name, company.status, company.source) == ("CHAUFF'EST RIMBAULT", "active", SOURCE)
    assert (company.head_office_siret, company.postcode) == (BY_SIREN[RIMBAULT].siret, BY_SIREN[RIMBAULT].postcode)
    facts = {fact.kind: fact for fact in company.facts.all()}
    assert {kind: fact.value for kind, fact in facts.items()} == {
        "name": "CHAUFF'EST RIMBAULT",
        "status": "active",
        "created": "2004-03-01",
        "head_office": company.head_office_siret,
        "address": company.address,
        "legal_category": "5710",
        "naf": BY_SIREN[RIMBAULT].naf,
        "naf_2025": BY_SIREN[RIMBAULT].naf_2025,
        "size": "PME",
    }
    for fact in facts.values():
        assert (fact.source, fact.first_seen_on, fact.last_seen_on, fact.is_current) == (SOURCE, today, today, True)
        assert fact.stated_on == date(2026, 10, 30)


def test_a_company_asked_about_lately_is_not_asked_about_again(twins):
    for _ in range(3):
        assert look_up(RIMBAULT).company.registered_name == "CHAUFF'EST RIMBAULT"
    assert sum(twins["recherche-entreprises"].calls.values()) == 1


def test_what_is_said_again_is_only_seen_again(twins):
    company = a_while_ago(look_up(RIMBAULT).company)
    look_up(RIMBAULT)
    assert company.facts.count() == 9
    assert set(company.facts.values_list("last_seen_on", flat=True)) == {timezone.localdate()}
    assert set(company.facts.values_list("first_seen_on", flat=True)) == {timezone.localdate() - timedelta(days=60)}
    assert not company.events.exists()


@pytest.mark.parametrize("kind", ["500", "html", "wrong_shape", "hang", "429_seconds", "redirect", "huge"])
def test_a_registry_away_slow_or_lying_gives_a_sentence_and_the_company_as_known(twins, settings, kind):
    known = a_while_ago(look_up(RIMBAULT).company)
    settings.REGISTRY_TIMEOUT_SECONDS = 0.3
    for twin in ("recherche-entreprises", "sirene"):
        twins[twin].set({"faults": [fault(kind)]})
    found = look_up(RIMBAULT)
    assert found.trouble.startswith("Recherche d’entreprises ")
    assert (found.company.registered_name, found.company.checked_on) == (known.registered_name, known.checked_on)


def test_a_company_never_heard_of_while_the_registry_is_away(twins, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    found = look_up(RIMBAULT)
    assert (found.company.registered_name, found.company.status, found.company.checked_on) == ("", "", None)
    assert found.trouble == "La connexion avec le service Recherche d’entreprises a échoué."


def test_sirene_is_the_source_of_what_sirene_says(twins):
    twins["recherche-entreprises"].set({"faults": [fault("500")]})
    company = look_up(RIMBAULT).company
    assert company.source == "Sirene (Insee) (simulateur)"
    assert set(company.facts.values_list("source", flat=True)) == {"Sirene (Insee) (simulateur)"}


def test_a_second_source_does_not_make_changes_of_its_other_spelling(twins):
    company = a_while_ago(look_up("000200105").company)
    twins["recherche-entreprises"].set({"faults": [fault("500")]})
    look_up("000200105")
    assert not CompanyEvent.objects.exists()
    assert CompanyFact.objects.filter(company=company, kind="name", is_current=True).count() == 2


def test_a_siren_that_nobody_has(twins):
    company = look_up("732829320").company
    assert (company.status, company.registered_name) == (CompanyStatus.UNKNOWN, "")
    assert [(fact.kind, fact.value) for fact in company.facts.all()] == [("status", "unknown")]
    look_up("732829320")
    assert sum(twins["recherche-entreprises"].calls.values()) == 1


def test_what_was_known_outlives_a_registry_that_knows_it_no_more(twins):
    known = a_while_ago(look_up(RIMBAULT).company)
    company = store_facts(known, CompanyFacts(SOURCE, RIMBAULT, is_known=False))
    assert (company.status, company.checked_on) == (CompanyStatus.UNKNOWN, timezone.localdate())
    assert (company.registered_name, company.postcode) == (known.registered_name, known.postcode)
    assert company.facts.get(kind="name").is_current
    again = store_facts(company, CompanyFacts(SOURCE, RIMBAULT, name="CHAUFF'EST RIMBAULT"))
    assert again.status == CompanyStatus.ACTIVE
    assert not CompanyEvent.objects.exists()


@pytest.mark.parametrize("siren", ["", "000100124", "abc", "000 100 123", "12345678901234"])
def test_what_is_no_siren_is_no_company(twins, siren):
    with pytest.raises(ValueError, match="no SIREN"):
        look_up(siren)
    assert not Company.objects.exists()


def test_a_name_kept_from_the_public_is_never_stored(twins):
    company = look_up("000200121").company
    assert (company.is_hidden, company.registered_name, company.address, company.postcode) == (True, "", "", "")
    assert company.is_individual
    stored = " ".join(company.facts.values_list("value", flat=True))
    assert "DIFFUSIBLE" not in stored and "NOMCACH" not in stored.upper()


def test_whoever_asks_to_be_kept_from_the_public_leaves_our_history_too():
    company = store_facts(CompanyFactory(id_value=RIMBAULT), FACTS)
    store_facts(company, replace(FACTS, name="RIMBAULT GROUPE"))
    hidden = store_facts(
        company, CompanyFacts("Registre", RIMBAULT, is_hidden=True, head_office=Site("00010012300011"))
    )
    assert (hidden.registered_name, hidden.address) == ("", "")
    assert not company.facts.filter(kind__in=("name", "address")).exists()
    assert not company.events.exists()


def test_since_when_it_is_closed_outlives_a_registry_that_does_not_say(twins):
    company = a_while_ago(look_up("000200071").company)
    twins["recherche-entreprises"].set({"faults": [fault("500")]})
    company = look_up("000200071").company
    assert (company.source, company.is_closed) == ("Sirene (Insee) (simulateur)", True)
    assert company.closed_on == date(2023, 12, 31)


@pytest.mark.parametrize(("siren", "is_public"), [("000100172", True), ("000200147", True), ("356000000", False)])
def test_public_bodies_and_la_poste(twins, siren, is_public):
    assert look_up(siren).company.is_public_body is is_public


FACTS = CompanyFacts(
    source="Registre",
    siren=RIMBAULT,
    name="RIMBAULT",
    head_office=Site("00010012300011", "1 RUE A 59000 LILLE", "59000", "LILLE"),
)


@pytest.mark.parametrize(
    ("changes", "kind", "title", "happened_on"),
    [
        pytest.param(
            {"is_closed": True, "closed_on": date(2026, 11, 2)},
            "closed",
            "L’entreprise a cessé son activité.",
            date(2026, 11, 2),
            id="closed",
        ),
        pytest.param(
            {"name": "RIMBAULT GROUPE"}, "renamed", "« RIMBAULT » devient « RIMBAULT GROUPE ».", None, id="renamed"
        ),
        pytest.param(
            {"head_office": Site("00010012300029", "2 RUE B 69007 LYON", "69007", "LYON")},
            "moved",
            "Nouveau siège : 2 RUE B 69007 LYON.",
            None,
            id="moved",
        ),
    ],
)
def test_what_changed_is_an_event_and_the_former_fact_stays(changes, kind, title, happened_on):
    company = store_facts(CompanyFactory(id_value=RIMBAULT), FACTS)
    assert not company.events.exists()
    changed = replace(FACTS, **changes)
    for _ in range(2):
        store_facts(company, changed)
    event = company.events.get()
    assert (event.kind, event.title, event.happened_on, event.source) == (kind, title, happened_on, "Registre")
    assert event.published_on == timezone.localdate()
    assert company.facts.filter(is_current=False).exists()


def test_a_company_that_opens_again():
    company = store_facts(CompanyFactory(id_value=RIMBAULT), FACTS)
    store_facts(company, replace(FACTS, is_closed=True))
    company = store_facts(company, FACTS)
    assert company.status == CompanyStatus.ACTIVE
    assert set(company.events.values_list("kind", flat=True)) == {"closed", "reopened"}
    assert company.facts.filter(kind="status").count() == 3


def test_a_text_longer_than_its_column_is_cut():
    company = store_facts(CompanyFactory(id_value=RIMBAULT), CompanyFacts("Registre", RIMBAULT, name="X" * 1000))
    assert company.registered_name == "X" * 200


def test_a_vat_number_abroad(twins):
    norvik = CompanyFactory(country="DE", id_type="vat", id_value="DE136695976")
    company = refresh_company(norvik)
    assert (company.status, company.registered_name, company.source) == ("active", "", "VIES (simulateur)")
    assert {fact.kind: fact.value for fact in company.facts.all()} == {"vat": "DE136695976", "status": "active"}


def test_a_member_state_away_does_not_make_a_number_invalid(twins):
    norvik = CompanyFactory(country="DE", id_type="vat", id_value="DE136695976")
    twins["vies"].set({"faults": [fault("member_state_away")]})
    with pytest.raises(RegistryUnavailable, match=f"VIES{NBSP}: l’administration du pays DE ne répond pas"):
        refresh_company(norvik)
    norvik.refresh_from_db()
    assert (norvik.status, norvik.checked_on) == ("", None)


@pytest.mark.parametrize(("country", "id_type", "id_value"), [("GB", "vat", "GB980780684"), ("US", "other", "X1")])
def test_a_company_that_no_registry_of_ours_holds(twins, country, id_type, id_value):
    company = CompanyFactory(country=country, id_type=id_type, id_value=id_value)
    assert refresh_company(company).checked_on is None
    assert not any(twin.calls for twin in twins.values())


def test_stale_companies_are_asked_about_the_longest_first(twins):
    sirens = [buyer.id_value for buyer in DEMO_BUYERS if buyer.id_type == "siren"][:4]
    companies = [CompanyFactory(id_value=siren) for siren in sirens]
    today = timezone.localdate()
    for company, days in zip(companies, (40, 5, 31, None), strict=True):
        checked_on = None if days is None else today - timedelta(days=days)
        Company.objects.filter(pk=company.pk).update(checked_on=checked_on)
    assert refresh_stale_companies(limit=2) == Refreshed(2, is_finished=False)
    checked_today = Company.objects.filter(checked_on=today).order_by("pk")
    assert [company.id_value for company in checked_today] == [sirens[0], sirens[3]]
    assert refresh_stale_companies() == Refreshed(1, is_finished=True)
    assert refresh_stale_companies() == Refreshed(0, is_finished=True)


def test_stale_companies_wait_when_the_registry_is_away(twins, settings):
    CompanyFactory.create_batch(3)
    for twin in ("recherche-entreprises", "sirene"):
        twins[twin].set({"faults": [fault("500")]})
    refreshed = refresh_stale_companies()
    assert (refreshed.count, refreshed.is_finished) == (0, False)
    assert refreshed.trouble == "Recherche d’entreprises est indisponible (réponse 500)."
    assert sum(twins["recherche-entreprises"].calls.values()) == 1


def test_one_that_cannot_be_read_does_not_hold_back_the_others(twins):
    poisonous, well = CompanyFactory(id_value="000100016"), CompanyFactory(id_value=RIMBAULT)
    for twin in ("recherche-entreprises", "sirene"):
        twins[twin].set({"faults": [fault("broken_json") | {"identifier": poisonous.id_value}]})
    assert refresh_stale_companies() == Refreshed(1, is_finished=True)
    well.refresh_from_db()
    assert well.status == CompanyStatus.ACTIVE


def test_a_registry_that_speaks_another_form_to_everybody_is_told(twins):
    CompanyFactory.create_batch(8)
    for twin in ("recherche-entreprises", "sirene"):
        twins[twin].set({"faults": [fault("wrong_shape")]})
    refreshed = refresh_stale_companies()
    assert refreshed.trouble.startswith("Recherche d’entreprises a donné une réponse illisible")
    assert twins["recherche-entreprises"].calls["company"] == 5


def test_stale_companies_are_asked_about_for_so_long(twins):
    CompanyFactory.create_batch(3)
    assert refresh_stale_companies(seconds=-1) == Refreshed(0, is_finished=False)


class TestAskingByHand:
    """« Interroger les registres », on the buyer's page."""

    @pytest.fixture
    def buyer(self, user):
        exposure = ExposureFactory(snapshot__client__firm=user.firm, company=CompanyFactory(id_value=RIMBAULT))
        return exposure.company

    def press(self, browser, company) -> str:
        return text_of(browser.post(reverse("clients:company_refresh", args=[company.pk]), follow=True))

    def test_what_it_is_and_what_was_published_about_it(self, twins, browser, buyer):
        twins["bodacc"].set({"notices": [{"siren": RIMBAULT, "nature": OPENS_LIQUIDATION, "days_ago": 100}]})
        page = self.press(browser, buyer)
        assert "Les registres ont été interrogés." in page
        assert "CHAUFF'EST RIMBAULT" in page and "liquidation judiciaire" in page
        assert Alert.objects.get().company == buyer
        buyer.refresh_from_db()
        assert buyer.notices_read_on == timezone.localdate()

    def test_a_bodacc_away_is_a_sentence_and_the_register_is_read(self, twins, browser, buyer):
        twins["bodacc"].set({"faults": [fault("503")]})
        assert "BODACC est indisponible (réponse 503)." in self.press(browser, buyer)
        buyer.refresh_from_db()
        assert (buyer.registered_name, buyer.notices_read_on) == ("CHAUFF'EST RIMBAULT", None)


def test_candidates_are_kept_for_a_day(twins, no_search_kept):
    first = find_companies("Garonnel", "31000")
    again = find_companies("GARONNEL", "31000")
    assert [facts.siren for facts in first.companies] == ["000200055"]
    assert first == again
    assert sum(twins["recherche-entreprises"].calls.values()) == 1


def test_a_failed_search_is_a_sentence_and_is_not_kept(twins, no_search_kept):
    for twin in ("recherche-entreprises", "sirene"):
        twins[twin].set({"faults": [fault("500", times=1)]})
    found = find_companies("Garonnel", "31000")
    assert (found.companies, found.trouble) == ((), "Recherche d’entreprises est indisponible (réponse 500).")
    assert len(find_companies("Garonnel", "31000").companies) == 1
