from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, Exposure, RiskSnapshot
from factortaboite.accounts.models import User
from quotes.engine.store import Outcome, store_outcomes
from quotes.enums import IndicationState
from quotes.models import LimitIndication, MarketTest, PartnerAccount, Submission
from quotes.services.coverage import best_shares
from quotes.services.market_tests import compare, launch_market_test
from quotes.views.pace import pace_of
from quotes.vocabulary import Decision, Reason
from tests.factories import UserFactory
from tests.quotes.outcomes import answer_all, answer_as_the_demo, granted
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, broker):
    """The browser of the demo firm's broker."""
    client.force_login(broker)
    return client


@pytest.fixture
def clock():
    """The web server's clock, which stands still until it is shifted; the database keeps its own."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def reader_desk(client, firm):
    client.force_login(User.objects.get(firm=firm, role="reader"))
    return client


def detail(market_test: MarketTest) -> str:
    return reverse("quotes:market_test_detail", args=[market_test.pk])


def live_address(response) -> str:
    """Where the page looks for news; empty when it does not."""
    progress = BeautifulSoup(response.content, "html.parser").select_one("#market-test-progress")
    return progress["hx-get"] if progress else ""


def row_of(market_test: MarketTest, code: str, name: str) -> LimitIndication:
    return LimitIndication.objects.get(
        submission__market_test=market_test, account__code=code, exposure__name__startswith=name
    )


def cell_of(response, row: LimitIndication) -> str:
    link = BeautifulSoup(response.content, "html.parser").find(id=f"i{row.pk}")
    return " ".join(link.parent.get_text(" ").split())


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_the_page_opens_with_the_answer(desk, market_test):
    answer_all(market_test)
    page = desk.get(detail(market_test))
    cards = [" ".join(card.get_text(" ").split()) for card in BeautifulSoup(page.content, "html.parser")("article")]
    assert [card.split(" Couvre")[0].split(" 16 /")[0].split(" Refuse")[0] for card in cards] == [
        "Assureur B",
        "Assureur C",
        "Assureur A",
    ]
    best, second, last = cards
    assert "90,8 % couvert · 990 000 €" in best
    assert "13 · 3 · 1 · 0" in best
    assert "16 447,20 €" in best
    assert "16,61 €" in best
    assert "90 % · 432 000 €" in best
    assert "entre 795 000 € et 815 000 €" in second
    assert "Refuse vos 2 plus gros clients" in last
    text = text_of(page)
    assert text.index("90,8 % couvert") < text.index("Pourquoi Assureur B") < text.index("Halbronne Promotion 000")
    assert "1 060 000 €" in text  # the best answer of each line, which nobody sells
    assert "Données fictives" in text


def test_a_bar_says_in_words_what_it_draws(desk, market_test):
    answer_all(market_test)
    bars = BeautifulSoup(desk.get(detail(market_test)).content, "html.parser").select("svg.bar")
    assert " ".join(bars[0]["aria-label"].split()) == (
        "800 000 € accordés en entier, 190 000 € accordés en partie, 20 000 € refusés"
    )
    assert [(rect["class"], rect["width"]) for rect in bars[0].select("rect")] == [
        (["fill-rest"], "1000"),
        (["fill-granted"], "734"),
        (["fill-partial"], "174"),
        (["fill-refused"], "19"),
    ]


def test_the_largest_buyers_stand_first_and_columns_keep_their_place(desk, market_test):
    answer_as_the_demo(market_test.submissions.get(account__code="b"))
    table = part_of(desk.get(detail(market_test)), "table.matrix")
    assert [cell.get_text() for cell in table.select("thead th")][2:] == ["Assureur A", "Assureur B", "Assureur C"]
    amounts = list(market_test.snapshot.exposures.asked().values_list("requested", flat=True))
    shown = [row.select("td")[0].get_text().replace("\u202f", "").split("\xa0")[0] for row in table.select("tbody tr")]
    assert [Decimal(amount) for amount in shown] == sorted(amounts, reverse=True)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        pytest.param({}, "accordé 100 000 €", id="granted"),
        pytest.param({"permanent": 0, "decision": "refused", "reasons": ["losses"]}, "refusé pertes", id="refused"),
        pytest.param(
            {"permanent": 60_000, "decision": "partial", "reasons": ["late_payments"]},
            "partiel 60 000 € retards de paiement signalés",
            id="partial",
        ),
        pytest.param({"asked": 113_000}, "100 000 € posé : 113 000 €", id="asked after the partner's rule"),
        pytest.param({"conditions": ["bilan 2026"]}, "100 000 € avec réserves", id="conditions"),
        pytest.param(
            {"permanent": 70_000, "temporary": 30_000, "temporary_until": date(2099, 12, 31)},
            "100 000 € dont 30 000 € jusqu’au 31/12/2099",
            id="temporary with its date",
        ),
        pytest.param(
            {"permanent": 40_000, "decision": "increase_refused"}, "partiel 40 000 €", id="the old cover stays"
        ),
    ],
)
def test_what_a_cell_says(desk, market_test, change, shown):
    row = row_of(market_test, "a", "Méca")
    store_outcomes([granted(row, row.requested)])
    LimitIndication.objects.filter(pk=row.pk).update(**change)
    assert shown in cell_of(desk.get(detail(market_test)), row)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        pytest.param("open", "à poser", id="open"),
        pytest.param("sent", "question posée", id="in a call"),
        pytest.param("waiting", "à l’étude", id="with an underwriter"),
    ],
)
def test_what_a_cell_without_an_answer_says(desk, market_test, state, shown):
    row = row_of(market_test, "a", "Méca")
    LimitIndication.objects.filter(pk=row.pk).update(state=state)
    assert cell_of(desk.get(detail(market_test)), row) == shown


def test_provisional_is_said_per_cell_only_where_firm_answers_stand_beside(desk, market_test):
    row, firm_one = row_of(market_test, "a", "Méca"), row_of(market_test, "a", "Ferroval")
    store_outcomes([granted(row, row.requested)])
    assert "provisoire" not in cell_of(desk.get(detail(market_test)), row)
    store_outcomes([granted(firm_one, firm_one.requested, preliminary=False)])
    page = desk.get(detail(market_test))
    assert "provisoire" in cell_of(page, row)
    assert "provisoire" not in cell_of(page, firm_one)


def test_a_failure_is_said_in_words_and_can_be_asked_again(desk, market_test):
    row = row_of(market_test, "a", "Méca")
    store_outcomes([Outcome(row.pk, IndicationState.FAILED, message="Ce numéro est inconnu.")])
    assert cell_of(desk.get(detail(market_test)), row) == "échec Ce numéro est inconnu. Redemander"
    answer = desk.post(reverse("quotes:indication_ask_again", args=[row.pk]), follow=True)
    assert "1 question de nouveau posée." in text_of(answer)
    assert cell_of(answer, row) == "à poser"


def test_a_simulator_never_answers_in_the_place_of_an_insurer(desk, market_test):
    row = row_of(market_test, "a", "Méca")
    store_outcomes([Outcome(row.pk, IndicationState.FAILED, message="Ce numéro est inconnu.")])
    Submission.objects.filter(pk=row.submission_id).update(sandbox=False)
    answer = desk.post(reverse("quotes:indication_ask_again", args=[row.pk]), follow=True)
    assert "entre vrai partenaire et simulateur" in text_of(answer)
    row.refresh_from_db()
    assert row.state == IndicationState.FAILED


def test_readers_are_offered_nothing_they_may_not_do(reader_desk, market_test):
    answer_all(market_test)
    page = part_of(reader_desk.get(detail(market_test)), "#contenu")
    assert page.select("form, button") == []


def test_names_and_messages_cannot_carry_markup(desk, market_test):
    row = row_of(market_test, "a", "Méca")
    Exposure.objects.filter(pk=row.exposure_id).update(name='<b>"&Co')
    store_outcomes([Outcome(row.pk, IndicationState.FAILED, message='"><script>alert(1)</script>' * 3)])
    page = desk.get(detail(market_test))
    assert b"<script>alert" not in page.content
    assert cell_of(page, row).startswith('échec "><script>alert(1)</script>')


def test_nothing_answered_yet_is_not_zero_percent(desk, market_test):
    page = text_of(desk.get(detail(market_test)))
    assert "Pas encore de réponse" in page
    assert "0,0 %" not in page
    assert "Préparer l’offre" not in page


# --- While the answers come in ---------------------------------------------------------------------------------------


def test_swaps_lead_from_launch_to_end_exactly_where_a_reload_would(desk, market_test, clock):
    page = desk.get(detail(market_test))
    for code in "abc":
        answer_as_the_demo(market_test.submissions.get(account__code=code))
        clock.shift(1)
        fragment = desk.get(live_address(page))
        assert fragment["HX-Retarget"] == "#market-test-live"
        page = desk.get(detail(market_test))
        for selector in ("#market-test-live", "#market-test-actions", "#market-test-summary", "#market-test-status"):
            swapped, fresh = part_of(fragment, selector), part_of(page, selector)
            del swapped["hx-swap-oob"]
            assert str(swapped) == str(fresh)
    assert live_address(page) == ""
    assert b"hx-trigger" not in part_of(fragment, "#market-test-live").encode()


def test_between_two_boards_only_the_progress_moves(desk, market_test, clock, monkeypatch):
    first, second, third, *_ = market_test.submissions.get(account__code="a").indications.order_by("pk")
    store_outcomes([granted(first, first.requested)])
    page = desk.get(detail(market_test))
    store_outcomes([granted(second, second.requested)])
    clock.shift(0.9)
    with monkeypatch.context() as no_board:
        no_board.delattr("quotes.views.market_tests.read_board")
        progress = desk.get(live_address(page))
        assert "2 / 51 questions traitées" in text_of(progress)
        assert "HX-Retarget" not in progress
        assert desk.get(live_address(progress)).status_code == 204
        store_outcomes([granted(third, third.requested)])
        progress = desk.get(live_address(progress))
        assert "3 / 51 questions traitées" in text_of(progress)
    # What the counters already said, the board still has to show.
    clock.shift(0.1)
    board = desk.get(live_address(progress))
    assert board["HX-Retarget"] == "#market-test-live"
    assert "100 000 €" in cell_of(board, third)
    assert desk.get(live_address(board)).status_code == 204


def test_the_end_is_shown_at_once(desk, market_test, clock):
    answer_as_the_demo(market_test.submissions.get(account__code="a"))
    page = desk.get(detail(market_test))
    answer_all(market_test)
    board = desk.get(live_address(page))
    assert "90,8 % couvert" in text_of(board)
    assert live_address(board) == ""


def test_what_a_page_looks_at_stays_what_it_showed(desk, broker, insurers, many_buyers, clock):
    test = launch_market_test(snapshot=many_buyers(150), accounts=insurers, launch_key=uuid4(), by=broker)
    rows = list(LimitIndication.objects.filter(submission__market_test=test).order_by("pk"))
    page = desk.get(f"{detail(test)}?page=2")
    for row in rows[:2]:
        store_outcomes([granted(row, row.requested)])
        page = desk.get(live_address(page))
    assert "2 / 450 questions traitées" in text_of(page)
    store_outcomes([granted(rows[2], rows[2].requested)])
    clock.shift(1)
    assert "Acheteurs 101 à 150 sur 150" in text_of(desk.get(live_address(page)))


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"seen": "9", "board": "7-", "at": "-1"}, id="another time"),
        pytest.param({"seen": "<b>", "board": "x" * 400, "at": "9" * 400}, id="nonsense"),
    ],
)
def test_whatever_a_page_says_of_itself_it_is_answered(desk, market_test, shown):
    answer = desk.get(reverse("quotes:market_test_live", args=[market_test.pk]), shown)
    assert answer.status_code == 200
    assert b"<b>" not in answer.content


def test_nothing_is_sent_while_nothing_moves(desk, market_test):
    address = live_address(desk.get(detail(market_test)))
    assert desk.get(address).status_code == 204
    row = row_of(market_test, "a", "Méca")
    store_outcomes([granted(row, row.requested)])
    fragment = desk.get(address)
    assert "100 000 €" in cell_of(fragment, row)  # the first answer is shown at once
    assert desk.get(live_address(fragment)).status_code == 204


def test_asking_again_starts_the_looking_again(desk, market_test):
    answer_all(market_test)
    assert live_address(desk.get(detail(market_test))) == ""
    answer = desk.post(reverse("quotes:market_test_ask_again", args=[market_test.pk]), follow=True)
    assert "1 question de nouveau posée." in text_of(answer)
    assert live_address(answer)


def test_only_quarters_are_said_aloud(desk, market_test):
    page = desk.get(detail(market_test))
    submission = market_test.submissions.get(account__code="a")
    rows = list(submission.indications.all())
    store_outcomes([granted(row, row.requested) for row in rows[:2]])
    fragment = desk.get(live_address(page))
    assert b"market-test-status" not in fragment.content
    store_outcomes([granted(row, row.requested) for row in rows[2:]])
    fragment = desk.get(live_address(fragment))
    assert part_of(fragment, "#market-test-status").get_text() == "25\u00a0% des réponses reçues."


def pace(settled=0, asked=17, last=None, ended=None, channel="api", age=timedelta(0)):
    one = Submission(channel=channel, asked_count=asked, settled_count=settled, last_answer_at=last, ended_at=ended)
    return pace_of([one], launched_at=timezone.now() - age)


def test_how_often_a_page_looks_again():
    now = timezone.now()
    assert pace().trigger == "every 200ms"
    assert pace(age=timedelta(seconds=11)).trigger == "every 1s"
    assert pace(settled=1, last=now).trigger == "every 1s"
    assert pace(settled=1, last=now - timedelta(minutes=2), age=timedelta(hours=1)).trigger == "every 10s"
    assert pace(settled=17, last=now, ended=now).trigger == ""
    assert pace(channel="spreadsheet").trigger == ""


def test_a_large_board_is_sent_less_often():
    assert [pace(asked=asked).board_seconds for asked in (17, 200, 2000, 10_000)] == [1, 1, 2, 6]


def test_how_far_each_partner_is_said_to_be(desk, market_test, clock):
    def said() -> list[str]:
        lines = part_of(desk.get(detail(market_test)), "#market-test-progress").select("li")
        return [" ".join(line.get_text(" ").split()) for line in lines]

    launched = timezone.now() - timedelta(seconds=8)
    MarketTest.objects.filter(pk=market_test.pk).update(launched_at=launched)
    submissions = Submission.objects.filter(market_test=market_test)
    assert said()[0] == "Assureur A 0 / 17 · 8,0 s"
    # Four settled in six seconds: thirteen more take 19.5.
    submissions.filter(account__code="a").update(settled_count=4, last_answer_at=launched + timedelta(seconds=6))
    submissions.filter(account__code="b").update(
        settled_count=17, last_answer_at=timezone.now(), ended_at=launched + timedelta(seconds=7)
    )
    PartnerAccount.objects.filter(code="c").update(
        rest_until=timezone.now() + timedelta(seconds=30), rest_reason="Le partenaire demande de ralentir."
    )
    assert said() == [
        "Assureur A 4 / 17 · 8,0 s · encore 20 s environ",
        "Assureur B terminé en 7,0 s",
        "Assureur C 0 / 17 · 8,0 s · au repos encore 30 s : Le partenaire demande de ralentir.",
    ]
    LimitIndication.objects.filter(account__code="a").update(state="waiting")
    assert said()[0] == "Assureur A 4 / 17 · 8,0 s · à l’étude chez l’assureur"


# --- As many queries for 60 buyers as for 2 --------------------------------------------------------------------------


def test_queries_do_not_grow_with_the_buyers(desk, many_buyers, insurers, broker, clock):
    counts = set()
    for buyers in (2, 60):
        test = launch_market_test(snapshot=many_buyers(buyers), accounts=insurers, launch_key=uuid4(), by=broker)
        *rows, last = LimitIndication.objects.filter(submission__market_test=test)
        store_outcomes([granted(row, row.requested) for row in rows[:-1]])
        page = desk.get(detail(test))
        store_outcomes([granted(rows[-1], rows[-1].requested)])
        board, progress = reverse("quotes:market_test_live", args=[test.pk]), live_address(page)
        counts.add(tuple(count_queries(desk, address) for address in (detail(test), board, progress)))
    assert len(counts) == 1
    assert max(counts.pop()) <= 12


def test_queries_do_not_grow_with_the_tests(desk, firm, many_buyers, insurers, broker):
    client = Client.objects.get(firm=firm)
    lists = [reverse("quotes:market_test_list"), reverse("quotes:client_market_tests", args=[client.pk])]
    counts = []
    for _ in range(2):
        for _ in range(3):
            launch_market_test(snapshot=many_buyers(2), accounts=insurers, launch_key=uuid4(), by=broker)
        counts.append([count_queries(desk, address) for address in lists])
    assert counts[0] == counts[1]


def test_the_list_says_what_the_comparison_says(desk, market_test):
    answer_all(market_test)
    LimitIndication.objects.filter(pk=row_of(market_test, "b", "Ferroval").pk).update(
        permanent=10_000, temporary=90_000, temporary_until=date(2099, 1, 1)
    )
    LimitIndication.objects.filter(pk=row_of(market_test, "b", "Garonnel").pk).update(
        permanent=10_000, temporary=40_000, temporary_until=date(2020, 1, 1)
    )
    LimitIndication.objects.filter(pk=row_of(market_test, "b", "Boisement").pk).update(decision="withdrawn")
    best = compare(market_test).recommendation
    assert best.covered_low == Decimal(990_000 - 40_000 - 30_000)
    share = best_shares([market_test])[market_test.pk]
    assert share.quantize(Decimal("0.000001")) == Decimal("0.844037")
    assert "84,4 %" in text_of(desk.get(reverse("quotes:market_test_list")))


def test_an_empty_list_says_what_to_do_first(desk):
    assert "Choisir un client" in text_of(desk.get(reverse("quotes:market_test_list")))


# --- Launching -------------------------------------------------------------------------------------------------------


def test_a_double_click_launches_one_test(desk, snapshot, insurers):
    address = reverse("quotes:market_test_create", args=[snapshot.pk])
    page = desk.get(address)
    assert "17 acheteurs, 1 090 000 € HT à garantir" in text_of(page)
    form = part_of(page, "form.launch")
    assert len(form.select("input[name=accounts][checked]")) == 4
    assert "simulateur au format Coface" in form.get_text()
    assert "forme supposée" in form.get_text()
    fields = {
        "launch_key": form.select_one("[name=launch_key]")["value"],
        "accounts": [account.pk for account in insurers],
    }
    first, second = desk.post(address, fields), desk.post(address, fields)
    test = MarketTest.objects.get()
    assert first.url == second.url == detail(test)
    assert test.submissions.count() == 3


def test_a_launch_without_partners_says_so(desk, snapshot):
    answer = desk.post(reverse("quotes:market_test_create", args=[snapshot.pk]), {"launch_key": uuid4()})
    assert answer.status_code == 422
    assert "Choisissez au moins un partenaire à interroger." in text_of(answer)


def test_another_firms_partner_cannot_be_asked(desk, snapshot):
    stranger = PartnerAccount.objects.create(firm=UserFactory().firm, code="x", name="X", channel="spreadsheet")
    answer = desk.post(
        reverse("quotes:market_test_create", args=[snapshot.pk]),
        {"launch_key": uuid4(), "accounts": [stranger.pk]},
    )
    assert answer.status_code == 422
    assert not MarketTest.objects.exists()


def test_a_reader_cannot_launch(reader_desk, snapshot):
    address = reverse("quotes:market_test_create", args=[snapshot.pk])
    assert reader_desk.post(address, {"launch_key": uuid4()}).status_code == 403


@pytest.mark.parametrize("name", ["market_test_detail", "market_test_live", "market_test_export"])
def test_another_firms_test_does_not_exist(client, market_test, name):
    client.force_login(UserFactory())
    assert client.get(reverse(f"quotes:{name}", args=[market_test.pk])).status_code == 404


# --- What leaves and what proves -------------------------------------------------------------------------------------


def test_the_export_holds_numbers_and_no_formula(desk, market_test):
    answer_all(market_test)
    Exposure.objects.filter(snapshot=market_test.snapshot, name="Ferroval").update(name="=2+3")
    LimitIndication.objects.filter(pk=row_of(market_test, "a", "=2").pk).update(conditions=["@SUM(1)"])
    answer = desk.get(reverse("quotes:market_test_export", args=[market_test.pk]))
    assert answer["Content-Disposition"].startswith('attachment; filename="test-a-blanc-valmorin-negoce-sas-')
    book = openpyxl.load_workbook(BytesIO(answer.content))
    comparison, answers = book["Comparaison"], book["Réponses"]
    assert "Données fictives" in comparison["A3"].value
    best = [cell.value for cell in comparison[6]]
    assert best[:4] == [1, "Assureur B", "simulateur au format Atradius", 990_000]
    assert best[7:12] == [13, 3, 1, 0, 16_447.2]
    cells = [cell for line in answers.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    line = next(line for line in answers.iter_rows() if line[0].value == "=2+3")
    assert [cell.value for cell in line[2:5]] == [30_000, "accordé", 30_000]
    assert "@SUM(1)" in line[7].value


def test_the_story_of_one_answer(desk, market_test):
    row = row_of(market_test, "a", "Méca")
    store_outcomes(
        [
            granted(
                row,
                Decimal(60_000),
                asked=Decimal(113_000),
                reasons=[Reason.NO_FINANCIALS.value],
                conditions=["Bilan 2026 attendu"],
                raw=b"<script>alert(1)</script>" * 2000,
            )
        ]
    )
    page = desk.get(reverse("quotes:indication_detail", args=[row.pk]))
    text = text_of(page)
    for said in (
        "60 000 €",
        "113 000 €",
        "Aucun bilan disponible. Envoyez la dernière liasse fiscale",
        "Bilan 2026 attendu",
        "provisoire",
    ):
        assert said in text
    assert b"<script>alert" not in page.content
    assert len(part_of(page, "pre.proof").get_text()) == 20_001
    proof = desk.get(reverse("quotes:indication_proof", args=[row.pk]))
    assert proof.content == b"<script>alert(1)</script>" * 2000
    assert proof["Content-Type"].startswith("text/plain")
    assert proof["Content-Disposition"].startswith("attachment")


def test_terms_typed_replace_the_estimate(desk, market_test):
    answer_all(market_test)
    submission = market_test.submissions.get(account__code="b")
    address = reverse("quotes:submission_quote", args=[submission.pk])
    page = desk.get(address)
    assert "estimation du cabinet" in text_of(page)
    assert part_of(page, "#id_premium_rate")["value"] == "0,24"
    terms = {
        "premium_rate": "0,25 %",
        "insured_percentage": "90",
        "maximum_liability_multiple": "30",
        "fee_per_buyer": "40",
        "minimum_premium": "16 000",
    }
    answer = desk.post(address, terms, follow=True)
    submission.quote.refresh_from_db()
    assert submission.quote.premium_rate == Decimal("0.0025")
    assert submission.quote.minimum_premium == Decimal(16_000)
    assert not submission.quote.is_estimate
    # 16 000 of premium, 9 % of its French part (15 200), 816 of fees with their VAT.
    assert "18 184,00 €" in text_of(answer)
    assert "90 % · 480 000 €" in text_of(answer)


def test_an_estimate_may_be_changed_and_stay_one(desk, market_test):
    submission = market_test.submissions.get(account__code="b")
    terms = {"premium_rate": "0,26", "export_premium_rate": "0,30", "insured_percentage": "90"}
    excesses = {"each_loss_excess": "2 000", "qualifying_loss": "300", "aggregate_first_loss": "10 000"}
    answer = desk.post(
        reverse("quotes:submission_quote", args=[submission.pk]), terms | excesses | {"estimate": "1"}, follow=True
    )
    submission.quote.refresh_from_db()
    assert submission.quote.is_estimate
    assert submission.quote.export_premium_rate == Decimal("0.003")
    assert "2 000 € par sinistre, rien jusqu’à 300 €, 10 000 € par an" in text_of(answer)


def test_a_forfait_is_typed_as_one_price(desk, market_test):
    answer_all(market_test)
    submission = market_test.submissions.get(account__code="a")
    address = reverse("quotes:submission_quote", args=[submission.pk])
    neither = desk.post(address, {"insured_percentage": "90"})
    assert "Donnez un taux de prime, ou le prix d’un forfait." in text_of(neither)
    shown = {"premium_rate": "0,17", "fee_per_buyer": "40"}  # our estimate, left where it was
    forfait = {"all_in_price": "9 000", "insured_percentage": "90", "maximum_liability_multiple": "20"}
    answer = desk.post(address, shown | forfait, follow=True)
    submission.quote.refresh_from_db()
    assert (submission.quote.premium_rate, submission.quote.fee_per_buyer) == (None, None)
    assert "Forfait annuel, tout compris 9 000,00 €" in text_of(answer)
    assert "90 % · 180 000 €" in text_of(answer)
    result = next(one for one in compare(market_test).partners if one.code == "a")
    assert not any("de prime HT" in reason for reason in result.reasons)
    # It needs no turnover to be priced.
    RiskSnapshot.objects.filter(pk=market_test.snapshot_id).update(total_turnover=None)
    priced = {one.code: one.yearly_cost for one in compare(MarketTest.objects.get(pk=market_test.pk)).partners}
    assert priced == {"a": Decimal("9000.00"), "b": None, "c": None}


def test_a_partner_without_a_rate_starts_from_the_firms_tariff(desk, firm, snapshot, broker):
    """0.22 % × 1.05 (25 % on one buyer) × 1.25 (losses of 58 %) = 0.28875 %; 80 % of the premium is the minimum."""
    mail = PartnerAccount.objects.get(firm=firm, code="d")
    own = PartnerAccount.objects.get(firm=firm, code="a")
    PartnerAccount.objects.filter(pk=mail.pk).update(insured_percentage=Decimal("0.80"), fee_per_buyer=Decimal(25))
    mail.refresh_from_db()
    test = launch_market_test(snapshot=snapshot, accounts=[mail, own], launch_key=uuid4(), by=broker)
    quote = test.submissions.get(account=mail).quote
    assert quote.is_estimate
    assert (quote.premium_rate, quote.export_premium_rate) == (Decimal("0.002888"), Decimal("0.002888"))
    assert (quote.minimum_premium, quote.maximum_liability_multiple) == (Decimal("13862.40"), 30)
    assert (quote.insured_percentage, quote.fee_per_buyer) == (Decimal("0.80"), Decimal(25))  # the account's own
    # 16 461.60 + 866.40 + 9 % of the first + 17 × 25 + 20 %
    result = next(one for one in compare(test).partners if one.code == "d")
    assert result.yearly_cost == Decimal("19319.54")
    own_quote = test.submissions.get(account=own).quote
    assert (own_quote.premium_rate, own_quote.minimum_premium) == (Decimal("0.0017"), None)


def test_without_a_price_by_tariff_the_terms_stay_to_be_typed(firm, snapshot, broker):
    RiskSnapshot.objects.filter(pk=snapshot.pk).update(total_turnover=None)
    snapshot.refresh_from_db()
    mail = PartnerAccount.objects.get(firm=firm, code="d")
    test = launch_market_test(snapshot=snapshot, accounts=[mail], launch_key=uuid4(), by=broker)
    assert test.submissions.get().quote.premium_rate is None
    assert compare(test).partners[0].priced is None


@pytest.mark.parametrize(
    ("rate", "percentage", "said"),
    [
        pytest.param(
            "beaucoup",
            "190",
            ["« beaucoup » n’est pas un nombre.", "Un pourcentage ne dépasse pas 100."],
            id="unreadable",
        ),
        pytest.param(
            "24",
            "0,9",
            [
                "Un taux de prime ne dépasse pas 10 % : pour 0,24 %, tapez 0,24.",
                "Une quotité est d’au moins 10 % : pour 90 %, tapez 90.",
            ],
            id="a slip of the comma",
        ),
    ],
)
def test_terms_that_cannot_be_are_refused_in_french(desk, market_test, rate, percentage, said):
    submission = market_test.submissions.get(account__code="b")
    answer = desk.post(
        reverse("quotes:submission_quote", args=[submission.pk]),
        {"premium_rate": rate, "insured_percentage": percentage},
    )
    assert answer.status_code == 422
    for sentence in said:
        assert sentence in text_of(answer)
    submission.quote.refresh_from_db()
    assert submission.quote.is_estimate


def test_refused_decisions_with_an_old_cover_keep_it(desk, market_test):
    row = row_of(market_test, "a", "Méca")
    store_outcomes([granted(row, Decimal(40_000), decision=Decision.INCREASE_REFUSED.value)])
    text = text_of(desk.get(reverse("quotes:indication_detail", args=[row.pk])))
    assert "40 000 € hausse refusée, garantie en vigueur" in text
