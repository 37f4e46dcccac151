"""Whom to ask in a snapshot: the amounts the database proposes, the largest, and the screen that shows why."""

from decimal import Decimal

import pytest
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone

from clients.enums import Need, SetAside
from clients.models import Exposure, JournalEntry, RiskSnapshot
from clients.portfolio.selection import amount_needed
from clients.reports.proposed import with_proposal
from clients.services import Frozen
from clients.services.selection import select_buyers, selection_of
from tests.factories import ExposureFactory, PortfolioFileFactory, RiskSnapshotFactory
from tests.screens import count_queries, part_of, swapped, text_of

pytestmark = pytest.mark.django_db
ONE = Decimal(1)


def euros(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("balance", "peak", "turnover", "days", "season", "vat_rate", "amount", "need"),
    [
        pytest.param("36000", None, None, None, "1", "0.20", "30000", Need.BALANCE, id="balance to HT"),
        pytest.param("36000", "72000", None, None, "1", "0.20", "60000", Need.PEAK, id="peak above balance"),
        pytest.param("72000", "72000", None, None, "1", "0.20", "60000", Need.BALANCE, id="the same: the balance"),
        # 900 000 × 60 ÷ 360 = 150 000 HT; 170 000 TTC are 141 667 HT
        pytest.param("170000", None, "900000", 60, "1", "0.20", "150000", Need.TURNOVER, id="sales and terms"),
        # 240 000 × 60 ÷ 360 × 1.3 = 52 000; 60 000 TTC are 50 000 HT
        pytest.param(
            "60000", None, "240000", 60, "1.3", "0.20", "52000", Need.TURNOVER, id="a season stretches sales"
        ),
        pytest.param("60000", None, "240000", 60, "1.2", "0", "60000", Need.BALANCE, id="abroad TTC is HT"),
        pytest.param("36000.01", None, None, None, "1", "0.20", "31000", Need.BALANCE, id="a cent is a thousand"),
        pytest.param("10550", None, None, None, "1", "0.055", "10000", Need.BALANCE, id="reduced VAT, exactly"),
        pytest.param("-500", None, None, None, "1", "0.20", None, "", id="in credit"),
        pytest.param(None, None, "130000", None, "1", "0.20", None, "", id="sales without terms"),
        pytest.param(None, None, None, None, "1", "0.20", None, "", id="nothing known"),
    ],
)
def test_the_database_proposes_what_the_core_does(balance, peak, turnover, days, season, vat_rate, amount, need):
    exposure = ExposureFactory(
        outstanding=euros(balance),
        peak=euros(peak),
        turnover=euros(turnover),
        terms_days=days,
        vat_rate=Decimal(vat_rate),
        requested=None,
    )
    found = with_proposal(Exposure.objects.filter(pk=exposure.pk), Decimal(season)).get()
    assert (found.proposed, found.need) == (euros(amount), need)
    assert found.proposed == amount_needed(exposure, vat_rate=Decimal(vat_rate), season=Decimal(season))


