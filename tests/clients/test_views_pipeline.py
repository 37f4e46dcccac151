from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.enums import ClientStage
from clients.forms.pipeline import PlanForm
from clients.models import Client
from clients.reports.board import CARDS_PER_COLUMN
from tests.factories import ClientFactory, ExposureFactory, RiskSnapshotFactory, UserFactory
from tests.screens import count_queries, part_of, swapped, text_of

BOARD = reverse("pipeline:board")


def today(days: int = 0) -> date:
    return timezone.localdate() + timedelta(days=days)


def column(response, stage: str):
    return part_of(response, f"[data-stage={stage}]")


def words(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def names_in(response, stage: str) -> list[str]:
    return [link.text for link in column(response, stage).select("h3 a")]


def address(name: str, client: Client) -> str:
    return reverse(f"pipeline:{name}", args=[client.pk])


def send(browser: Browser, name: str, client: Client, page: str = BOARD, **fields):
    """What htmx sends from a card."""
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    return browser.post(address(name, client), fields, headers=headers)


class TestBoard:
    def test_an_empty_pipeline_says_where_to_begin(self, browser, reader_browser):
        assert "Ajouter un client" in text_of(browser.get(BOARD))
        assert "Ajouter un client" not in text_of(reader_browser.get(BOARD))

    def test_each_client_stands_in_its_column_with_count_and_total(self, browser, user):
        valmorin = ClientFactory(firm=user.firm, name="Valmorin", stage="offer", owner=user)
        ExposureFactory(snapshot__client=valmorin, requested=999)
        latest = RiskSnapshotFactory(client=valmorin)
        ExposureFactory.create_batch(2, snapshot=latest, requested=545_000)
        ExposureFactory(snapshot=latest, public_body=True)
        ExposureFactory(snapshot__client=valmorin, snapshot__confirmed_at=None, requested=7_000)
        ExposureFactory(snapshot__client__firm=user.firm, snapshot__client__stage="offer", requested=10_000)
        ClientFactory(name="Client d’un autre cabinet")
        page = browser.get(BOARD)
        assert "autre cabinet" not in text_of(page)
        assert words(column(page, "offer").header) == "Offre 2 1 100 000 € HT à couvrir"
        assert words(column(page, "prospect")) == "Prospect 0 Aucun client"
        card = words(part_of(page, f"#client-{valmorin.pk}"))
        assert "1 090 000 € HT à couvrir" in card
        assert f"Suivi par {user}" in card

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            pytest.param({"first_contact_on": 0}, "commencé aujourd’hui", id="today"),
            pytest.param({"first_contact_on": -8}, "plus que 2 jours sur 10", id="near"),
            pytest.param({"first_contact_on": -9}, "plus qu’un jour sur 10", id="nearer"),
            pytest.param({"first_contact_on": -10}, "dernier jour sur 10", id="last day"),
            pytest.param({"first_contact_on": -14}, "10 jours dépassés de 4", id="late"),
            pytest.param(
                {"first_contact_on": -14, "stage": "contract", "effective_on": -5}, "couvert en 9 jours", id="covered"
            ),
        ],
    )
    def test_the_ten_days(self, browser, user, fields, said):
        dates = {name: today(value) if isinstance(value, int) else value for name, value in fields.items()}
        ClientFactory(firm=user.firm, **dates)
        assert said in text_of(browser.get(BOARD))

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            pytest.param({}, "Aucune prochaine action", id="nothing planned"),
            pytest.param({"next_action": "Relancer", "next_action_on": -1}, "en retard, prévue le", id="late"),
            pytest.param({"next_action": "Relancer", "next_action_on": 0}, "Relancer aujourd’hui", id="today"),
            pytest.param({"next_action": "Relancer", "next_action_on": 3}, "Relancer le", id="to come"),
            pytest.param({"stage": "lost", "lost_reason": "Trop cher"}, "Trop cher", id="lost"),
        ],
    )
    def test_the_next_action(self, browser, user, fields, said):
        days = {name: today(value) if isinstance(value, int) else value for name, value in fields.items()}
        client = ClientFactory(firm=user.firm, **days)
        card = words(part_of(browser.get(BOARD), f"#client-{client.pk}"))
        assert said in card
        assert ("Aucune prochaine action" in card) is (fields == {})

    def test_a_contract_lives_by_its_own_deadlines(self, browser, user):
        ClientFactory(firm=user.firm, stage="contract", effective_on=today())
        assert "Aucune prochaine action" not in text_of(browser.get(BOARD))

    def test_late_comes_first_and_the_unplanned_after_what_is_planned(self, browser, user):
        ClientFactory(firm=user.firm, name="Sans action")
        for name, days in (("Demain", 1), ("Hier", -1)):
            ClientFactory(firm=user.firm, name=name, next_action="Relancer", next_action_on=today(days))
        assert names_in(browser.get(BOARD), "prospect") == ["Hier", "Demain", "Sans action"]

    def test_a_long_column_leads_to_the_whole_stage(self, browser, user):
        ClientFactory.create_batch(CARDS_PER_COLUMN + 3, firm=user.firm)
        page = browser.get(BOARD)
        assert len(names_in(page, "prospect")) == CARDS_PER_COLUMN
        (link,) = [link for link in column(page, "prospect").select("a") if "les 3 autres" in link.text]
        whole = browser.get(BOARD + link["href"])
        assert len(names_in(whole, "prospect")) == CARDS_PER_COLUMN + 3
        assert not BeautifulSoup(whole.content, "html.parser").select("[data-stage=offer]")

    def test_readers_only_look(self, reader_browser, user):
        client = ClientFactory(firm=user.firm, next_action="Relancer", next_action_on=today())
        card = part_of(reader_browser.get(BOARD), f"#client-{client.pk}")
        assert not card.select("form, .button")
        assert not card.has_attr("draggable")

    def test_a_swap_equals_a_reload(self, browser, user):
        ClientFactory.create_batch(3, firm=user.firm, owner=user)
        url = f"{BOARD}?suivi=moi"
        assert swapped(browser, url, "#pipeline-board") == part_of(browser.get(url), "#pipeline-board")

    def test_takes_as_many_queries_for_thirty_clients_as_for_one(self, browser, user):
        def add(count):
            for number in range(count):
                owner = UserFactory(firm=user.firm)
                stage = ("prospect", "offer", "placement")[number % 3]
                client = ClientFactory(firm=user.firm, owner=owner, stage=stage)
                ExposureFactory(snapshot__client=client)

        add(1)
        addresses = [BOARD, f"{BOARD}?etape=prospect"]
        queries = [count_queries(browser, url) for url in addresses]
        add(29)
        assert [count_queries(browser, url) for url in addresses] == queries


