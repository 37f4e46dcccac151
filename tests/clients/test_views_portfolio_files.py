from datetime import date
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from clients import services
from clients.enums import PortfolioFileStatus
from clients.models import PortfolioFile, RiskSnapshot
from tests.factories import DEMO_FILE, ClientFactory, PortfolioFileFactory, RiskSnapshotFactory
from tests.screens import count_queries, part_of, swapped, text_of

REJECTED = b"Acheteur;SIREN;Pic TTC\nGaronnel;000100066;60 000\nFerroval;000100107;36 000"


def url(name: str, *args: int) -> str:
    return reverse(f"clients:{name}", args=args)


@pytest.fixture
def file(user) -> PortfolioFile:
    return PortfolioFileFactory(client__firm=user.firm, read=True)


class TestUpload:
    def send(self, browser, user, **fields):
        return browser.post(url("portfolio_upload", ClientFactory(firm=user.firm).pk), fields)

    def test_a_dropped_file_is_kept_as_it_came(self, browser, user):
        upload = SimpleUploadedFile("Balance âgée.csv", DEMO_FILE.read_bytes())
        response = self.send(browser, user, file=upload)
        file = PortfolioFile.objects.get()
        assert response.url == url("portfolio_file", file.pk)
        assert b"".join(file.chunks()) == DEMO_FILE.read_bytes()
        assert (file.filename, file.pasted, file.uploaded_by, file.firm) == (
            "Balance âgée.csv",
            False,
            user,
            user.firm,
        )
        assert b"".join(browser.get(url("portfolio_download", file.pk)).streaming_content) == DEMO_FILE.read_bytes()

    def test_a_pasted_list_is_a_file_too(self, browser, user):
        self.send(browser, user, pasted="Acheteur\tSIREN\tEncours\nGaronnel\t000100065\t1200\n")
        file = PortfolioFile.objects.get()
        assert file.pasted
        assert b"\tEncours" in b"".join(file.chunks())

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            pytest.param({}, "Choisissez un fichier, ou collez une liste.", id="nothing"),
            pytest.param({"pasted": "  \n "}, "Choisissez un fichier, ou collez une liste.", id="blanks"),
            pytest.param({"file": SimpleUploadedFile("vide.csv", b"")}, "vide", id="an empty file"),
        ],
    )
    def test_what_cannot_be_a_list(self, browser, user, fields, said):
        response = self.send(browser, user, **fields)
        assert response.status_code == 200
        assert said in text_of(response)
        assert not PortfolioFile.objects.exists()

    def test_readers_may_not(self, reader_browser, user):
        assert self.send(reader_browser, user, pasted="x").status_code == 403


