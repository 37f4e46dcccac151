"""The comparison on screen: « Et si… », the contract in force, the band, which rows are read, what is remembered."""

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from django.urls import reverse

from quotes.engine.store import store_outcomes
from quotes.models import CurrentContract, LimitIndication, PartnerAccount, PartnerQuote
from quotes.partners.base import Answer
from quotes.services.answers import record_answers
from quotes.services.board import read_board
from quotes.services.market_tests import ask_again, compare, launch_market_test
from quotes.vocabulary import Decision
from tests.factories import UserFactory
from tests.quotes.outcomes import answer_all, granted
from tests.screens import count_queries, part_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, broker):
    client.force_login(broker)
    return client


@pytest.fixture
def answered(market_test):
    answer_all(market_test)
    return market_test


@pytest.fixture
def long_test(many_buyers, insurers, broker):
    """250 buyers, all granted by everybody, but for one line on the last page."""
    test = launch_market_test(snapshot=many_buyers(250), accounts=insurers, launch_key=uuid4(), by=broker)
    rows = list(LimitIndication.objects.filter(submission__market_test=test).order_by("requested", "pk"))
    store_outcomes([granted(rows[0], Decimal(0)), *(granted(row, row.requested) for row in rows[1:])])
    return test


def address(name, market_test, query=""):
    return reverse(f"quotes:{name}", args=[market_test.pk]) + query


def typed(market_test, *lines, **changes):
    """The form of the contract in force, as a broker fills it in."""
    return {
        "insurer": "Assureur Z",
        "yearly_cost": "15 247,20",
        "insured_percentage": "85",
        "maximum_liability": "150 000",
        "limits": "\r\n".join(lines),
        **changes,
    }


def lines_of(page):
    return [" ".join(row.get_text(" ").split()) for row in part_of(page, "table.matrix tbody").select("tr")]


# --- « Et si… » ------------------------------------------------------------------------------------------------------


def test_what_each_partner_would_pay(desk, answered):
    table = part_of(desk.get(address("market_test_detail", answered)), "table.what-if")
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in table.select("tbody tr")]
    assert [" ".join(cell.split()) for cell in rows[0]] == [
        "Halbronne Promotion ne payait plus", "300 000 €", "270 000 €", "170 000 €", "0 €",
    ]  # fmt: skip
    last_year = answered.snapshot.taken_on.year - 1
    assert [" ".join(cell.split()) for cell in rows[-1]] == [
        f"les pertes de {last_year} revenaient", "7 000 €", "6 300 €", "5 950 €", "6 300 €",
    ]  # fmt: skip
    assert len(rows) == 8


def test_without_declared_losses_no_year_is_replayed(desk, long_test):
    assert all(result.replays == () for result in compare(long_test).partners)


def test_warnings_come_before_figures(desk, answered):
    text = text_of(desk.get(address("market_test_detail", answered)))
    refused = text.index("Assureur A. Refuse 2 de vos 5 premiers acheteurs")
    capped = text.index("Assureur A. Plafond annuel de 204 000 €")
    provisional = text.index("Réponses provisoires")
    assert refused < capped < provisional < text.index("90,8 % couvert · 990 000 €")
    assert text.count("Réponses provisoires") == 1


# --- The contract in force -------------------------------------------------------------------------------------------


def test_the_contract_in_force_is_a_column_and_never_the_advice(desk, answered):
    limits = [f"{b.id_value} ; {b.requested}" for b in answered.snapshot.exposures.asked() if b.requested != 300_000]
    answer = desk.post(address("current_contract_edit", answered), typed(answered, *limits), follow=True)
    contract = CurrentContract.objects.get()
    assert (contract.firm_id, contract.client_id) == (answered.firm_id, answered.client_id)
    comparison = compare(answered)
    assert (comparison.recommended, comparison.current.covered) == ("b", Decimal(790_000))
    text = text_of(answer)
    assert "contrat actuel" in text
    assert "200 000 € de garantie de plus pour 1 200 € de plus par an, selon nos estimations." in text
    assert "non nommé" in lines_of(answer)[0]
    assert [cell.get_text() for cell in part_of(answer, "table.matrix thead").select("th")][2] == "Contrat actuel"


def test_the_form_comes_back_with_what_was_typed(desk, answered):
    page = desk.get(address("current_contract_edit", answered))
    offered = part_of(page, "#id_limits").get_text().strip().splitlines()
    assert len(offered) == 17
    assert offered[0].endswith(" ;  ; Halbronne Promotion")
    identifier = offered[0].split(" ; ")[0]
    limits = [f"{identifier}\t300 000 €", "", "999 999 999 ; 5000,50", *offered[1:]]
    assert desk.post(address("current_contract_edit", answered), typed(answered, *limits)).status_code == 302
    assert CurrentContract.objects.get().limits == {identifier: "300000.00", "999999999": "5000.50"}
    again = part_of(desk.get(address("current_contract_edit", answered)), "#id_limits").get_text().strip().splitlines()
    assert "".join(again[0].split()) == f"{identifier};300000;HalbronnePromotion"
    assert "".join(again[-1].split()) == "999999999;5000,50"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("000100017 300000", "Ligne 1 : séparez l’identifiant du montant", id="no separator"),
        pytest.param("000100017 ; beaucoup", "« beaucoup » n’est pas un nombre.", id="no number"),
        pytest.param("000100017 ; -5", "n’est pas un montant de garantie", id="negative"),
        pytest.param(" ; 5000", "l’identifiant de l’acheteur manque", id="no identifier"),
        pytest.param("1 ; 5\n1 ; 6", "Ligne 2 : 1 figure déjà plus haut.", id="twice"),
    ],
)
def test_lines_that_cannot_be_read_are_named(desk, answered, line, said):
    answer = desk.post(address("current_contract_edit", answered), typed(answered, line))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not CurrentContract.objects.exists()