class TestFilters:
    @pytest.fixture
    def clients(self, user):
        colleague = UserFactory(firm=user.firm)
        ClientFactory(firm=user.firm, name="Le mien", owner=user)
        ClientFactory(firm=user.firm, name="Planifié", owner=user, next_action="Relancer", next_action_on=today())
        ClientFactory(firm=user.firm, name="Au collègue", owner=colleague)
        ClientFactory(firm=user.firm, name="À personne")
        return colleague

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            pytest.param("", ["Planifié", "Au collègue", "Le mien", "À personne"], id="all"),
            pytest.param("?suivi=moi", ["Planifié", "Le mien"], id="mine"),
            pytest.param("?suivi={colleague}", ["Au collègue"], id="somebody’s"),
            pytest.param("?suivi=personne", ["À personne"], id="nobody’s"),
            pytest.param("?action=aucune", ["Au collègue", "Le mien", "À personne"], id="unplanned"),
            pytest.param("?suivi=moi&action=aucune", ["Le mien"], id="mine, unplanned"),
            pytest.param("?suivi=99999999999999999999999", None, id="no such person"),
            pytest.param("?suivi=x&etape=y", ["Planifié", "Au collègue", "Le mien", "À personne"], id="nonsense"),
        ],
    )
    def test_what_the_address_says(self, browser, clients, query, names):
        response = browser.get(BOARD + query.format(colleague=clients.pk))
        if names is None:
            assert "Aucun client ici" in text_of(response)
        else:
            assert sorted(names_in(response, "prospect")) == sorted(names)