class TestFile:
    def test_waiting_asks_again_and_what_answers_last_does_not(self, browser, user):
        waiting = PortfolioFileFactory(client__firm=user.firm)
        part = part_of(browser.get(url("portfolio_file", waiting.pk)), "#portfolio-file")
        assert (part["hx-trigger"], part["hx-get"]) == ("every 1s", url("portfolio_file", waiting.pk))
        services.read_portfolio_file(waiting.pk)
        part = swapped(browser, url("portfolio_file", waiting.pk), "#portfolio-file")
        assert "hx-trigger" not in part.attrs
        assert "17 acheteurs à demander" in part.text

    def test_unreadable_says_why_and_offers_another_way(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, unreadable=True)
        text = text_of(browser.get(url("portfolio_file", file.pk)))
        assert file.error in text
        assert "Coller la liste plutôt qu’un fichier" in text

    def test_every_line_of_the_file_has_a_fate(self, browser, file):
        page = browser.get(url("portfolio_file", file.pk))
        counts = [int(count.text) for count in part_of(page, ".tabs").select(".count")]
        lines = len(DEMO_FILE.read_text("cp1252").splitlines())
        assert counts == [17, 2, 0, 5]
        assert sum(counts) + 2 == lines, "one line is the header, one is merged with another"

    @pytest.mark.parametrize(
        ("query", "seen", "unseen"),
        [
            pytest.param("", "Halbronne Promotion", "Commune", id="asked by default"),
            pytest.param("?etat=ecartes", "procédure collective", "Halbronne", id="set aside, with the reason"),
            pytest.param("?etat=ignorees", "Ce que c’est", "Halbronne", id="ignored"),
            pytest.param("?etat=a-corriger", "Rien à corriger", "Halbronne", id="nothing rejected"),
            pytest.param("?etat=autre&page=99&ligne=x", "Halbronne Promotion", "Commune", id="nonsense"),
        ],
    )
    def test_fates(self, browser, file, query, seen, unseen):
        address = url("portfolio_file", file.pk) + query
        response = browser.get(address)
        assert seen in text_of(response)
        assert unseen not in text_of(response)
        assert swapped(browser, address, "#portfolio-file") == part_of(response, "#portfolio-file")

    def test_a_confirmed_list_is_its_snapshot(self, browser, file):
        snapshot = services.confirm_portfolio_file(file, figures={})
        assert browser.get(url("portfolio_file", file.pk)).url == url("snapshot_detail", snapshot.pk)

    def test_readers_see_and_change_nothing(self, reader_browser, file):
        text = text_of(reader_browser.get(url("portfolio_file", file.pk) + "?ligne=6"))
        assert "Halbronne" in text
        assert "Corriger" not in text
        assert "Enregistrer" not in text

    def test_takes_as_many_queries_for_twenty_lines_as_for_one(self, browser, user, file):
        short = PortfolioFileFactory(client__firm=user.firm, content=b"nom;siren;pic\nX;000100065;1", read=True)
        assert count_queries(browser, url("portfolio_file", short.pk)) == count_queries(
            browser, url("portfolio_file", file.pk)
        )


class TestCorrecting:
    WORDS = {
        "name": "Garonnel",
        "country": "France",
        "identifier": "000 100 065",
        "requested": "",
        "vat_rate": "0.2000",
        "set_aside": "",
    }

    def test_the_line_under_edit_is_a_form(self, browser, file):
        page = browser.get(url("portfolio_file", file.pk) + "?ligne=12")
        form = part_of(page, "tbody form[hx-post]")
        assert form.select_one("[name=name]")["value"] == "Garonnel"
        assert form.select_one("[name=requested]")["placeholder"] == "50\u202f000\u00a0€"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            pytest.param({"name": ""}, "name", id="no name"),
            pytest.param({"country": "Syldavie"}, "country", id="unknown country"),
            pytest.param({"identifier": "000100066"}, "identifier", id="wrong key"),
            pytest.param({"identifier": "000100107"}, "identifier", id="another line's company"),
            pytest.param({"identifier": ""}, "identifier", id="asked without identifier"),
            pytest.param({"requested": "beaucoup"}, "requested", id="no amount"),
            pytest.param({"requested": "-5"}, "requested", id="negative"),
            pytest.param({"requested": "1.234"}, "requested", id="ambiguous"),
        ],
    )
    def test_each_refusal_stands_at_its_field(self, browser, file, changes, field):
        before = list(file.snapshot.exposures.values())
        response = browser.post(
            url("portfolio_line_correct", file.pk, 12), self.WORDS | changes, headers={"HX-Request": "true"}
        )
        assert response.status_code == 422
        assert response["HX-Push-Url"] == "false"
        error = part_of(response, f"#id_{field}_error")
        assert error.text.strip()
        assert part_of(response, f"[name={field}]")["aria-describedby"].endswith(error["id"])
        assert list(file.snapshot.exposures.values()) == before

    def test_a_correction_shows_the_same_lines_again(self, browser, file):
        response = browser.post(
            url("portfolio_line_correct", file.pk, 12) + "?etat=demandes&page=1", self.WORDS | {"requested": "55 000"}
        )
        assert response.url == url("portfolio_file", file.pk) + "?etat=demandes&page=1"
        assert "1 095 000 € HT" in text_of(browser.get(response.url))

    def test_a_rejected_line_comes_back_once_corrected(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, content=REJECTED, read=True)
        page = url("portfolio_file", file.pk) + "?etat=a-corriger&ligne=2"
        form = browser.get(page)
        assert [part_of(form, f"[name={name}]")["value"] for name in ("name", "identifier")] == [
            "Garonnel",
            "000100066",
        ]
        browser.post(url("portfolio_line_correct", file.pk, 2), self.WORDS)
        text = text_of(browser.get(url("portfolio_file", file.pk)))
        assert "2 acheteurs à demander, 80 000 € HT" in text

    def test_giving_the_missing_identifier_is_enough(self, browser, user):
        """The reason it was set aside is not a decision that somebody would have to take back."""
        content = b"Acheteur;SIREN;Pic TTC\nGaronnel;;60 000\nFerroval;000100107;36 000"
        file = PortfolioFileFactory(client__firm=user.firm, content=content, read=True)
        form = browser.get(url("portfolio_file", file.pk) + "?etat=ecartes&ligne=2")
        decision = part_of(form, "[name=set_aside]").select_one("[selected]")
        browser.post(url("portfolio_line_correct", file.pk, 2), self.WORDS | {"set_aside": decision["value"]})
        assert "2 acheteurs à demander" in text_of(browser.get(url("portfolio_file", file.pk)))

    def test_a_line_that_does_not_exist(self, browser, file):
        assert browser.post(url("portfolio_line_correct", file.pk, 999), self.WORDS).status_code == 404

    def test_after_the_confirmation_nothing_is_corrected(self, browser, file):
        services.confirm_portfolio_file(file, figures={})
        response = browser.post(url("portfolio_line_correct", file.pk, 12), self.WORDS | {"requested": "1"})
        assert "n’est plus modifiable" in text_of(response)


