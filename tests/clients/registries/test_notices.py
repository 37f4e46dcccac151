"""The BODACC's notices as events of the companies we know: once each, and gone when they are taken back."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from clients.models import CompanyEvent
from clients.monitoring.kinds import EventKind
from clients.registries import Notice, NoticeKind, RegistryUnavailable, notices_since
from clients.services.notices import record_notices
from factortaboite.sandbox.notices import OPENS_LIQUIDATION
from factortaboite.sandbox.register import REGISTER
from tests.clients.registries.conftest import fault
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db

SIREN, OTHER = "000200048", "000200055"
OPENING = Notice(
    source="BODACC",
    reference="A20260170100",
    family="collective",
    kind=NoticeKind.INITIAL,
    published_on=date(2026, 9, 7),
    sirens=(SIREN,),
    nature=OPENS_LIQUIDATION,
    stage=EventKind.LIQUIDATION,
    opens_filing=True,
)
RECTIFICATION = replace(
    OPENING,
    reference="A20260176200",
    kind=NoticeKind.RECTIFICATION,
    published_on=date(2026, 9, 15),
    corrects=OPENING.reference,
)
CANCELLATION = replace(
    OPENING,
    reference="A20260177300",
    kind=NoticeKind.CANCELLATION,
    published_on=date(2026, 9, 16),
    corrects=OPENING.reference,
    stage=EventKind.PROCEEDING,
    opens_filing=False,
)


@pytest.fixture
def company():
    return CompanyFactory(id_value=SIREN)


def references(events) -> set[str]:
    return {event.reference for event in events}


def test_one_night_serves_all_portfolios(twins):
    for registered in REGISTER:
        CompanyFactory(id_value=registered.siren)
    new = record_notices(notices_since(date.today() - timedelta(days=60)))
    standing = CompanyEvent.objects.standing()
    assert {(event.company.id_value, event.kind) for event in standing} == {
        ("000100180", "receivership"),
        ("000200048", "liquidation"),  # and not its homonym, whose notice was cancelled
        ("000200097", "safeguard"),
        ("000200089", "transfer_plan"),
        ("000200105", "bought"),
        ("000100107", "sold"),
        ("000200022", "safeguard"),
    }
    assert standing.get(company__id_value="000200097").corrects
    assert len(new) == CompanyEvent.objects.count() == 12
    assert record_notices(notices_since(date.today() - timedelta(days=60))) == []


def test_an_event_keeps_what_the_notice_says(company):
    (event,) = record_notices([replace(OPENING, detail="Mandataire", court="Greffe", content='{"id": 1}')])
    event.refresh_from_db()
    assert (event.company, event.kind, event.source) == (company, "liquidation", "BODACC")
    assert (event.reference, event.published_on, event.opens_filing) == ("A20260170100", date(2026, 9, 7), True)
    assert (event.title, event.detail, event.court) == (OPENS_LIQUIDATION, "Mandataire", "Greffe")
    assert json.loads(event.content) == {"id": 1}


def test_a_notice_about_nobody_we_know_is_not_stored(company):
    assert record_notices([replace(OPENING, sirens=(OTHER,))]) == []
    assert record_notices([replace(OPENING, sirens=())]) == []


def test_a_notice_told_twice_is_one_event(company):
    assert len(record_notices([OPENING, OPENING])) == 1
    assert record_notices([OPENING]) == []


@pytest.mark.parametrize("correction", [RECTIFICATION, CANCELLATION], ids=["rectified", "cancelled"])
@pytest.mark.parametrize(
    "nights",
    [
        pytest.param(lambda one, two: [[one], [two]], id="one night after the other"),
        pytest.param(lambda one, two: [[one, two]], id="the same night"),
        pytest.param(lambda one, two: [[two], [one]], id="in the wrong order"),
        pytest.param(lambda one, two: [[one, two], [one, two]], id="read again"),
    ],
)
def test_what_is_corrected_stands_no_more(company, correction, nights):
    told = {}
    for notices in nights(OPENING, correction):
        told |= {event.reference: event for event in record_notices(notices)}
    opening = CompanyEvent.objects.get(reference=OPENING.reference)
    assert opening.withdrawn_by.reference == correction.reference
    standing = {correction.reference} if correction is RECTIFICATION else set()
    assert references(CompanyEvent.objects.standing()) == standing


def test_the_events_given_back_know_that_they_are_withdrawn(company):
    opening, _ = record_notices([OPENING, CANCELLATION])
    assert opening.withdrawn_by.reference == CANCELLATION.reference


@pytest.mark.parametrize("nights", [[[OPENING], [CANCELLATION]], [[OPENING, CANCELLATION]]], ids=["later", "at once"])
def test_a_cancellation_need_not_say_of_whom(company, nights):
    for notices in nights:
        record_notices([replace(notice, sirens=()) if notice is CANCELLATION else notice for notice in notices])
    assert not CompanyEvent.objects.standing().exists()


def test_a_reversed_judgment_withdraws_the_one_it_names(company):
    reversal = replace(OPENING, reference="A202601809", stage=EventKind.REVERSED, corrects=OPENING.reference)
    record_notices([OPENING, reversal])
    assert references(CompanyEvent.objects.standing()) == {"A202601809"}


class TestCorrectionsOfCorrections:
    """« Annulation d'une annulation »: what a cancelled correction had withdrawn stands again."""

    AGAIN = replace(CANCELLATION, reference="A20260178400", published_on=date(2026, 9, 17))

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    @pytest.mark.parametrize("first", [RECTIFICATION, CANCELLATION], ids=["rectified", "cancelled"])
    def test_in_whatever_order_they_are_read(self, company, first, order):
        notices = [OPENING, first, replace(self.AGAIN, corrects=first.reference)]
        for place in order:
            record_notices([notices[place]])
        assert references(CompanyEvent.objects.standing()) == {OPENING.reference}

    def test_a_third_cancellation_takes_it_back_again(self, company):
        again = replace(self.AGAIN, corrects=CANCELLATION.reference)
        third = replace(self.AGAIN, reference="A20260179500", corrects=again.reference)
        record_notices([OPENING, CANCELLATION, again, third])
        assert not CompanyEvent.objects.standing().exists()

    def test_of_two_rectifications_one_cancelled_the_other_holds(self, company):
        second = replace(RECTIFICATION, reference="A20260177250", published_on=date(2026, 9, 16))
        record_notices([OPENING, RECTIFICATION, second, replace(self.AGAIN, corrects=second.reference)])
        assert CompanyEvent.objects.get(reference=OPENING.reference).withdrawn_by.reference == RECTIFICATION.reference
        assert references(CompanyEvent.objects.standing()) == {RECTIFICATION.reference}

    def test_a_notice_that_corrects_itself_or_a_later_one_corrects_nothing(self, company):
        record_notices([replace(RECTIFICATION, corrects=RECTIFICATION.reference)])
        record_notices([replace(OPENING, kind=NoticeKind.CANCELLATION, corrects=RECTIFICATION.reference)])
        assert references(CompanyEvent.objects.standing()) == {RECTIFICATION.reference}

    def test_two_that_cancel_each_other_are_no_endless_loop(self, company):
        one = replace(CANCELLATION, corrects=self.AGAIN.reference, published_on=date(2026, 9, 17))
        record_notices([one, replace(self.AGAIN, corrects=one.reference)])
        assert CompanyEvent.objects.count() == 2