class TestMoving:
    def test_one_press_moves_and_the_keyboard_stays_with_the_card(self, browser, user):
        client = ClientFactory(firm=user.firm, name="Valmorin", owner=user)
        stages = browser.get(address("client_move", client), headers={"HX-Request": "true"})
        buttons = BeautifulSoup(stages.content, "html.parser").select("button[name=stage]")
        assert [button.text for button in buttons] == [
            "Photographie",
            "Test à blanc",
            "Offre",
            "Placement",
            "Contrat",
            "Perdu",
        ]
        response = send(browser, "client_move", client, page=f"{BOARD}?suivi=moi", stage="offer")
        assert response["HX-Retarget"] == "#pipeline-board"
        assert names_in(response, "offer") == ["Valmorin"]
        assert len(part_of(response, "#pipeline-board").select("[data-focus]")) == 1
        assert part_of(response, f"#client-{client.pk} [data-focus]")["href"] == address("client_move", client)
        assert part_of(response, "#pipeline-said").text == "Valmorin\u00a0: étape «\u00a0offre\u00a0»."
        assert "suivi=moi" in part_of(response, ".tabs a:last-child")["href"]

    def test_going_back_asks_why(self, browser, user):
        client = ClientFactory(firm=user.firm, stage="offer")
        asked = send(browser, "client_move", client, stage="prospect")
        assert asked.status_code == 200
        assert part_of(asked, "input[name=reason]").has_attr("data-focus")
        assert not part_of(asked, "form").select("[aria-invalid]")
        refused = send(browser, "client_move", client, stage="prospect", reason=" ")
        assert refused.status_code == 422
        assert part_of(refused, "input[name=reason]")["aria-invalid"] == "true"
        moved = send(browser, "client_move", client, stage="prospect", reason="Erreur")
        assert names_in(moved, "prospect") == [client.name]

    def test_a_contract_asks_since_when(self, browser, user):
        client = ClientFactory(firm=user.firm, stage="placement")
        assert part_of(send(browser, "client_move", client, stage="contract"), "input[name=effective_on]")
        moved = send(browser, "client_move", client, stage="contract", effective_on=today().isoformat())
        assert "couvert dès le premier contact" in words(column(moved, "contract"))

    def test_whoever_comes_back_starts_ten_new_days(self, browser, user):
        client = ClientFactory(firm=user.firm, stage="lost", lost_reason="Trop cher", first_contact_on=today(-300))
        asked = send(browser, "client_move", client, stage="prospect")
        assert part_of(asked, "input[name=first_contact_on]")["value"] == today().isoformat()
        fields = {"reason": "Il rappelle", "first_contact_on": today(-1).isoformat()}
        moved = send(browser, "client_move", client, stage="prospect", **fields)
        assert "jour 1 sur 10" in words(column(moved, "prospect"))

    @pytest.mark.parametrize("day", ["9999-12-31", "0202-01-03", today(1).isoformat()])
    def test_a_first_contact_that_cannot_be_is_refused(self, browser, user, day):
        client = ClientFactory(firm=user.firm, stage="lost", lost_reason="Trop cher")
        refused = send(browser, "client_move", client, stage="prospect", reason="Il rappelle", first_contact_on=day)
        assert refused.status_code == 422
        assert part_of(refused, "input[name=first_contact_on]")["aria-invalid"] == "true"

    @pytest.mark.parametrize("day", ["9999-12-31", "0202-01-03"])
    def test_a_day_centuries_away_is_a_slip(self, browser, user, day):
        client = ClientFactory(firm=user.firm, stage="placement")
        for refused in (
            send(browser, "client_move", client, stage="contract", effective_on=day),
            send(browser, "client_plan", client, next_action="Relancer", next_action_on=day),
        ):
            assert refused.status_code == 422

    def test_what_is_not_possible_is_said_in_the_card(self, browser, user):
        client = ClientFactory(firm=user.firm)
        refused = send(browser, "client_move", client, stage="renewal")
        assert refused.status_code == 422
        assert "n’est pas possible" in text_of(refused)
        assert send(browser, "client_move", client, stage="nowhere").status_code == 400

    def test_the_moved_card_is_shown_whatever_its_column_holds(self, browser, user):
        soon = {"stage": "offer", "next_action": "Relancer", "next_action_on": today()}
        ClientFactory.create_batch(CARDS_PER_COLUMN + 1, firm=user.firm, **soon)
        client = ClientFactory(firm=user.firm, name="Nouveau venu")
        moved = send(browser, "client_move", client, stage="offer")
        assert names_in(moved, "offer")[0] == "Nouveau venu"
        assert f"Voir les {1 + 1} autres" not in text_of(moved)
        assert "Voir l’autre" in text_of(moved)

    def test_a_stage_shown_alone_follows_the_card(self, browser, user):
        client = ClientFactory(firm=user.firm)
        moved = send(browser, "client_move", client, page=f"{BOARD}?etape=prospect&page=2", stage="offer")
        assert moved["HX-Push-Url"] == f"{BOARD}?etape=offer"
        assert names_in(moved, "offer") == [client.name]

    def test_from_the_client_s_page_its_part_is_replaced(self, browser, user):
        client = ClientFactory(firm=user.firm, name="Valmorin")
        page = reverse("clients:client_detail", args=[client.pk])
        moved = send(browser, "client_move", client, page=page, stage="offer")
        assert moved["HX-Retarget"] == "#client-pipeline"
        assert "Étape : offre" in words(part_of(moved, "#client-pipeline"))
        assert "Étape : offre" in words(part_of(browser.get(page), "#client-pipeline"))

    def test_without_scripts_each_step_is_a_page(self, browser, user):
        client = ClientFactory(firm=user.firm, stage="offer")
        url = address("client_move", client)
        assert "passer à" in text_of(browser.get(url))
        assert "Motif" in text_of(browser.post(url, {"stage": "lost"}))
        done = browser.post(url, {"stage": "lost", "reason": "Trop cher"}, follow=True)
        assert "Étape : perdu" in text_of(done)
        assert "Trop cher" in text_of(done)