def test_a_siret_is_its_siren(desk, answered):
    desk.post(address("current_contract_edit", answered), typed(answered, "000 100 017 00012 ; 1000"))
    assert CurrentContract.objects.get().limits == {"000100017": "1000.00"}


def test_the_contract_can_be_taken_away(desk, answered):
    desk.post(address("current_contract_edit", answered), typed(answered))
    desk.post(address("current_contract_delete", answered))
    assert compare(answered).current is None


def test_another_firm_cannot_touch_it(client, answered):
    client.force_login(UserFactory())
    for name in ("current_contract_edit", "current_contract_delete", "market_test_tolerance"):
        assert client.post(address(name, answered), typed(answered)).status_code == 404
    assert not CurrentContract.objects.exists()


# --- The band --------------------------------------------------------------------------------------------------------


def test_the_band_is_shown_and_set(desk, answered):
    page = desk.get(address("market_test_detail", answered))
    assert part_of(page, "#id_tolerance")["value"] == "2"
    answer = desk.post(address("market_test_tolerance", answered), {"tolerance": "17,89"}, follow=True)
    assert part_of(answer, "#id_tolerance")["value"] == "17,89"
    answered.refresh_from_db()
    assert compare(answered).tolerance == Decimal("0.1789")
    refused = desk.post(address("market_test_tolerance", answered), {"tolerance": "beaucoup"}, follow=True)
    assert "« beaucoup » n’est pas un nombre." in text_of(refused)
    answered.refresh_from_db()
    assert compare(answered).tolerance == Decimal("0.1789")


# --- Which rows ------------------------------------------------------------------------------------------------------


def test_a_long_matrix_is_read_by_pages_and_added_up_whole(desk, long_test):
    pages = [desk.get(address("market_test_detail", long_test, f"?page={number}")) for number in (1, 2, 3)]
    assert [len(lines_of(page)) for page in pages] == [100, 100, 50]
    names = [line.split(" 000")[0] for page in pages for line in lines_of(page)]
    assert len(set(names)) == 250
    totals = {" ".join(part_of(page, "table.matrix tfoot").get_text(" ").split()) for page in pages}
    assert len(totals) == 1
    total = sum(row.requested for row in long_test.snapshot.exposures.asked())
    assert f"{total:,.0f}".replace(",", "\u202f") in part_of(pages[0], "table.matrix tfoot").get_text()
    assert "Acheteurs 101 à 200 sur 250" in text_of(pages[1])


def test_differences_are_looked_for_on_every_page(desk, long_test):
    page = desk.get(address("market_test_detail", long_test, "?differences=1"))
    (line,) = lines_of(page)
    assert "refusé" in line
    assert part_of(page, "#differences")["aria-current"] == "true"


def test_where_nothing_differs_the_table_says_so(desk, many_buyers, insurers, broker):
    test = launch_market_test(snapshot=many_buyers(2), accounts=insurers, launch_key=uuid4(), by=broker)
    rows = LimitIndication.objects.filter(submission__market_test=test)
    store_outcomes([granted(row, row.requested) for row in rows])
    assert lines_of(desk.get(address("market_test_detail", test, "?differences=1"))) == [
        "Les partenaires disent la même chose de tous les acheteurs."
    ]


@pytest.mark.parametrize("query", ["?differences=1", "?page=2", "?page=3", "?page=99"])
def test_a_swap_equals_a_reload(desk, long_test, query):
    url = address("market_test_detail", long_test, query)
    swapped = desk.get(url, headers={"HX-Request": "true"})
    assert "HX-Request" in swapped["Vary"]
    assert swapped.content.strip().startswith(b'<div class="stack" id="market-test-live"')
    assert str(part_of(swapped, "#market-test-live")) == str(part_of(desk.get(url), "#market-test-live"))


def test_whoever_looks_again_keeps_its_rows(desk, many_buyers, insurers, broker):
    test = launch_market_test(snapshot=many_buyers(250), accounts=insurers, launch_key=uuid4(), by=broker)
    page = desk.get(address("market_test_detail", test, "?page=2"))
    store_outcomes([granted(row, row.requested) for row in test.submissions.first().indications.all()])
    again = desk.get(part_of(page, "#market-test-progress")["hx-get"])
    assert lines_of(again) == lines_of(desk.get(address("market_test_detail", test, "?page=2")))
    assert "page=2" in part_of(again, "#market-test-progress")["hx-get"]