class TestCancellationThatNamesNothing:
    """What else it says may leave no choice; a guess is never made."""

    COURT = "Greffe du Tribunal de Commerce de Pau"
    JUDGED = replace(OPENING, court=COURT, decided_on=date(2026, 9, 1))
    UNNAMED = replace(CANCELLATION, corrects="", nature="", court=COURT)
    # Another of the same court, three weeks before.
    EARLIER = replace(JUDGED, reference="A20260155077", published_on=date(2026, 8, 14), decided_on=date(2026, 8, 5))

    @pytest.mark.parametrize(
        ("says", "stands"),
        [
            pytest.param({"corrects_bulletin": "A20260170"}, {"EARLIER"}, id="its bulletin"),
            pytest.param({"corrects_day": date(2026, 9, 7)}, {"EARLIER"}, id="its day"),
            pytest.param({"nature": OPENS_LIQUIDATION, "decided_on": date(2026, 9, 1)}, {"EARLIER"}, id="judgment"),
            pytest.param({}, {"EARLIER", "JUDGED"}, id="nothing at all"),
            pytest.param({"corrects_bulletin": "A20260160"}, {"EARLIER", "JUDGED"}, id="a bulletin without it"),
            pytest.param(
                {"corrects_day": date(2026, 9, 7), "nature": OPENS_LIQUIDATION, "decided_on": date(2026, 8, 5)},
                {"EARLIER", "JUDGED"},
                id="the day of one, the judgment of the other",
            ),
            pytest.param(
                {"corrects_day": date(2026, 9, 7), "court": "Greffe de Lyon"},
                {"EARLIER", "JUDGED"},
                id="another court",
            ),
            pytest.param(
                {"corrects_day": date(2026, 9, 7), "family": "radiation", "stage": None},
                {"EARLIER", "JUDGED"},
                id="under another heading",
            ),
        ],
    )
    @pytest.mark.parametrize("at_once", [True, False], ids=["the same night", "a night later"])
    def test_withdraws_only_what_it_points_at(self, company, says, stands, at_once):
        unnamed = replace(self.UNNAMED, **says)
        nights = [[self.EARLIER, self.JUDGED, unnamed]] if at_once else [[self.EARLIER, self.JUDGED], [unnamed]]
        for notices in nights:
            record_notices(notices)
        assert references(CompanyEvent.objects.standing()) == {getattr(self, name).reference for name in stands}

    def test_of_two_that_answer_to_it_both_stand(self, company):
        record_notices([self.JUDGED, replace(self.JUDGED, reference="A20260170101"), self.UNNAMED])
        record_notices([replace(self.UNNAMED, reference="A20260178001", corrects_bulletin="A20260170")])
        assert CompanyEvent.objects.standing().count() == 2