class TestPlanning:
    def test_the_day_proposed_is_one_of_work(self, monkeypatch):
        # Good Friday; Easter Monday is a holiday.
        monkeypatch.setattr("clients.forms.pipeline.timezone.localdate", lambda: date(2026, 4, 3))
        assert PlanForm(client=Client()).initial["next_action_on"] == date(2026, 4, 7)

    def test_two_fields_plan_the_next_action(self, browser, user):
        client = ClientFactory(firm=user.firm, name="Valmorin")
        form = browser.get(address("client_plan", client), headers={"HX-Request": "true"})
        assert [field["name"] for field in part_of(form, "form").select("input:not([type=hidden])")] == [
            "next_action",
            "next_action_on",
        ]
        fields = {"next_action": "Relancer", "next_action_on": today(2).isoformat()}
        planned = send(browser, "client_plan", client, **fields)
        assert "Relancer" in words(part_of(planned, f"#client-{client.pk} .next"))

    def test_a_day_that_is_gone_is_refused_but_a_late_action_may_be_reworded(self, browser, user):
        client = ClientFactory(firm=user.firm)
        fields = {"next_action": "Relancer", "next_action_on": today(-2).isoformat()}
        refused = send(browser, "client_plan", client, **fields)
        assert refused.status_code == 422
        assert "Ce jour est passé" in text_of(refused)
        Client.objects.update(next_action="Appeler", next_action_on=today(-2))
        assert send(browser, "client_plan", client, **fields).status_code == 200

    def test_done_asks_for_the_next_one(self, browser, user):
        client = ClientFactory(firm=user.firm, next_action="Relancer", next_action_on=today())
        done = send(browser, "client_done", client, action="Relancer")
        card = part_of(done, f"#client-{client.pk}")
        assert "Fait. Et ensuite ?" in words(card)
        assert len(card.select("[data-focus]")) == 1
        assert part_of(done, "[data-focus]")["name"] == "next_action"
        again = send(browser, "client_done", client, action="Relancer")
        assert "n’était plus prévue" in text_of(again)

    def test_somebody_else_follows(self, browser, user):
        client = ClientFactory(firm=user.firm)
        colleague = UserFactory(firm=user.firm, assistant=True)
        UserFactory(firm=user.firm, reader=True)
        gone = UserFactory(firm=user.firm, is_active=False)
        stranger = UserFactory()
        form = browser.get(address("client_assign", client), headers={"HX-Request": "true"})
        offered = {option["value"] for option in part_of(form, "select").select("option")}
        assert offered == {"", str(user.pk), str(colleague.pk)}
        for nobody in (gone, stranger):
            assert send(browser, "client_assign", client, owner=nobody.pk).status_code == 422
        assert f"Suivi par {colleague}" in text_of(send(browser, "client_assign", client, owner=colleague.pk))


