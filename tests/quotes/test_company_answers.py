"""The fragment of a buyer's file: what insurers answered on it, and what the firm advises from that."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from quotes.models import TariffVersion
from quotes.services.tariffs import prepare_tariff, start_tariffs
from tests.factories import CompanyFactory, ExposureFactory, RiskSnapshotFactory, UserFactory
from tests.quotes.factories import LimitIndicationFactory, MarketTestFactory, SubmissionFactory
from tests.screens import count_queries, text_of

pytestmark = pytest.mark.django_db

TO_COME, PAST = date(2099, 12, 31), date(2020, 1, 1)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def browser(user):
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def exposure(user):
    company = CompanyFactory()
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    return ExposureFactory(snapshot=snapshot, company=company, id_value=company.id_value, requested=Decimal(100_000))


def answered(exposure, *amounts, **fields):
    """A market test in which one partner for each amount answered on the buyer."""
    test = MarketTestFactory(firm=exposure.firm, client=exposure.snapshot.client, snapshot=exposure.snapshot)
    for amount in amounts:
        LimitIndicationFactory(
            submission=SubmissionFactory(market_test=test),
            exposure=exposure,
            requested=exposure.requested,
            state="answered",
            permanent=Decimal(amount),
            settled_at=timezone.now(),
            **{"decision": "granted" if amount else "refused", **fields},
        )
    return test


def page_of(exposure) -> str:
    return reverse("quotes:company_answers", args=[exposure.company_id])


def test_nobody_was_asked(browser, exposure):
    page = text_of(browser.get(page_of(exposure)))
    assert "Aucun assureur n’a encore été interrogé" in page
    assert "Tenez l’encours sous 100 000 € HT, en attendant la réponse d’un assureur." in page
    assert "conseil du cabinet" in page


def test_the_best_answer_makes_the_advice(browser, exposure):
    answered(exposure, 0, 70_000, 40_000)
    page = text_of(browser.get(page_of(exposure)))
    assert "Demandez 30 % d’acompte à la commande." in page
    assert "Au mieux 70 000 € sur 100 000 € sont garantis" in page
    assert "Tenez l’encours sous 70 000 € HT." in page
    assert "refusé" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"decision": "withdrawn"}, "Aucun assureur interrogé ne le garantit", id="withdrawn since"),
        pytest.param({"temporary": Decimal(20_000), "temporary_until": TO_COME}, "Au mieux 60 000 €", id="in force"),
        pytest.param({"temporary": Decimal(20_000), "temporary_until": PAST}, "Au mieux 40 000 €", id="over"),
    ],
)
def test_what_is_covered_today_is_what_comparisons_count(browser, exposure, fields, said):
    answered(exposure, 40_000, **fields)
    assert said in text_of(browser.get(page_of(exposure)))


def test_only_the_latest_market_test_counts(browser, exposure):
    answered(exposure, 100_000)
    answered(exposure, 0)
    assert "Aucun assureur interrogé ne le garantit, sur 100 000 € demandés." in text_of(
        browser.get(page_of(exposure))
    )


def test_other_firms_answers_stay_theirs(browser, exposure):
    elsewhere = ExposureFactory(company=exposure.company, id_value=exposure.id_value)
    answered(elsewhere, 12_345)
    page = text_of(browser.get(page_of(exposure)))
    assert "12 345" not in page
    assert "Aucun assureur n’a encore été interrogé" in page


def test_many_answers_take_the_queries_of_one(browser, exposure):
    answered(exposure, 10_000)
    one = count_queries(browser, page_of(exposure))
    answered(exposure, *range(10_000, 20_000, 1_000))
    assert count_queries(browser, page_of(exposure)) == one


def test_the_rate_of_a_new_half_year_is_added_by_who_may_and_then_advised(user, browser, exposure):
    """No rate of 2026 is known: the file says so, and where to add it."""
    add = "Ajouter le taux du semestre"
    reader = Browser()
    reader.force_login(UserFactory(firm=user.firm, reader=True))
    page = text_of(reader.get(page_of(exposure)))
    assert "celui d’aujourd’hui n’est pas connu ici" in page
    assert add not in page
    assert add in text_of(browser.get(page_of(exposure)))
    start_tariffs(firm=user.firm)
    version = prepare_tariff(
        version=TariffVersion.objects.get(firm=user.firm, product="late_payment"),
        valid_from=timezone.localdate(),
        by=user,
    )
    version.lines.filter(code="central_bank").update(value=Decimal("0.0185"))
    page = text_of(browser.get(page_of(exposure)))
    assert "des pénalités de retard au taux de 11,85 % l’an" in page
    assert add not in page
