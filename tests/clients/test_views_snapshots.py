from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.enums import SetAside
from clients.models import RiskSnapshot
from clients.reports.portrait import portrait as portrait_of
from tests.factories import ExposureFactory, RiskSnapshotFactory
from tests.screens import count_queries, part_of, swapped, text_of


@pytest.fixture
def snapshot(user) -> RiskSnapshot:
    snapshot = RiskSnapshotFactory(client__firm=user.firm, valmorin=True)
    ExposureFactory(snapshot=snapshot, name="Garonnel", requested=50_000)
    ExposureFactory(snapshot=snapshot, name="Commune Sainte-Orvaine", public_body=True)
    return snapshot


def url(name: str, pk: int) -> str:
    return reverse(f"clients:{name}", args=[pk])


def test_shows_who_is_asked_and_who_is_not(browser, snapshot):
    address = url("snapshot_detail", snapshot.pk)
    response = browser.get(address)
    assert "1 acheteur à demander, 50 000 € HT" in text_of(response)
    assert "acheteur public" in text_of(response)
    assert "Lancer le test à blanc" in text_of(response)
    assert swapped(browser, address, "#snapshot") == part_of(response, "#snapshot")


def test_a_long_snapshot_has_pages_and_as_many_queries_as_a_short_one(browser, snapshot, user):
    address = url("snapshot_detail", snapshot.pk)
    queries = count_queries(browser, address)
    ExposureFactory.create_batch(120, snapshot=snapshot, requested=40_000)
    ExposureFactory.create_batch(101, snapshot=snapshot, public_body=True)
    assert count_queries(browser, address) == queries
    page = browser.get(address, {"page": 2, "ecartes": 2})
    assert "121 acheteurs à demander, 4 850 000 € HT" in text_of(page)
    first, second = (
        table.select("tbody tr") for table in part_of(page, "#snapshot").select("table:has(caption)")[-2:]
    )
    assert (len(first), len(second)) == (21, 2)
    links = [link["href"] for link in part_of(page, "#snapshot").select("nav[aria-label^=Pages] a")]
    assert links == ["?page=1&ecartes=2", "?page=2&ecartes=1"]


