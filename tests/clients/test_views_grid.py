import json

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Exposure, RiskSnapshot
from clients.portfolio.grid import COLUMNS, shown
from clients.services.grid import line_of
from tests.factories import (
    ClientFactory,
    ExposureFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
    fictitious_siren,
)
from tests.screens import count_queries, part_of, text_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def snapshot(user) -> RiskSnapshot:
    return RiskSnapshotFactory(client__firm=user.firm, client__name="Valmorin")


@pytest.fixture
def garonnel(snapshot) -> Exposure:
    return ExposureFactory(snapshot=snapshot, name="Garonnel", turnover=None, line=1, id_value="000100065")


def url(name: str, *pks: int) -> str:
    return reverse(f"clients:{name}", args=pks)


def grid_of(snapshot: RiskSnapshot) -> str:
    return url("grid_detail", snapshot.pk)


def texts_of(row) -> dict[str, str]:
    """What stands in the cells of a line, as a browser would send it."""
    texts = {field["name"]: field["value"] for field in row.select("input[form]:not([type=hidden])")}
    chosen = row.select_one("select [selected]")
    return {**texts, "set_aside": chosen["value"] if chosen else ""}


def send(browser: Browser, exposure: Exposure, before: dict | None = None, **changes):
    """Changes some cells of a line that was shown as `before`."""
    before = before or shown(line_of(exposure))
    data = {**before, "before": json.dumps(before), **changes}
    return browser.post(url("grid_line_edit", exposure.snapshot_id, exposure.pk), data, headers=HTMX)


class TestPage:
    def test_shows_each_buyer_as_cells_and_a_line_for_the_next(self, browser, snapshot, garonnel):
        page = browser.get(grid_of(snapshot))
        rows = part_of(page, "table.grid").select("tbody tr")
        assert [row["id"] for row in rows] == [f"ligne-{garonnel.pk}", "new-line"]
        assert texts_of(rows[0]) == shown(line_of(garonnel))
        assert "1 acheteur à demander, 60 000 € HT" in text_of(page)
        assert [header.text for header in part_of(page, "thead").select("th")][:10] == list(COLUMNS.values())
        labels = [field["aria-label"] for field in rows[0].select("[aria-label]")]
        assert labels[3] == "Encours TTC, Garonnel"

    def test_has_pages_and_as_many_queries_for_a_hundred_lines_as_for_one(self, browser, snapshot, garonnel):
        queries = count_queries(browser, grid_of(snapshot))
        ExposureFactory.create_batch(130, snapshot=snapshot)
        assert count_queries(browser, grid_of(snapshot)) == queries
        rows = part_of(browser.get(grid_of(snapshot)), "table.grid").select("tbody tr")
        assert len(rows) == 100 and not any(row["id"] == "new-line" for row in rows)
        last = snapshot.exposures.order_by("line").last()
        page = part_of(browser.get(grid_of(snapshot), {"ligne": last.pk}), "table.grid").select("tbody tr")
        assert [row["id"] for row in page][-2:] == [f"ligne-{last.pk}", "new-line"]

    def test_is_offered_beside_the_snapshot(self, browser, snapshot, garonnel):
        page = browser.get(url("snapshot_detail", snapshot.pk))
        assert part_of(page, f"a[href='{grid_of(snapshot)}']").text.strip() == "Grille"

    def test_a_frozen_snapshot_has_none(self, browser, snapshot, garonnel):
        RiskSnapshot.objects.update(frozen_at=timezone.now())
        assert browser.get(grid_of(snapshot)).url == url("snapshot_detail", snapshot.pk)
        assert browser.get(url("grid_paste", snapshot.pk)).url == url("snapshot_detail", snapshot.pk)
        assert "Grille" not in text_of(browser.get(url("snapshot_detail", snapshot.pk)))

    def test_a_draft_of_a_file_has_none(self, browser, snapshot, garonnel):
        """Its lines are corrected in its preview."""
        file = PortfolioFileFactory(client=snapshot.client)
        RiskSnapshot.objects.update(confirmed_at=None, file=file)
        assert browser.get(grid_of(snapshot)).status_code == 404

    def test_readers_and_strangers_get_none(self, reader_browser, stranger_browser, snapshot, garonnel):
        assert reader_browser.get(grid_of(snapshot)).status_code == 403
        assert send(reader_browser, garonnel, note="x").status_code == 403
        assert stranger_browser.get(grid_of(snapshot)).status_code == 404
        assert send(stranger_browser, garonnel, note="x").status_code == 404
        assert shown(line_of(Exposure.objects.get()))["note"] == ""

    def test_a_line_of_another_snapshot_is_not_changed_here(self, browser, snapshot):
        other = ExposureFactory()
        response = browser.post(
            url("grid_line_edit", snapshot.pk, other.pk), {"note": "x", "before": '{"note": ""}'}, headers=HTMX
        )
        assert response.status_code == 422
        other.refresh_from_db()
        assert other.note == ""