def test_the_ten_largest(browser, file):
    browser.post(url("portfolio_keep_largest", file.pk), {"top": "10"})
    response = browser.get(url("portfolio_file", file.pk))
    assert "10 acheteurs à demander, 940 000 € HT" in text_of(response)
    assert part_of(response, "[aria-pressed=true][name=top]")["value"] == "10"
    assert browser.post(url("portfolio_keep_largest", file.pk), {"top": "7"}).status_code == 404


def test_an_abandoned_list_is_gone(browser, file):
    browser.post(url("portfolio_discard", file.pk))
    assert not PortfolioFile.objects.exists()


class TestConfirming:
    def test_the_list_itself_fills_what_it_knows(self, browser, file):
        page = browser.get(url("portfolio_confirm", file.pk))
        filled = {
            name: part_of(page, f"[name={name}]").get("value", "").replace("\u202f", " ")
            for name in ("public_bodies_turnover", "procedure_turnover", "export_turnover", "total_turnover")
        }
        assert filled == {
            "public_bodies_turnover": "180 000",
            "procedure_turnover": "220 000",
            "export_turnover": "300 000",
            "total_turnover": "",
        }

    def test_the_last_snapshot_fills_the_rest(self, browser, file):
        RiskSnapshotFactory(client=file.client, valmorin=True)
        page = browser.get(url("portfolio_confirm", file.pk))
        assert part_of(page, "[name=total_turnover]")["value"] == "6\u202f600\u202f000"
        assert part_of(page, "[name=margin_rate]")["value"] == "5"

    def test_losses_follow_their_year(self, browser, file):
        """A list of the year after: what was last year is two years ago, and the year between is for the client."""
        last = RiskSnapshotFactory(client=file.client, counted=True)
        RiskSnapshot.objects.filter(pk=last.pk).update(
            taken_on=date(timezone.localdate().year - 1, 12, 20),
            loss_three_years_ago=5_000,
            loss_count_three_years_ago=1,
        )
        page = BeautifulSoup(browser.get(url("portfolio_confirm", file.pk)).content, "html.parser")
        expected = {
            "loss_last_year": "",
            "loss_count_last_year": "",
            "loss_two_years_ago": "7\u202f000",
            "loss_count_two_years_ago": "1",
            "loss_three_years_ago": "17\u202f000",
            "loss_count_three_years_ago": "2",
        }
        assert {name: page.select_one(f"[name={name}]").get("value", "") for name in expected} == expected

    def test_writes_the_snapshot(self, browser, file):
        fields = {"total_turnover": "6 600 000 €", "loss_last_year": "7 000,50", "margin_rate": "5 %"}
        response = browser.post(url("portfolio_confirm", file.pk), fields)
        snapshot = RiskSnapshot.objects.get()
        assert response.url == url("snapshot_detail", snapshot.pk)
        assert (snapshot.total_turnover, snapshot.loss_last_year, snapshot.margin_rate) == (
            6_600_000,
            Decimal("7000.50"),
            Decimal("0.05"),
        )
        file.refresh_from_db()
        assert file.status == PortfolioFileStatus.CONFIRMED

    @pytest.mark.parametrize(
        ("fields", "field", "said"),
        [
            pytest.param(
                {"total_turnover": "100", "cash_turnover": "200"},
                "total_turnover",
                "dépassent",
                id="parts above total",
            ),
            pytest.param(
                {"total_turnover": "100", "export_turnover": "200"}, "export_turnover", "dépasse", id="export"
            ),
            pytest.param({"margin_rate": "120"}, "margin_rate", "100", id="margin above 100 %"),
            pytest.param({"margin_rate": "0"}, "margin_rate", "laissez vide", id="no margin"),
            pytest.param({"loss_last_year": "-3"}, "loss_last_year", "négatif", id="negative loss"),
        ],
    )
    def test_figures_that_do_not_add_up(self, browser, file, fields, field, said):
        response = browser.post(url("portfolio_confirm", file.pk), fields)
        assert said in part_of(response, f"#id_{field}_error").text
        assert not RiskSnapshot.objects.confirmed().exists()

    def test_says_what_will_be_left_out(self, browser, user):
        file = PortfolioFileFactory(client__firm=user.firm, content=REJECTED, read=True)
        assert "1 ligne à corriger ne sera pas importée" in text_of(browser.get(url("portfolio_confirm", file.pk)))

    def test_a_list_that_is_not_read_yet_is_shown_instead(self, browser, user):
        waiting = PortfolioFileFactory(client__firm=user.firm)
        assert browser.get(url("portfolio_confirm", waiting.pk)).url == url("portfolio_file", waiting.pk)

    def test_a_list_that_a_colleague_has_read_again_is_shown_instead(self, browser, file, monkeypatch):
        def read_again_meanwhile(shown):
            services.read_again(shown, choices={})
            return summary

        summary = services.summary_of(file)
        monkeypatch.setattr("clients.services.summary_of", read_again_meanwhile)
        response = browser.post(url("portfolio_confirm", file.pk), {"total_turnover": "6 600 000"}, follow=True)
        assert response.redirect_chain == [(url("portfolio_file", file.pk), 302)]
        assert "n’est pas encore lue" in text_of(response)


@pytest.mark.parametrize("trait", [{}, {"unreadable": True}])
def test_what_was_never_read_has_no_lines_to_correct(browser, user, trait):
    file = PortfolioFileFactory(client__firm=user.firm, **trait)
    assert browser.get(url("portfolio_to_correct", file.pk)).status_code == 404


@pytest.mark.parametrize("name", ["portfolio_keep_largest", "portfolio_discard", "portfolio_confirm"])
def test_readers_may_not(reader_browser, file, name):
    assert reader_browser.post(url(name, file.pk)).status_code == 403


@pytest.mark.parametrize("name", ["portfolio_file", "portfolio_download", "portfolio_confirm"])
def test_another_firm_gets_404(stranger_browser, file, name):
    assert stranger_browser.get(url(name, file.pk)).status_code == 404