def test_what_hangs_on_the_largest(browser, user):
    """Turnovers 600, 300 (abroad) and 100 of 1 000 named; a public body weighs nothing, nor does a credit."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    for turnover, country in ((600, "FR"), (300, "DE"), (100, "FR"), (-50, "DE"), (None, "FR")):
        ExposureFactory(snapshot=snapshot, turnover=turnover, country=country)
    ExposureFactory(snapshot=snapshot, turnover=900, public_body=True)
    portrait = portrait_of(snapshot)
    assert portrait.by_turnover
    assert [(buyer.amount, buyer.share, buyer.before) for buyer in portrait.largest] == [
        (600, Decimal("0.6"), 0),
        (300, Decimal("0.3"), Decimal("0.6")),
        (100, Decimal("0.1"), Decimal("0.9")),
    ]
    assert portrait.concentration.foreign_share == Decimal("0.3")


def test_without_turnovers_balances_weigh(browser, user):
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    ExposureFactory(snapshot=snapshot, turnover=None, outstanding=100, peak=None)
    ExposureFactory(snapshot=snapshot, turnover=None, outstanding=-20, peak=300)
    portrait = portrait_of(snapshot)
    assert not portrait.by_turnover
    assert [buyer.amount for buyer in portrait.largest] == [300, 100]


def test_an_amount_is_changed_in_place(browser, snapshot):
    garonnel = snapshot.exposures.get(name="Garonnel")
    page = browser.get(url("snapshot_detail", snapshot.pk), {"acheteur": garonnel.pk})
    assert part_of(page, "[name=requested]")["value"] == "50\u202f000"
    browser.post(url("exposure_edit", garonnel.pk), {"requested": "62 500,50", "set_aside": ""})
    assert "62 500,50 € HT" in text_of(browser.get(url("snapshot_detail", snapshot.pk)))


def test_the_page_stays_whose_buyer_was_changed(browser, snapshot):
    garonnel, address = snapshot.exposures.get(name="Garonnel"), url("snapshot_detail", snapshot.pk)
    page = browser.get(f"{address}?ecartes=1&acheteur={garonnel.pk}")
    form = part_of(page, f"form[action^='{url('exposure_edit', garonnel.pk)}']")
    assert form.select_one("a")["href"] == f"{address}?ecartes=1"
    response = browser.post(form["action"], {"requested": "75 000", "set_aside": ""})
    assert response.url == f"{address}?ecartes=1"


def test_a_buyer_is_set_aside_in_place(browser, snapshot):
    garonnel = snapshot.exposures.get(name="Garonnel")
    browser.post(url("exposure_edit", garonnel.pk), {"requested": "", "set_aside": SetAside.BROKER_CHOICE})
    assert "0 acheteur à demander" in text_of(browser.get(url("snapshot_detail", snapshot.pk)))


def test_asking_for_nothing_is_refused(browser, snapshot):
    garonnel = snapshot.exposures.get(name="Garonnel")
    response = browser.post(
        url("exposure_edit", garonnel.pk), {"requested": "0", "set_aside": ""}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 422
    assert "ou écartez" in part_of(response, "#id_requested_error").text


def test_a_buyer_without_identifier_stays_aside(browser, snapshot):
    nameless = ExposureFactory(snapshot=snapshot, id_type="", id_value="", set_aside=SetAside.NO_IDENTIFIER)
    response = browser.post(url("exposure_edit", nameless.pk), {"requested": "5000", "set_aside": ""})
    assert "aucun assureur ne répond" in part_of(response, "#id_set_aside_error").text
    nameless.refresh_from_db()
    assert nameless.set_aside == SetAside.NO_IDENTIFIER


def test_figures_are_changed(browser, snapshot):
    browser.post(url("snapshot_edit", snapshot.pk), {"total_turnover": "1 000 000", "margin_rate": "4,5"})
    snapshot.refresh_from_db()
    assert (snapshot.insurable_turnover, str(snapshot.margin_rate)) == (1_000_000, "0.0450")


def test_a_frozen_snapshot_is_only_read(browser, snapshot):
    RiskSnapshot.objects.update(frozen_at=timezone.now())
    garonnel = snapshot.exposures.get(name="Garonnel")
    text = text_of(browser.get(url("snapshot_detail", snapshot.pk), {"acheteur": garonnel.pk}))
    assert "Figée par un test à blanc" in text
    assert "Modifier" not in text
    for response in (
        browser.post(url("exposure_edit", garonnel.pk), {"requested": "1", "set_aside": ""}),
        browser.post(url("snapshot_edit", snapshot.pk), {"total_turnover": "1"}),
    ):
        assert "importez une nouvelle liste" in text_of(response)
    garonnel.refresh_from_db()
    snapshot.refresh_from_db()
    assert (garonnel.requested, snapshot.total_turnover) == (50_000, 6_600_000)


def test_readers_may_look_only(reader_browser, snapshot):
    garonnel = snapshot.exposures.get(name="Garonnel")
    text = text_of(reader_browser.get(url("snapshot_detail", snapshot.pk), {"acheteur": garonnel.pk}))
    assert "Garonnel" in text
    assert "Modifier" not in text
    assert "Enregistrer" not in text
    assert reader_browser.post(url("exposure_edit", garonnel.pk), {"requested": "1"}).status_code == 403
    assert reader_browser.get(url("snapshot_edit", snapshot.pk)).status_code == 403


def test_another_firm_gets_404(stranger_browser, snapshot):
    garonnel = snapshot.exposures.get(name="Garonnel")
    assert stranger_browser.get(url("snapshot_detail", snapshot.pk)).status_code == 404
    assert stranger_browser.get(url("snapshot_edit", snapshot.pk)).status_code == 404
    assert stranger_browser.post(url("exposure_edit", garonnel.pk), {"requested": "1"}).status_code == 404


def test_a_buyer_of_another_snapshot_is_not_edited_here(browser, snapshot):
    other = ExposureFactory()
    assert browser.get(url("snapshot_detail", snapshot.pk), {"acheteur": other.pk}).status_code == 404


def test_takes_as_many_queries_for_thirty_buyers_as_for_two(browser, snapshot):
    queries = count_queries(browser, url("snapshot_detail", snapshot.pk))
    ExposureFactory.create_batch(28, snapshot=snapshot)
    assert count_queries(browser, url("snapshot_detail", snapshot.pk)) == queries


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param({}, "Aucune perte, ou personne ne l’a demandé", id="nobody-said"),
        pytest.param(
            {"loss_count_last_year": 0, "loss_count_two_years_ago": 0, "loss_count_three_years_ago": 0},
            "Un argument auprès des assureurs",
            id="none",
        ),
    ],
)
def test_a_blank_is_no_year_without_losses(browser, user, counts, said):
    snapshot = RiskSnapshotFactory(client__firm=user.firm, **counts)
    assert said in browser.get(reverse("clients:snapshot_detail", args=[snapshot.pk])).content.decode()
