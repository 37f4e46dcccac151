"""What a snapshot means: the figures worked by hand, what is missing where it says nothing, and the page."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.analysis.days_of_sales import Balance, Sales
from clients.enums import SetAside
from clients.models import CompanyEvent, CompanyStatus, EventKind, RiskSnapshot
from clients.reports.analysis import Analysis, analyse
from clients.reports.difficulties import difficulties
from clients.reports.key_figures import key_figures
from tests.factories import ClientFactory, CompanyFactory, ExposureFactory, PortfolioFileFactory, RiskSnapshotFactory
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 22)


def analysed(snapshot: RiskSnapshot) -> Analysis:
    return analyse(snapshot, on=DAY)


@pytest.fixture
def snapshot(user) -> RiskSnapshot:
    """Four buyers that weigh 600, 250, 100 and 50 k€ HT; the second is German. 240 k€ TTC owed, 60 of it overdue."""
    snapshot = RiskSnapshotFactory(
        client__firm=user.firm, margin_rate=Decimal("0.05"), loss_two_years_ago=17_000, ageing_from=[0, 1, 61]
    )
    lines = (
        ("Halbronne", "FR", 600_000, 120_000, 60, "76000", [90_000, 20_000, 10_000]),
        ("Norvik", "DE", 250_000, 60_000, 90, "10115", [40_000, 20_000, 0]),
        ("Garonnel", "FR", 100_000, 48_000, 90, "69003", [40_000, 5_000, 3_000]),
        ("Peltrac", "FR", 50_000, 12_000, 30, "", [10_000, 2_000, 0]),
    )
    for name, country, turnover, outstanding, days, postcode, ageing in lines:
        ExposureFactory(
            snapshot=snapshot,
            name=name,
            country=country,
            turnover=turnover,
            outstanding=outstanding,
            terms_days=days,
            postcode=postcode,
            ageing=ageing,
            vat_rate=Decimal("0.20") if country == "FR" else Decimal(0),
        )
    return snapshot


def test_days_of_sales(snapshot):
    """240 000 ÷ (750 000 × 1.2 + 250 000) × 360 = 75.13 days."""
    days = analysed(snapshot).days
    assert (days.balance, days.sales, days.days) == (240_000, 1_150_000, 75)
    assert (days.measured, days.against) == (Balance.OUTSTANDING, Sales.BUYERS)


def test_days_of_sales_against_the_client_s_whole_turnover(snapshot):
    """Nobody's turnover is known: 240 000 ÷ ((1 000 000 − 250 000) × 1.2 + 250 000) × 360, the same 75 days."""
    snapshot.exposures.update(turnover=None)
    snapshot.total_turnover, snapshot.export_turnover = Decimal(1_000_000), Decimal(250_000)
    days = analysed(snapshot).days
    assert (days.days, days.against) == (75, Sales.WHOLE)


def test_a_turnover_known_for_a_few_only_is_not_the_measure(snapshot):
    snapshot.exposures.exclude(name="Peltrac").update(turnover=None)
    assert analysed(snapshot).days is None


def test_the_demo_s_list_gives_an_upper_bound():
    file = PortfolioFileFactory(read=True)
    analysis = analysed(file.snapshot)
    assert (analysis.days.days, analysis.days.measured) == (67, Balance.PEAK)
    assert (analysis.curve.count, analysis.curve.total) == (17, 5_805_000)
    assert analysis.aged is None
    assert analysis.terms.ceiling.days == 60
    assert (analysis.terms.known, analysis.terms.beyond) == (17, 0)
    assert difficulties(file.snapshot).buyers[0].exposure.name == "Menuiserie Crozelat"


def test_ageing(snapshot):
    aged = analysed(snapshot).aged
    assert [each.amount for each in aged.slices] == [180_000, 47_000, 13_000]
    assert (aged.overdue, aged.overdue_share, aged.late) == (60_000, Decimal("0.25"), 13_000)


