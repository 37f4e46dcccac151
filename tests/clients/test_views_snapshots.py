import pytest
from django.urls import reverse
from django.utils import timezone

from clients.enums import SetAside
from clients.models import RiskSnapshot
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


def test_an_amount_is_changed_in_place(browser, snapshot):
    garonnel = snapshot.exposures.get(name="Garonnel")
    page = browser.get(url("snapshot_detail", snapshot.pk), {"acheteur": garonnel.pk})
    assert part_of(page, "[name=requested]")["value"] == "50\u202f000"
    browser.post(url("exposure_edit", garonnel.pk), {"requested": "62 500,50", "set_aside": ""})
    assert "62 500,50 € HT" in text_of(browser.get(url("snapshot_detail", snapshot.pk)))


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