@pytest.fixture
def snapshot(user) -> RiskSnapshot:
    """Twelve buyers whose proposals go from 10 000 to 120 000 € HT by their balance, and a municipality."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    for rank in range(1, 13):
        ExposureFactory(
            snapshot=snapshot,
            name=f"Acheteur {rank:02}",
            outstanding=rank * 12_000,
            turnover=rank * 30_000,
            terms_days=60,
            requested=rank * 10_000,
        )
    ExposureFactory(snapshot=snapshot, name="Commune Sainte-Orvaine", public_body=True)
    return snapshot


def asked(snapshot: RiskSnapshot) -> list[tuple[str, Decimal]]:
    return list(snapshot.exposures.asked().values_list("name", "requested"))


def test_the_ten_largest_then_all_again(snapshot, user):
    selection = select_buyers(snapshot, top=10, season=ONE, discretionary_limit=None, by=user)
    assert (selection.asked, selection.total, selection.top) == (10, 750_000, 10)
    assert selection.set_aside == {SetAside.PUBLIC_BODY: 1, SetAside.NOT_AMONG_LARGEST: 2}
    assert asked(snapshot)[-1] == ("Acheteur 03", 30_000)
    selection = select_buyers(snapshot, top=None, season=ONE, discretionary_limit=None, by=user)
    assert (selection.asked, selection.top) == (12, None)
    assert selection.set_aside == {SetAside.PUBLIC_BODY: 1}


def test_below_the_discretionary_limit_nobody_is_asked_and_the_largest_are_counted_above_it(snapshot, user):
    selection = select_buyers(snapshot, top=10, season=ONE, discretionary_limit=Decimal(40_000), by=user)
    assert selection.set_aside == {SetAside.PUBLIC_BODY: 1, SetAside.BELOW_DISCRETIONARY_LIMIT: 4}
    assert (selection.asked, selection.top) == (8, None)
    snapshot.refresh_from_db()
    assert snapshot.discretionary_limit == 40_000
    selection = select_buyers(snapshot, top=None, season=ONE, discretionary_limit=None, by=user)
    assert selection.asked == 12


def test_a_season_changes_the_proposals_and_leaves_what_somebody_wrote(snapshot, user):
    """30 000 × rank × 60 ÷ 360 × 2.5 = 12 500 × rank, above the balance of 10 000 × rank."""
    snapshot.exposures.filter(name="Acheteur 12").update(requested=7_000)
    select_buyers(snapshot, top=None, season=Decimal("2.5"), discretionary_limit=None, by=user)
    amounts = dict(asked(snapshot))
    assert (amounts["Acheteur 01"], amounts["Acheteur 02"], amounts["Acheteur 12"]) == (13_000, 25_000, 7_000)
    select_buyers(snapshot, top=None, season=ONE, discretionary_limit=None, by=user)
    amounts = dict(asked(snapshot))
    assert (amounts["Acheteur 01"], amounts["Acheteur 02"], amounts["Acheteur 12"]) == (10_000, 20_000, 7_000)


def test_who_was_set_aside_for_a_reason_stays_so(snapshot, user):
    snapshot.exposures.filter(name="Acheteur 12").update(set_aside=SetAside.BROKER_CHOICE)
    selection = select_buyers(snapshot, top=10, season=ONE, discretionary_limit=None, by=user)
    assert selection.set_aside == {
        SetAside.PUBLIC_BODY: 1,
        SetAside.NOT_AMONG_LARGEST: 1,
        SetAside.BROKER_CHOICE: 1,
    }


def test_of_equal_amounts_the_first_lines_are_kept(snapshot, user):
    """The file's order decides, and a draw never asks one buyer more than was said."""
    snapshot.exposures.filter(requested__gte=40_000).update(requested=50_000)
    select_buyers(snapshot, top=4, season=ONE, discretionary_limit=None, by=user)
    lines = snapshot.exposures.filter(requested=50_000).order_by("line").values_list("line", flat=True)
    assert set(snapshot.exposures.asked().values_list("line", flat=True)) == set(lines[:4])


def pages(snapshot) -> dict[int, int]:
    """The page of the table that each line stands on."""
    page = RawSQL("(clients_exposure.ctid::text::point)[0]::int", [])
    return dict(snapshot.exposures.annotate(page=page).values_list("pk", "page"))


def test_lines_that_are_set_aside_stay_on_their_page(snapshot, user):
    """So that no index is written: that made the first selection of a long list ten times slower."""
    Exposure.objects.bulk_create(ExposureFactory.build_batch(400, snapshot=snapshot))
    before = pages(snapshot)
    select_buyers(snapshot, top=10, season=ONE, discretionary_limit=None, by=user)
    after = pages(snapshot)
    assert sum(after[pk] == page for pk, page in before.items()) > 0.8 * len(before)


def test_it_is_written_down_once(snapshot, user):
    for _ in range(2):
        select_buyers(snapshot, top=10, season=Decimal("1.3"), discretionary_limit=Decimal(5_000), by=user)
    (entry,) = JournalEntry.objects.all()
    assert (entry.by, entry.snapshot) == (user, snapshot)
    assert "10 acheteurs à demander, pour" in entry.sentence
    assert "coefficient de saison 1,3" in entry.sentence
    assert "limite discrétionnaire 5\u202f000\xa0€ HT" in entry.sentence


def test_a_frozen_snapshot_stays_as_it_is(snapshot, user, browser):
    RiskSnapshot.objects.update(frozen_at=timezone.now())
    with pytest.raises(Frozen):
        select_buyers(snapshot, top=10, season=ONE, discretionary_limit=None, by=user)
    assert selection_of(snapshot).asked == 12
    address = reverse("clients:selection_detail", args=[snapshot.pk])
    page = browser.get(address)
    assert "Figée par un test à blanc" in text_of(page)
    assert "Modifier" not in text_of(page)
    assert not part_of(page, "#selection").select("form")
    apply = reverse("clients:selection_apply", args=[snapshot.pk])
    assert "importez une nouvelle liste" in text_of(browser.post(apply, {"top": "10"}, follow=True))