def test_the_curve_and_the_eighty_percent(snapshot):
    curve = analysed(snapshot).curve
    assert [(point.rank, point.y) for point in curve.points] == [
        (0, 0),
        (1, Decimal("0.6")),
        (2, Decimal("0.85")),
        (3, Decimal("0.95")),
        (4, 1),
    ]
    assert curve.most_count == 2


def test_the_curve_of_many_buyers_finds_the_one_that_makes_eighty_percent(user):
    """200 buyers that weigh the same: the 160th makes 80 %, between two points that are drawn."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    ExposureFactory.create_batch(200, snapshot=snapshot, turnover=1_000)
    curve = analysed(snapshot).curve
    assert (curve.count, curve.most_count, curve.named_share) == (200, 160, 1)


def test_terms_of_companies_in_france_only(snapshot):
    """Garonnel has 90 days, beyond 60; Norvik is German; a municipality has a law of its own."""
    ExposureFactory(snapshot=snapshot, public_body=True, terms_days=120)
    ExposureFactory(snapshot=snapshot, terms_days=None, turnover=None)
    analysis = analysed(snapshot)
    terms = analysis.terms
    assert (terms.known, terms.beyond, terms.beyond_turnover, terms.unknown) == (3, 1, 100_000, 1)
    # (60 × 600 + 90 × 100 + 30 × 50) ÷ 750 = 62
    assert terms.average == 62
    (beyond,) = analysis.beyond_ceiling
    # 48 000 ÷ 120 000 × 360 = 144 days; Peltrac owes 12 000 ÷ 60 000 × 360 = 72, Halbronne 60
    assert (beyond.name, round(beyond.owed_days)) == ("Garonnel", 144)
    assert analysis.totals.slow == 2


def test_the_client_s_activity_sets_the_ceiling(snapshot):
    company = snapshot.client.company
    company.naf = "49.41A"
    company.save()
    terms = analysed(RiskSnapshot.objects.get(pk=snapshot.pk)).terms
    assert (terms.ceiling.days, terms.beyond) == (30, 2)


def test_where_they_are_by_the_list_else_by_the_register(snapshot):
    company = CompanyFactory(postcode="33000")
    snapshot.exposures.filter(name="Peltrac").update(company=company)
    places = analysed(snapshot).geography
    assert [(place.name, place.share) for place in places.places] == [
        ("Seine-Maritime", Decimal("0.6")),
        ("Allemagne", Decimal("0.25")),
        ("Rhône", Decimal("0.1")),
        ("Gironde", Decimal("0.05")),
    ]
    assert places.unlocated_buyers == 0


def test_what_a_loss_costs(snapshot):
    """17 000 ÷ 5 % = 340 000; Halbronne's 120 000 TTC are 100 000 HT, 2 000 000 of sales."""
    analysis = analysed(snapshot)
    assert analysis.portrait.sales_to_recover == 340_000
    assert analysis.losses == [
        ("La pire des trois dernières années", 17_000, 340_000),
        ("Halbronne ne paie plus", 100_000, 2_000_000),
    ]


def event(company, kind: EventKind, published_on: date, **fields) -> CompanyEvent:
    reference = f"{kind}-{published_on}"
    return CompanyEvent.objects.create(
        company=company, kind=kind, source="Bodacc", reference=reference, published_on=published_on, **fields
    )


def difficulty_of(snapshot: RiskSnapshot, name: str, **company):
    exposure = snapshot.exposures.get(name=name)
    exposure.company = CompanyFactory(**company)
    exposure.save()
    return exposure.company