class TestEditing:
    def test_answers_with_the_line_and_the_total(self, browser, garonnel):
        response = send(browser, garonnel, outstanding="120 000")
        row = part_of(response, "tr")
        assert response.status_code == 200
        assert texts_of(row)["outstanding"] == "120\u202f000"
        assert texts_of(row)["requested"] == "100\u202f000"
        assert json.loads(part_of(response, "[name=before]")["value"])["outstanding"] == "120\u202f000"
        assert "100\u202f000" in part_of(response, "#grid-total").text

    def test_keeps_a_wrong_text_beside_its_error(self, browser, garonnel):
        response = send(browser, garonnel, identifier="000100066", note="vu")
        assert response.status_code == 422
        field = part_of(response, "[name=identifier]")
        assert (field["value"], field["aria-invalid"]) == ("000100066", "true")
        assert "clé de contrôle" in part_of(response, f"#{field['aria-describedby']}").text
        garonnel.refresh_from_db()
        assert (garonnel.id_value, garonnel.note) == ("000100065", "vu")
        assert json.loads(part_of(response, "[name=before]")["value"])["identifier"] == "000100065"

    def test_the_second_of_two_people_decides(self, browser, garonnel):
        before = shown(line_of(garonnel))
        send(browser, garonnel, before, outstanding="80 000")
        response = send(browser, garonnel, before, outstanding="90 000")
        assert response.status_code == 422
        assert "a écrit « 80 000 » entre-temps" in text_of(response)
        assert part_of(response, "input[name=outstanding]")["value"] == "90 000"
        # Another cell of the line does not decide for this one.
        now = json.loads(part_of(response, "[name=before]")["value"])
        waiting = {"outstanding": "90 000", "held-outstanding": part_of(response, "[name=held-outstanding]")["value"]}
        assert "entre-temps" in text_of(send(browser, garonnel, now, **waiting, note="vu"))
        garonnel.refresh_from_db()
        assert (garonnel.outstanding, garonnel.note) == (80_000, "vu")
        now = shown(line_of(garonnel))
        assert send(browser, garonnel, now, **waiting, force="outstanding").status_code == 200
        garonnel.refresh_from_db()
        assert garonnel.outstanding == 90_000

    def test_another_text_is_a_decision_too(self, browser, garonnel):
        now = shown(line_of(garonnel))
        response = send(browser, garonnel, now, **{"outstanding": "95 000", "held-outstanding": "90 000"})
        assert response.status_code == 200

    def test_a_line_that_was_removed_tells_what_was_typed(self, browser, snapshot, garonnel):
        before = shown(line_of(garonnel))
        Exposure.objects.all().delete()
        response = send(browser, garonnel, before, outstanding="90 000")
        assert response.status_code == 422
        assert "retirée entre-temps. Vous y écriviez : Encours TTC « 90 000 »." in text_of(response)

    def test_a_snapshot_that_froze_meanwhile(self, browser, garonnel):
        RiskSnapshot.objects.update(frozen_at=timezone.now())
        response = send(browser, garonnel, outstanding="90 000")
        assert response.status_code == 422
        assert "importez une nouvelle liste" in text_of(response)
        assert part_of(response, "input[name=outstanding]")["value"] == "90 000"

    def test_a_decision_that_means_nothing_stays_beside_its_error(self, browser, garonnel):
        response = send(browser, garonnel, set_aside="peut-être")
        assert response.status_code == 422
        assert "« peut-être » inconnue" in text_of(response)
        assert part_of(response, "select [selected]").text == "peut-être"

    @pytest.mark.parametrize("before", ["", "[]", "{}", "nonsense", "[" * 100_000, None])
    def test_what_no_grid_sends(self, browser, garonnel, before):
        data = {"note": "x", **({} if before is None else {"before": before})}
        address = url("grid_line_edit", garonnel.snapshot_id, garonnel.pk)
        assert browser.post(address, data).status_code == 400

    def test_works_without_script(self, browser, snapshot, garonnel):
        before = shown(line_of(garonnel))
        address = url("grid_line_edit", snapshot.pk, garonnel.pk)
        data = {**before, "before": json.dumps(before)}
        response = browser.post(address, {**data, "note": "vu"})
        assert response.url == f"{grid_of(snapshot)}?ligne={garonnel.pk}#ligne-{garonnel.pk}"
        response = browser.post(address, {**data, "note": "vu", "peak": "1.234"})
        assert part_of(response, f"#ligne-{garonnel.pk} [name=peak]")["value"] == "1.234"


