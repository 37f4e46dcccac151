"""Asking a client for what its file lacks, and taking over what it answers: the verbs, and the broker's screens."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import AnswerState, ClientRequest, JournalEntry, RequestItem
from clients.portfolio.losses import LossesDoNotAddUp
from clients.portfolio.turnover import TurnoverDoesNotAddUp
from clients.services.checklist import read_checklist
from clients.services.client_answers import RequestRefused, accept_answer, proposed_figures, set_answer_aside
from clients.services.client_requests import (
    ask_client,
    items_to_ask,
    receive_figures,
    revoke_request,
    write_message,
)
from clients.services.journal import undo
from clients.services.loss_statements import StatementRefused, prepare_statement
from factortaboite.links.models import hash_token
from factortaboite.mail.models import MailStatus, OutgoingMail
from factortaboite.mail.smtp import LINK_PLACE, build_message
from factortaboite.sealing import unseal
from factortaboite.templatetags.french import french_date
from tests.factories import (
    ClientAnswerFactory,
    ClientFactory,
    ClientRequestFactory,
    LossSignatureFactory,
    LossStatementFactory,
    PortfolioFileFactory,
    RiskSnapshotFactory,
)
from tests.screens import part_of, text_of

pytestmark = pytest.mark.django_db

EVERYTHING = [RequestItem.BUYERS, RequestItem.TURNOVER, RequestItem.LOSSES, RequestItem.MARGIN]


@pytest.fixture
def client(user):
    return ClientFactory(firm=user.firm)


def ask(client, user, items=EVERYTHING, **changes) -> ClientRequest:
    return ask_client(**{"client": client, "items": items, **write_message(client, user), "by": user, **changes})


class TestAsking:
    def test_only_what_is_missing_and_what_the_client_can_give(self, client):
        snapshot = RiskSnapshotFactory(client=client, valmorin=True)
        # Its turnover and margin are known; its list and its losses are not; it signs once the losses are known.
        assert items_to_ask(read_checklist(client, snapshot)) == [RequestItem.BUYERS, RequestItem.LOSSES]

    def test_the_statement_once_its_figures_are_known(self, client):
        snapshot = RiskSnapshotFactory(client=client, valmorin=True, counted=True)
        assert RequestItem.STATEMENT in items_to_ask(read_checklist(client, snapshot))

    def test_the_mail_lists_it_and_carries_the_link(self, client, user):
        asked = ask(client, user, items=[RequestItem.BUYERS, RequestItem.MARGIN])
        mail = asked.mail
        assert (mail.to, mail.reply_to, mail.status) == (client.contact_email, user.email, MailStatus.PENDING)
        assert "- La liste de vos acheteurs\xa0: la balance âgée, telle que" in mail.body
        assert "\n- Votre taux de marge\n" in mail.body
        assert "chiffre d’affaires" not in mail.body
        assert LINK_PLACE in mail.body
        token = unseal(mail.sealed_link)["link"].rstrip("/").rpartition("/")[2]
        assert asked.token_sha256 == hash_token(token)
        assert token not in mail.body
        assert bytes(mail.attachment) == b""

    def test_a_statement_to_sign_leaves_as_it_is_stored(self, client, user):
        RiskSnapshotFactory(client=client, counted=True)
        statement = LossStatementFactory(client=client)
        asked = ask(client, user, items=[RequestItem.STATEMENT])
        assert asked.statement == statement
        (part,) = build_message(asked.mail).attachments
        assert (part.filename, part.content) == (statement.filename, bytes(statement.document))

    def test_no_statement_without_its_figures(self, client, user):
        RiskSnapshotFactory(client=client)
        with pytest.raises(StatementRefused, match="Complétez d’abord les pertes"):
            ask(client, user, items=[RequestItem.STATEMENT])
        assert not OutgoingMail.objects.exists()

    def test_a_double_click_asks_once(self, client, user):
        assert ask(client, user) == ask(client, user)
        assert OutgoingMail.objects.count() == 1

    def test_somebody_else_may_be_asked_too(self, client, user):
        ask(client, user)
        ask(client, user, to="comptable@negoce.example")
        assert ClientRequest.objects.count() == 2

    @pytest.mark.parametrize(
        ("earlier", "is_closed"),
        [
            pytest.param({"items": ["buyers", "losses"]}, True, id="all asked again"),
            pytest.param({"items": ["statement"]}, False, id="it asks for more"),
            pytest.param({"items": ["buyers", "margin"], "given": True}, True, id="the rest was given"),
            pytest.param({"items": ["buyers"], "sent_to": "Helene@NEGOCE.example"}, True, id="the same address"),
            pytest.param({"items": ["buyers"], "sent_to": "comptable@negoce.example"}, False, id="somebody else"),
            pytest.param(
                {"items": ["buyers"], "sent_to": "helena@negoce.example", "mail_status": "failed"},
                True,
                id="an address that does not exist",
            ),
        ],
    )
    def test_a_new_message_closes_the_earlier_link(self, client, user, earlier, is_closed):
        """Only when nothing is left that the earlier one alone asks for, and nobody else was to give it."""
        earlier = dict(earlier)
        given, status = earlier.pop("given", False), earlier.pop("mail_status", "sent")
        before = ClientRequestFactory(client=client, **earlier)
        OutgoingMail.objects.update(status=status)
        if given:
            ClientAnswerFactory(request=before)
        later = ask(client, user, items=[RequestItem.BUYERS, RequestItem.LOSSES])
        before.refresh_from_db()
        assert before.replaced_by == (later if is_closed else None)
        assert (before.is_usable, later.is_usable) == (not is_closed, True)
        assert ("est remplacé" in client.journal.first().sentence) is is_closed

    def test_a_message_that_has_not_left_stays_here_then(self, client, user):
        before = ask(client, user, items=[RequestItem.BUYERS])
        ask(client, user)
        before.mail.refresh_from_db()
        assert before.mail.status == MailStatus.CANCELLED

    def test_a_new_message_that_cannot_arrive_closes_nothing(self, client, user):
        before = ClientRequestFactory(client=client)
        later = ask(client, user)
        OutgoingMail.objects.filter(pk=later.mail_id).update(status=MailStatus.FAILED)
        assert ClientRequest.objects.get(pk=before.pk).is_usable

    def test_closing_the_link_keeps_the_mail_here(self, client, user):
        asked = ask(client, user)
        revoke_request(asked, by=user)
        asked.refresh_from_db()
        assert (asked.is_usable, asked.mail.status) == (False, MailStatus.CANCELLED)
        assert JournalEntry.objects.filter(client=client).count() == 2


def test_the_mail_and_the_screens_say_the_same_last_day(client, user, browser):
    """The link expires as the next day begins, which is not a day on which it works."""
    asked = ask(client, user)
    said = f"jusqu’au {french_date(asked.last_day)}"
    assert said in asked.mail.body
    assert said in text_of(browser.get(reverse("clients:client_request", args=[asked.pk])))
    token = unseal(asked.mail.sealed_link)["link"].rstrip("/").rpartition("/")[2]
    assert said in text_of(browser.get(reverse("clients:public_request", args=[token])))


def test_a_client_that_signed_and_sent_nothing_else_has_answered(client, browser):
    statement = LossStatementFactory(client=client)
    asked = ClientRequestFactory(client=client, items=["statement"], statement=statement)
    page = reverse("clients:client_request", args=[asked.pk])
    assert "Le client n’a encore rien envoyé" in text_of(browser.get(page))
    LossSignatureFactory(statement=statement)
    assert "Le client n’a encore rien envoyé" not in text_of(browser.get(page))


class TestTakingOver:
    @pytest.fixture
    def snapshot(self, client):
        return RiskSnapshotFactory(client=client, valmorin=True)

    def answer(self, client, **figures):
        return ClientAnswerFactory(request=ClientRequestFactory(client=client), figures=figures)

    def test_only_what_is_chosen_is_written(self, client, snapshot, user):
        answer = self.answer(client, total_turnover="7000000.00", margin_rate="0.0800")
        accept_answer(answer, names={"total_turnover"}, by=user)
        snapshot.refresh_from_db()
        answer.refresh_from_db()
        assert (snapshot.total_turnover, snapshot.margin_rate) == (Decimal(7_000_000), Decimal("0.0500"))
        assert (answer.state, answer.handled_by) == (AnswerState.ACCEPTED, user)
        assert "1 chiffre" in client.journal.first().sentence

    def test_it_can_be_taken_back(self, client, snapshot, user):
        answer = self.answer(client, total_turnover="7000000.00")
        accept_answer(answer, names={"total_turnover"}, by=user)
        undo(client.journal.first(), by=user)
        snapshot.refresh_from_db()
        answer.refresh_from_db()
        assert (snapshot.total_turnover, answer.state) == (Decimal(6_600_000), AnswerState.PROPOSED)

    def test_nothing_is_written_before(self, client, snapshot):
        receive_figures(request=ClientRequestFactory(client=client), figures={"total_turnover": Decimal(1)})
        snapshot.refresh_from_db()
        assert snapshot.total_turnover == Decimal(6_600_000)

    def test_twice_is_refused(self, client, snapshot, user):
        answer = self.answer(client, margin_rate="0.0800")
        accept_answer(answer, names={"margin_rate"}, by=user)
        with pytest.raises(RequestRefused, match="déjà traités"):
            accept_answer(answer, names={"margin_rate"}, by=user)
        with pytest.raises(RequestRefused, match="déjà traités"):
            set_answer_aside(answer, by=user)

    @pytest.mark.parametrize(
        ("figures", "error"),
        [
            # 600 000 € of the parts that stand do not fit.
            pytest.param({"total_turnover": "500000.00"}, TurnoverDoesNotAddUp, id="smaller-than-its-parts"),
            pytest.param({"loss_count_last_year": "0"}, LossesDoNotAddUp, id="a-loss-of-nobody"),
        ],
    )
    def test_what_contradicts_what_stays_is_refused(self, client, snapshot, user, figures, error):
        figures = {name: int(value) if "count" in name else value for name, value in figures.items()}
        answer = self.answer(client, **figures)
        with pytest.raises(error):
            accept_answer(answer, names=set(figures), by=user)
        answer.refresh_from_db()
        assert answer.state == AnswerState.PROPOSED

    @pytest.mark.parametrize("frozen", [True, False])
    def test_without_a_snapshot_that_may_change_it_waits_for_the_next_list(self, client, user, frozen):
        if frozen:
            RiskSnapshotFactory(client=client, frozen_at=timezone.now())
        answer = self.answer(client, total_turnover="6600000.00", margin_rate=None)
        with pytest.raises(RequestRefused, match="prochaine liste"):
            accept_answer(answer, names={"total_turnover"}, by=user)
        assert proposed_figures(client) == {"total_turnover": Decimal(6_600_000), "margin_rate": None}

    def test_a_later_answer_takes_the_place_of_one_that_nobody_read(self, client):
        asked = ClientRequestFactory(client=client)
        first = receive_figures(request=asked, figures={"total_turnover": Decimal(1)})
        assert receive_figures(request=asked, figures={"total_turnover": Decimal(1)}) == first
        receive_figures(request=asked, figures={"total_turnover": Decimal(2)})
        first.refresh_from_db()
        assert first.state == AnswerState.SET_ASIDE
        assert proposed_figures(client) == {"total_turnover": Decimal(2)}


class TestScreens:
    def test_the_form_begins_with_what_is_missing(self, client, browser):
        RiskSnapshotFactory(client=client, valmorin=True)
        page = browser.get(reverse("clients:client_request_create", args=[client.pk]))
        form = part_of(page, "main form")
        ticked = [box["value"] for box in form.select("[name=items][checked]")]
        assert ticked == ["buyers", "losses"]
        assert form.select_one("[name=to]")["value"] == client.contact_email

    def test_what_has_come_and_nobody_looked_at_is_not_asked_again(self, client, user, browser):
        """Nor is the statement: the losses it would say are not taken over yet."""
        asked = ClientRequestFactory(client=client)
        ClientAnswerFactory(request=asked, figures={"loss_last_year": "0.00", "margin_rate": "0.0500"})
        page = browser.get(reverse("clients:client_request_create", args=[client.pk]))
        assert [box["value"] for box in part_of(page, "main form").select("[name=items][checked]")] == [
            "buyers",
            "turnover",
        ]
        assert "à vérifier d’abord : Vos impayés de trois ans · Votre taux de marge." in text_of(page)
        PortfolioFileFactory(client=client, uploaded_by=user, request=asked, read=True)
        page = browser.get(reverse("clients:client_request_create", args=[client.pk]))
        assert [box["value"] for box in part_of(page, "main form").select("[name=items][checked]")] == ["turnover"]

    def test_sending_leads_back_to_the_client(self, client, browser):
        url = reverse("clients:client_request_create", args=[client.pk])
        data = {"items": ["buyers"], "to": "helene@negoce.example", "subject": "Objet", "message": "Bonjour"}
        response = browser.post(url, data)
        assert response.url == reverse("clients:client_detail", args=[client.pk])
        assert ClientRequest.objects.get().items == ["buyers"]

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            pytest.param({"items": []}, "Choisissez au moins une chose à demander.", id="nothing"),
            pytest.param({"to": "hélène"}, "adresse de courriel valide", id="no-address"),
            pytest.param({"items": ["statement"]}, "Complétez d’abord les pertes", id="nothing-to-sign"),
            pytest.param({"subject": "x" * 201}, "au plus 200 caractères", id="long-subject"),
        ],
    )
    def test_what_is_wrong_is_said(self, client, browser, changed, words):
        data = {"items": ["buyers"], "to": "helene@negoce.example", "subject": "Objet", "message": "Bonjour"}
        response = browser.post(reverse("clients:client_request_create", args=[client.pk]), {**data, **changed})
        assert response.status_code == 422
        assert words in text_of(response)
        assert not ClientRequest.objects.exists()

    def test_an_answer_stands_beside_today_s_figures(self, client, browser):
        RiskSnapshotFactory(client=client, valmorin=True)
        answer = ClientAnswerFactory(request=ClientRequestFactory(client=client))
        page = browser.get(reverse("clients:client_request", args=[answer.request_id]))
        rows = [" ".join(row.text.split()) for row in part_of(page, ".table tbody").select("tr")]
        assert rows[0].startswith("Chiffre d’affaires total HT 6 600 000 € 6 600 000 €")
        assert "5,0 % 5,0 %" in rows[1]

    def test_ticked_figures_are_taken_over(self, client, browser):
        snapshot = RiskSnapshotFactory(client=client)
        answer = ClientAnswerFactory(request=ClientRequestFactory(client=client))
        url = reverse("clients:client_answer_accept", args=[answer.pk])
        assert browser.post(url, {"figures": ["margin_rate", "frozen_at"]}).status_code == 302
        snapshot.refresh_from_db()
        assert (snapshot.margin_rate, snapshot.total_turnover, snapshot.frozen_at) == (Decimal("0.0500"), None, None)

    @pytest.mark.parametrize("figures", [[], ["frozen_at"]])
    def test_nothing_ticked_is_said(self, client, browser, figures):
        RiskSnapshotFactory(client=client)
        answer = ClientAnswerFactory(request=ClientRequestFactory(client=client))
        response = browser.post(reverse("clients:client_answer_accept", args=[answer.pk]), {"figures": figures})
        assert response.status_code == 422
        assert "Cochez au moins un chiffre" in text_of(response)

    def test_the_next_list_begins_with_what_the_client_typed(self, client, user, browser):
        ClientAnswerFactory(request=ClientRequestFactory(client=client))
        file = PortfolioFileFactory(client=client, uploaded_by=user, read=True)
        form = part_of(browser.get(reverse("clients:portfolio_confirm", args=[file.pk])), "main form")
        assert form.select_one("[name=total_turnover]")["value"].replace("\u202f", " ") == "6 600 000"
        assert form.select_one("[name=margin_rate]")["value"] == "5"

    def test_the_check_list_tells_of_the_last_request(self, client, browser):
        ClientAnswerFactory(request=ClientRequestFactory(client=client, views=2))
        last = ClientRequestFactory(client=client)
        asked = part_of(browser.get(reverse("clients:client_detail", args=[client.pk])), "p.asked")
        assert asked.select_one("a")["href"] == reverse("clients:client_request", args=[last.pk])
        assert "chiffres reçus" not in asked.text

    @pytest.mark.parametrize(
        ("changed", "state"),
        [
            pytest.param({}, AnswerState.ACCEPTED, id="as the client said"),
            pytest.param({"margin_rate": "7"}, AnswerState.PROPOSED, id="otherwise"),
        ],
    )
    def test_confirming_that_list_deals_with_them(self, client, user, browser, changed, state):
        answer = ClientAnswerFactory(request=ClientRequestFactory(client=client))
        file = PortfolioFileFactory(client=client, uploaded_by=user, read=True)
        url = reverse("clients:portfolio_confirm", args=[file.pk])
        form = part_of(browser.get(url), "main form")
        shown = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
        assert browser.post(url, shown | changed).status_code == 302
        answer.refresh_from_db()
        assert answer.state == state
        repris = f"Chiffres de {answer.request.sent_to} repris avec la liste."
        assert client.journal.filter(sentence=repris).exists() is (state == AnswerState.ACCEPTED)

    @pytest.mark.parametrize(
        ("snapshot", "because", "action"),
        [
            pytest.param({"frozen_at": timezone.now()}, "la photographie est figée", "Voir les chiffres", id="frozen"),
            pytest.param(None, "repris avec sa première liste", "Voir les chiffres", id="none"),
            pytest.param({}, "", "Vérifier les chiffres", id="open"),
        ],
    )
    def test_the_client_s_file_says_what_the_figures_wait_for(self, client, browser, snapshot, because, action):
        if snapshot is not None:
            RiskSnapshotFactory(client=client, **snapshot)
        answer = ClientAnswerFactory(request=ClientRequestFactory(client=client))
        for page in ("clients:client_detail", [client.pk]), ("desk:today", []):
            lines = part_of(browser.get(reverse(page[0], args=page[1])), "main").select(".tasks li")
            (line,) = [line for line in lines if "Chiffres reçus du client" in line.text]
            assert because in line.text
            assert ("attendent une liste" in line.text) is bool(because)
            button = line.select_one("a.button")
            assert (button.contents[0], button["href"]) == (
                action,
                reverse("clients:client_request", args=[answer.request_id]),
            )

    def test_prepared_statements_are_told(self, client, user, browser):
        RiskSnapshotFactory(client=client, counted=True)
        statement = prepare_statement(client=client, by=user)
        asked = ClientRequestFactory(client=client, statement=statement, items=["statement"])
        page = browser.get(reverse("clients:client_request", args=[asked.pk]))
        assert "Déclaration de sinistralité v1 : pas encore signée." in text_of(page)