def test_who_is_in_difficulty(snapshot):
    halbronne = difficulty_of(snapshot, "Halbronne", checked_on=DAY, source="Sirene")
    event(halbronne, EventKind.SAFEGUARD, date(2026, 1, 5))
    event(halbronne, EventKind.RECEIVERSHIP, date(2026, 6, 5), happened_on=date(2026, 6, 1))
    event(halbronne, EventKind.PROCEEDING, date(2026, 7, 1))
    difficulty_of(snapshot, "Garonnel", status=CompanyStatus.CLOSED, closed_on=date(2025, 3, 31), source="Sirene")
    snapshot.exposures.filter(name="Peltrac").update(set_aside=SetAside.COLLECTIVE_PROCEDURE)
    found = difficulties(snapshot)
    assert [(each.exposure.name, each.reason, each.source, each.on) for each in found.buyers] == [
        ("Halbronne", "redressement judiciaire", "Bodacc", date(2026, 6, 1)),
        ("Garonnel", "société fermée", "Sirene", date(2025, 3, 31)),
        ("Peltrac", "procédure collective", "la liste du client", None),
    ]
    assert (found.count, found.amount, found.unchecked) == (3, 180_000, 2)
    assert found.sources == ("Bodacc", "Sirene")
    assert not found.is_simulated


def test_a_procedure_that_ended_or_was_taken_back_is_none(snapshot):
    ended = difficulty_of(snapshot, "Halbronne")
    event(ended, EventKind.SAFEGUARD, date(2026, 1, 5))
    event(ended, EventKind.ENDED, date(2026, 6, 5))
    cancelled = difficulty_of(snapshot, "Garonnel")
    opening = event(cancelled, EventKind.LIQUIDATION, date(2026, 1, 5))
    opening.withdrawn_by = event(cancelled, EventKind.LIQUIDATION, date(2026, 1, 9), is_cancellation=True)
    opening.save()
    assert difficulties(snapshot).count == 0


def test_a_simulator_s_word_is_marked(snapshot):
    company = difficulty_of(snapshot, "Halbronne")
    event(company, EventKind.LIQUIDATION, date(2026, 1, 5))
    CompanyEvent.objects.update(source="Bodacc (simulateur)")
    assert difficulties(snapshot).is_simulated


def test_the_four_first_answers(snapshot):
    figures = [
        (each.figure, each.unit, each.sentence.replace("\u202f", " ").replace("\xa0", " "))
        for each in key_figures(analysed(snapshot))
    ]
    assert figures == [
        (
            "75",
            "jours",
            "Les acheteurs doivent 240 000 € TTC, soit 75 jours de ventes TTC. Les délais accordés en France sont de "
            "62 jours en moyenne.",
        ),
        ("25,0\xa0%", "échus", "60 000 € TTC sont échus sur 240 000 €, dont 13 000 € depuis plus de 60 jours."),
        (
            "85,0\xa0%",
            "sur deux acheteurs",
            "Le premier, Halbronne, fait 60,0 % des ventes assurables. 2 acheteurs sur 4 en font 80 %.",
        ),
        (
            "340\u202f000\xa0€",
            "de ventes",
            "À 5 % de marge, c’est ce que coûtent les 17 000 € de la pire des trois dernières années. Si Halbronne ne "
            "payait plus ses 100 000 € HT, il en faudrait 2 000 000 €.",
        ),
    ]


@pytest.fixture
def bare(user) -> RiskSnapshot:
    """Names and nothing else."""
    snapshot = RiskSnapshotFactory(client__firm=user.firm)
    ExposureFactory.create_batch(
        2, snapshot=snapshot, outstanding=None, turnover=None, terms_days=None, requested=None, set_aside="no_amount"
    )
    return snapshot