# --- What is remembered ----------------------------------------------------------------------------------------------


def answer_what_was_silent(test):
    submission = test.submissions.get(account__code="c")
    ask_again(submission=submission, by=test.launched_by)
    row = submission.indications.undecided().get()
    store_outcomes([granted(row, row.requested)])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(answer_what_was_silent, id="an answer"),
        pytest.param(lambda test: PartnerQuote.objects.filter(submission__account__code="b").update(
            premium_rate=Decimal("0.0025")), id="terms"),
        pytest.param(lambda test: type(test).objects.filter(pk=test.pk).update(tolerance=0), id="the band"),
        pytest.param(lambda test: test.submissions.filter(account__code="b").update(name="B bis"), id="a name"),
        pytest.param(lambda test: CurrentContract.objects.create(
            firm=test.firm, client=test.client, insurer="Z", changed_by=test.launched_by), id="the contract in force"),
        pytest.param(lambda test: type(test.snapshot).objects.filter(pk=test.snapshot_id).update(
            loss_last_year=8000), id="a loss"),
    ],
)  # fmt: skip
def test_nothing_remembered_is_ever_stale(desk, answered, change):
    fresh = type(answered).objects.get(pk=answered.pk)
    before = read_board(fresh).comparison
    assert before == compare(fresh)
    assert read_board(type(answered).objects.get(pk=answered.pk)).comparison is before
    change(answered)
    fresh = type(answered).objects.get(pk=answered.pk)
    after = read_board(fresh).comparison
    assert after == compare(fresh) != before


def test_a_corrected_answer_is_not_remembered(desk, firm, snapshot, broker):
    by_mail = PartnerAccount.objects.filter(firm=firm, code="d")
    test = launch_market_test(snapshot=snapshot, accounts=by_mail, launch_key=uuid4(), by=broker)
    submission = test.submissions.get()
    row = submission.indications.first()
    for amount in (20_000, 10_000):
        answer = Answer(Decision.PARTIAL, row.requested, Decimal(amount), raw=b"")
        record_answers(submission=submission, answers={row.pk: answer}, by=broker)
        assert read_board(test).comparison.recommendation.covered_low == amount


def test_queries_are_the_same_for_any_length(desk, long_test, answered):
    counts = {count_queries(desk, address("market_test_detail", test)) for test in (long_test, answered)}
    assert len(counts) == 1
    assert counts.pop() <= 12


# --- The workbook ----------------------------------------------------------------------------------------------------


def test_the_workbook_has_it_all_as_numbers(desk, answered):
    identifier = answered.snapshot.exposures.asked().first().id_value
    franchises = {"each_loss_excess": "1 000", "qualifying_loss": "300"}
    fields = typed(answered, f"{identifier};300000", insurer="=1+1", **franchises)
    assert desk.post(address("current_contract_edit", answered), fields).status_code == 302
    quote = PartnerQuote.objects.filter(submission__account__code="c")
    quote.update(is_estimate=False, aggregate_first_loss=10_000)
    book = openpyxl.load_workbook(BytesIO(desk.get(address("market_test_export", answered)).content))
    assert book.sheetnames == ["Comparaison", "Réponses", "Coûts"]
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    comparison, answers = book["Comparaison"], book["Réponses"]
    lines = {line[1].value: [cell.value for cell in line] for line in comparison.iter_rows() if line[1].value}
    assert lines["Assureur B"][12] == 16.61
    assert lines["Assureur A"][18] == "estimation du cabinet"
    assert lines["Assureur A"][19].startswith("Refuse 2 de vos 5 premiers acheteurs")
    assert lines["Assureur C"][15:19] == [0, 0, 10_000, "conditions du partenaire"]
    assert lines["=1+1"][15:18] == [1_000, 300, 0]
    assert lines["=1+1"][2:6] == ["contrat actuel", 300_000, None, 0.275229]
    assert lines["Halbronne Promotion ne payait plus"][2:7] == [300_000, 270_000, 160_000, 0, 150_000]
    costs = [[cell.value for cell in line] for line in book["Coûts"].iter_rows(min_row=6)]
    assert costs[0] == [
        "Assureur B", "Prime, ventes en France", 5_700_000, 0.0024, 13_680, "estimation du cabinet",
    ]  # fmt: skip
    assert costs[3] == [
        "Assureur B", "Frais d’enquête et de surveillance", 17, 40, 680, "estimation du cabinet",
    ]  # fmt: skip
    assert round(sum(line[4] for line in costs if line[0] == "Assureur C"), 2) == 14_493.30
    assert {line[5] for line in costs if line[0] == "Assureur C"} == {"conditions du partenaire"}
    assert answers[6][3].value == 300_000
    assert answers[7][3].value == 0


def test_the_workbook_does_not_turn_pages(desk, long_test):
    book = openpyxl.load_workbook(BytesIO(desk.get(address("market_test_export", long_test)).content))
    assert book["Réponses"].max_row == 5 + 250