class TestLines:
    def test_a_new_line_comes_with_the_next_empty_one(self, browser, snapshot, garonnel):
        data = {"name": "Ferroval", "country": "FR", "identifier": "000100107", "peak": "36 000"}
        response = browser.post(url("grid_line_add", snapshot.pk), data, headers=HTMX)
        added = snapshot.exposures.get(name="Ferroval")
        rows = part_of(response, f"#ligne-{added.pk}"), part_of(response, "#new-line")
        assert [texts_of(row)["name"] for row in rows] == ["Ferroval", ""]
        assert texts_of(rows[0])["requested"] == "30\u202f000"

    def test_a_wrong_line_keeps_its_texts(self, browser, snapshot, garonnel):
        data = {"name": "Ferroval", "identifier": "000100065", "peak": "36 000"}
        response = browser.post(url("grid_line_add", snapshot.pk), data, headers=HTMX)
        assert response.status_code == 422
        row = part_of(response, "#new-line")
        assert {name: texts_of(row)[name] for name in data} == data
        assert "C’est l’identifiant de Garonnel" in row.text
        assert "C’est l’identifiant" in text_of(browser.post(url("grid_line_add", snapshot.pk), data))

    def test_a_removed_line_can_be_taken_back(self, browser, snapshot, garonnel):
        page = {"HX-Current-URL": f"http://testserver{grid_of(snapshot)}?page=1"}
        response = browser.post(url("grid_line_remove", snapshot.pk, garonnel.pk), headers=HTMX | page)
        assert part_of(response, "[name=next]")["value"] == f"{grid_of(snapshot)}?page=1"
        assert "Acheteur retiré : Garonnel." in text_of(response)
        form = part_of(response, "form")
        browser.post(form["action"])
        assert snapshot.exposures.get().name == "Garonnel"

    def test_removing_works_without_script_and_only_once(self, browser, snapshot, garonnel):
        address = url("grid_line_remove", snapshot.pk, garonnel.pk)
        assert "Acheteur retiré : Garonnel." in text_of(browser.post(address))
        assert "retirée entre-temps" in text_of(browser.post(address, follow=True))


class TestTypedList:
    def test_begins_on_the_client_without_a_list(self, browser, user):
        client = ClientFactory(firm=user.firm)
        start = url("grid_start", client.pk)
        assert part_of(browser.get(url("client_detail", client.pk)), f"form[action='{start}'] button")
        page = browser.post(start, follow=True)
        assert "Écrivez le premier acheteur" in text_of(page)
        assert "Voir la photographie" not in text_of(page)
        snapshot = client.snapshots.get()
        browser.post(url("grid_line_add", snapshot.pk), {"name": "Ferroval"}, headers=HTMX)
        assert "Ferroval" in text_of(browser.get(url("snapshot_detail", snapshot.pk)))