def test_the_demo_asks_1_090_000_for_the_reasons_of_its_figures(db):
    file = PortfolioFileFactory(read=True)
    proposals = with_proposal(file.snapshot.exposures.asked(), ONE)
    assert sum(exposure.proposed for exposure in proposals) == 1_090_000
    assert {exposure.need for exposure in proposals} == {Need.PEAK}


def test_the_screen_shows_which_figure_won(browser, snapshot):
    page = browser.get(reverse("clients:selection_detail", args=[snapshot.pk]))
    assert "12 acheteurs à demander, 780 000 € HT" in text_of(page)
    first = part_of(page, "#selection-table").select("tbody tr")[0]
    assert first.th.text.startswith("Acheteur 12")
    assert first.select_one(".won").text == "120\u202f000\xa0€ retenu"
    cells = " ".join(first.get_text(" ").split())
    assert "144 000 € TTC" in cells
    assert "60 000 € 360 000 € × 60 j" in cells


def test_the_screen_says_who_is_set_aside_and_why(browser, snapshot):
    address = reverse("clients:selection_detail", args=[snapshot.pk])
    page = browser.get(address, {"liste": "ecartes"})
    assert "acheteur public · 1" in text_of(page)
    assert [row.th.text[:7] for row in part_of(page, "#selection-table").select("tbody tr")] == ["Commune"]


def test_one_click_keeps_the_ten_largest(browser, snapshot):
    apply = reverse("clients:selection_apply", args=[snapshot.pk])
    page = browser.post(apply, {"top": "10", "season": "1", "discretionary_limit": ""}, follow=True)
    assert "10 acheteurs à demander, 750 000 € HT" in text_of(page)
    pressed = [button.text for button in part_of(page, "#selection").select("[name=top][aria-pressed=true]")]
    assert pressed == ["les 10 plus gros"]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        pytest.param("season", "0", "Entre 0,01 et 10", id="no season at all"),
        pytest.param("season", "1,2345", "Entre 0,01 et 10", id="too precise"),
        pytest.param("season", "beaucoup", "n’est pas un nombre", id="words"),
        pytest.param("discretionary_limit", "-5", "ne peut pas être négatif", id="negative limit"),
        pytest.param("top", "7", "Choisissez 10, 20 ou tous", id="a number nobody offers"),
    ],
)
def test_what_makes_no_sense_is_refused_and_said(browser, snapshot, field, typed, said):
    apply = reverse("clients:selection_apply", args=[snapshot.pk])
    response = browser.post(apply, {"top": "10", "season": "1", field: typed})
    assert response.status_code == 422
    assert said in text_of(response)
    assert selection_of(snapshot).asked == 12


def test_an_amount_is_changed_in_place_and_said_to_be_written(browser, snapshot):
    address = reverse("clients:selection_detail", args=[snapshot.pk])
    buyer = snapshot.exposures.get(name="Acheteur 12")
    assert part_of(browser.get(address, {"acheteur": buyer.pk}), "[name=requested]")["value"] == "120\u202f000"
    change = reverse("clients:selection_exposure", args=[buyer.pk])
    page = browser.post(f"{change}?page=1", {"requested": "150 000", "set_aside": ""}, follow=True)
    assert page.redirect_chain[0][0] == f"{address}?page=1"
    assert "écrit ; calcul 120 000 €" in text_of(page)
    refused = browser.post(change, {"requested": "", "set_aside": ""}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "ou écartez" in text_of(refused)


def test_pages_and_queries_do_not_grow_with_the_list(browser, snapshot):
    address = reverse("clients:selection_detail", args=[snapshot.pk])
    queries = count_queries(browser, address)
    ExposureFactory.create_batch(60, snapshot=snapshot, requested=1_000)
    assert count_queries(browser, address) == queries
    second = browser.get(address, {"page": 2})
    assert len(part_of(second, "#selection-table").select("tbody tr")) == 22
    assert swapped(browser, address, "#selection") == part_of(browser.get(address), "#selection")


def test_readers_look_and_strangers_do_not(reader_browser, stranger_browser, snapshot):
    address = reverse("clients:selection_detail", args=[snapshot.pk])
    assert "Modifier" not in text_of(reader_browser.get(address))
    assert not part_of(reader_browser.get(address), "#selection").select("form")
    assert reader_browser.post(reverse("clients:selection_apply", args=[snapshot.pk])).status_code == 403
    assert stranger_browser.get(address).status_code == 404
    assert stranger_browser.post(reverse("clients:selection_apply", args=[snapshot.pk])).status_code == 404