@pytest.mark.parametrize("name", ["client_move", "client_plan", "client_done", "client_assign"])
def test_only_those_who_prepare_change_anything(reader_browser, stranger_browser, user, name):
    client = ClientFactory(firm=user.firm)
    fields = {"stage": "offer", "next_action": "x", "next_action_on": today().isoformat(), "owner": user.pk}
    assert send(reader_browser, name, client, **fields).status_code == 403
    assert send(stranger_browser, name, client, **fields).status_code == 404
    client.refresh_from_db()
    assert (client.stage, client.next_action, client.owner) == (ClientStage.PROSPECT, "", None)


class TestClientForm:
    def fields(self, **fields):
        return {"name": "Valmorin", "siren": "000100990"} | fields

    def test_a_new_client_is_mine_and_its_ten_days_run_from_the_first_contact(self, browser, user):
        browser.post(reverse("clients:client_create"), self.fields(first_contact_on=today(-3).isoformat()))
        client = Client.objects.get()
        assert (client.owner, client.first_contact_on, client.stage) == (user, today(-3), "prospect")

    def test_it_may_be_given_to_a_colleague_and_not_to_a_stranger(self, browser, user):
        colleague = UserFactory(firm=user.firm)
        refused = browser.post(reverse("clients:client_create"), self.fields(owner=UserFactory().pk))
        assert part_of(refused, "#id_owner_error")
        browser.post(reverse("clients:client_create"), self.fields(owner=colleague.pk))
        assert Client.objects.get().owner == colleague

    def test_a_first_contact_to_come_is_refused(self, browser):
        refused = browser.post(reverse("clients:client_create"), self.fields(first_contact_on=today(1).isoformat()))
        assert "à venir" in part_of(refused, "#id_first_contact_on_error").text

    def test_changing_the_name_does_not_move_the_client_back(self, browser, user):
        client = ClientFactory(firm=user.firm, stage="offer", owner=user)
        browser.post(reverse("clients:client_edit", args=[client.pk]), {"name": "Nouveau nom", "siren": client.siren})
        client.refresh_from_db()
        assert (client.name, client.stage, client.owner) == ("Nouveau nom", "offer", user)

    def test_the_journal_tells_what_was_changed(self, browser, user):
        client = ClientFactory(firm=user.firm, owner=user, contact_name="", contact_email="", first_contact_on=today())
        fields = {"name": client.name, "siren": client.siren, "owner": user.pk}
        url = reverse("clients:client_edit", args=[client.pk])
        browser.post(url, fields)
        assert not client.journal.exists()
        colleague = UserFactory(firm=user.firm, first_name="Maïwenn", last_name="Delsarte")
        browser.post(url, fields | {"owner": colleague.pk, "first_contact_on": "2026-11-01"})
        (entry,) = client.journal.all()
        assert entry.sentence.replace("\u00a0", " ") == (
            "Fiche modifiée : suivi par « Maïwenn Delsarte », premier contact « 1er novembre 2026 »."
        )