def test_a_sale_is_told_apart_for_the_seller_and_the_buyer(company):
    other = CompanyFactory(id_value=OTHER)
    sale = replace(OPENING, family="vente", stage=None, opens_filing=False, sirens=(SIREN, OTHER), sellers=(OTHER,))
    record_notices([sale, replace(sale, reference="A20260170101", sellers=())])
    assert set(CompanyEvent.objects.values_list("company", "kind")) == {
        (company.pk, "bought"),
        (other.pk, "sold"),
        (company.pk, "sale"),
        (other.pk, "sale"),
    }


def test_an_address_that_is_none_is_no_link(company):
    (event,) = record_notices([replace(OPENING, url="javascript:alert(1)")])
    assert event.url == ""


def test_a_breakdown_in_mid_night_keeps_what_came_before(twins):
    for registered in REGISTER:
        CompanyFactory(id_value=registered.siren)

    def night():
        notices = notices_since(date.today() - timedelta(days=60))
        yield from (next(notices) for _ in range(100))
        twins["bodacc"].set({"faults": [fault("500")]})
        yield from notices

    with pytest.raises(RegistryUnavailable):
        record_notices(night())
    assert CompanyEvent.objects.filter(company__id_value="000100180").exists()


def test_the_number_of_queries_does_not_grow(company, django_assert_max_num_queries):
    notices = [replace(OPENING, reference=f"A2026017{number:04d}") for number in range(400)]
    with django_assert_max_num_queries(12):
        assert len(record_notices(notices)) == 400