def test_what_cannot_be_computed_says_what_is_missing(browser, bare):
    assert [each.figure for each in key_figures(analysed(bare))] == ["", "", "", ""]
    page = browser.get(reverse("clients:analysis_detail", args=[bare.pk]))
    text = text_of(page)
    for said in (
        "Cette liste ne dit pas encore assez",
        "Il manque les encours : la balance âgée",
        "La liste ne dit pas depuis quand les encours sont échus",
        "Aucun acheteur n’a de chiffre d’affaires ni d’encours",
        "Il manque le taux de marge",
        "Les délais accordés ne sont pas connus",
        "Les acheteurs n’ont pas encore été vérifiés",
        "Les acheteurs ne sont pas localisés",
        "Compléter les chiffres",
        "Importer une liste",
    ):
        assert said in text
    assert re.findall(r"(?<![\d,])0(?:,0+)? (?:%|€|jour)", text.replace("\xa0", " ")) == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        pytest.param({"outstanding": None}, "Il manque les encours", id="balances"),
        pytest.param({"turnover": None}, "Il manque le chiffre d’affaires de douze mois", id="turnover"),
    ],
)
def test_what_is_missing_for_the_days_of_sales(snapshot, missing, said):
    snapshot.exposures.update(**missing)
    assert said in key_figures(analysed(snapshot))[0].sentence


def test_without_any_loss_the_largest_buyer_s_is_told(snapshot):
    """A loss of nought is no loss when somebody said so, and a blank when nobody did."""
    snapshot.loss_two_years_ago = Decimal(0)
    figure = key_figures(analysed(snapshot))[3]
    assert figure.figure == "2\u202f000\u202f000\xa0€"
    assert figure.sentence.startswith("Les pertes ne sont pas renseignées.")
    snapshot.loss_count_last_year = snapshot.loss_count_two_years_ago = snapshot.loss_count_three_years_ago = 0
    assert key_figures(analysed(snapshot))[3].sentence.startswith("Aucune perte en trois ans.")


def test_the_page_shows_pictures_and_the_same_figures_in_tables(browser, snapshot):
    page = browser.get(reverse("clients:analysis_detail", args=[snapshot.pk]))
    text = text_of(page)
    assert "Deux acheteurs font 85 % des ventes assurables" in text
    assert "2 acheteurs sur 4 font 80 % des ventes" in text
    assert "25,0 % des encours sont échus" in text
    assert "1 acheteur au-delà du plafond légal de 60 jours" in text
    assert "Seine-Maritime d’abord" in text
    curve = part_of(page, "svg.chart .chart-line")
    assert curve["d"].startswith("M0.0 240.0 L120.0 96.0")
    widths = [bar["width"] for bar in part_of(page, "svg.thick").select("[class^=bar-]")]
    assert widths == ["75.00", "19.58", "5.42"]


def test_as_many_queries_for_thirty_buyers_as_for_four(browser, snapshot):
    address = reverse("clients:analysis_detail", args=[snapshot.pk])
    queries = count_queries(browser, address)
    for number in range(30):
        exposure = ExposureFactory(snapshot=snapshot, ageing=[1, 1, 1], company=CompanyFactory(), terms_days=75)
        event(exposure.company, EventKind.LIQUIDATION, DAY - timedelta(days=number))
    assert count_queries(browser, address) == queries


def test_strangers_get_404_and_readers_prepare_nothing(stranger_browser, reader_browser, snapshot):
    address = reverse("clients:analysis_detail", args=[snapshot.pk])
    assert stranger_browser.get(address).status_code == 404
    assert "Préparer l’audit" not in text_of(reader_browser.get(address))


def test_a_draft_is_not_analysed(browser, user):
    draft = RiskSnapshotFactory(client=ClientFactory(firm=user.firm), confirmed_at=None)
    assert browser.get(reverse("clients:analysis_detail", args=[draft.pk])).status_code == 404


def test_the_evolution_is_asked_for_when_there_is_a_snapshot_before(browser, snapshot):
    address = reverse("clients:analysis_detail", args=[snapshot.pk])
    assert "evolution" not in str(part_of(browser.get(address), "main"))
    RiskSnapshotFactory(client=snapshot.client, confirmed_at=timezone.now() - timedelta(days=9))
    main = part_of(browser.get(address), "main")
    assert main.select_one("[hx-trigger=load]")["hx-get"] == reverse("clients:analysis_evolution", args=[snapshot.pk])