class TestPaste:
    def paste(self, browser, snapshot, text, **data):
        return browser.post(url("grid_paste", snapshot.pk), {"block": text, "column": "outstanding", **data})

    def test_shows_what_would_change_first(self, browser, snapshot, garonnel):
        response = self.paste(browser, snapshot, "80 000\nabc", start=garonnel.pk)
        text = text_of(response)
        assert "2 cases changent, 2 cases à corriger" in text
        assert "encours TTC 72 000 → 80 000, demandé HT 60 000 → 67 000" in text
        assert part_of(response, "[name=correction-2-outstanding]")["value"] == "abc"
        assert part_of(response, "[name=correction-2-name]")["value"] == ""
        garonnel.refresh_from_db()
        assert garonnel.outstanding == 72_000

    def test_takes_corrections_then_writes_all(self, browser, snapshot, garonnel):
        corrections = {"correction-2-outstanding": "12 000", "correction-2-name": "Orvaine"}
        again = self.paste(browser, snapshot, "80 000\nabc", start=garonnel.pk, step="check", **corrections)
        assert "2 cases changent, 1 acheteur en plus" in text_of(again)
        kept = {name: part_of(again, f"[name={name}]")["value"] for name in corrections}
        assert kept == corrections
        seal = part_of(again, "[name=seal]")["value"]
        done = self.paste(browser, snapshot, "80 000\nabc", start=garonnel.pk, step="apply", seal=seal, **kept)
        entry = snapshot.journal.get()
        assert done.url == f"{grid_of(snapshot)}?ligne={garonnel.pk}&annuler={entry.pk}#ligne-{garonnel.pk}"
        assert list(snapshot.exposures.order_by("line").values_list("name", "outstanding")) == [
            ("Garonnel", 80_000),
            ("Orvaine", 12_000),
        ]

    @pytest.mark.parametrize("block", [pytest.param("80 000\n", id="all"), pytest.param("80 000\nabc", id="in part")])
    def test_offers_to_take_it_back(self, browser, snapshot, garonnel, block):
        seal = part_of(self.paste(browser, snapshot, block, start=garonnel.pk), "[name=seal]")["value"]
        fields = {"block": block, "column": "outstanding", "start": garonnel.pk, "step": "apply", "seal": seal}
        done = browser.post(url("grid_paste", snapshot.pk), fields, follow=True)
        offer = part_of(done, "#undo form")
        assert "2 cases de Garonnel ont changé" in part_of(done, "#undo").text
        back = browser.post(offer["action"], {"next": offer.select_one("[name=next]")["value"]}, follow=True)
        assert back.redirect_chain == [(grid_of(snapshot), 302)]
        assert not part_of(back, "#undo").select("form")
        garonnel.refresh_from_db()
        assert (garonnel.outstanding, garonnel.requested) == (72_000, 60_000)

    def test_what_is_left_can_be_corrected_afterwards(self, browser, snapshot, garonnel):
        block = f"80 000\t1.234\n12 000\t{'1' * 20}"
        preview = self.paste(browser, snapshot, block, start=garonnel.pk)
        seal = part_of(preview, "[name=seal]")["value"]
        rest = self.paste(browser, snapshot, block, start=garonnel.pk, step="apply", seal=seal)
        assert "Bloc enregistré, 3 cases à corriger" in text_of(rest)
        assert "1 ligne du bloc n’est pas ajoutée" in text_of(rest)
        row = part_of(rest, f"#ligne-{garonnel.pk}")
        assert (texts_of(row)["outstanding"], texts_of(row)["peak"]) == ("80\u202f000", "1.234")

    def test_a_decision_that_means_nothing_is_left_to_correct(self, browser, snapshot, garonnel):
        block = "Acheteur\tEncours\tDécision\nGaronnel\t80 000\tpeut-être"
        seal = part_of(self.paste(browser, snapshot, block, start=garonnel.pk), "[name=seal]")["value"]
        rest = self.paste(browser, snapshot, block, start=garonnel.pk, step="apply", seal=seal)
        assert "« peut-être » inconnue" in text_of(rest)
        assert part_of(rest, "select [selected]").text == "peut-être"
        garonnel.refresh_from_db()
        assert garonnel.outstanding == 80_000

    @pytest.mark.parametrize("start", ["9" * 25, "9" * 5000, "²", "-1"])
    def test_a_beginning_that_is_no_line_is_the_end(self, browser, snapshot, garonnel, start):
        assert self.paste(browser, snapshot, "80 000", start=start).status_code in (200, 422)

    def test_is_shown_again_when_somebody_changed_a_line(self, browser, snapshot, garonnel):
        response = self.paste(browser, snapshot, "80 000", start=garonnel.pk, step="apply", seal="another")
        assert response.status_code == 409
        assert "Quelqu’un a changé ces lignes" in text_of(response)
        garonnel.refresh_from_db()
        assert garonnel.outstanding == 72_000

    def test_has_a_page_of_its_own(self, browser, snapshot, garonnel):
        page = browser.get(url("grid_paste", snapshot.pk))
        assert part_of(page, "textarea[name=block]")
        assert "Chaque ligne du bloc est un nouvel acheteur" in text_of(page)
        here = browser.get(url("grid_paste", snapshot.pk), {"start": garonnel.pk})
        assert "Le bloc part de la ligne de Garonnel" in text_of(here)
        assert part_of(here, "[name=start]")["value"] == str(garonnel.pk)
        refused = self.paste(browser, snapshot, " \n")
        assert refused.status_code == 422
        assert "rien à coller" in text_of(refused)

    def test_a_long_block_shows_its_first_lines_and_counts_all(self, browser, snapshot, garonnel):
        block = "\n".join(f"Acheteur {n}\t\t{fictitious_siren(n)}" for n in range(150))
        response = self.paste(browser, snapshot, block, column="name")
        assert "150 acheteurs en plus" in text_of(response)
        assert "Les 100 premiers des 150 acheteurs" in text_of(response)
