"""What a client's file lacks: a table of files, one trouble each, against a file that lacks nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from clients.advice.checklist import Giver, State
from clients.advice.completeness import FileFacts, LargeBuyer, Statement, check_file

TODAY = date(2026, 11, 22)
KNOWN = LargeBuyer(has_identifier=True, has_amount=True, has_terms=True)
COMPLETE = FileFacts(
    today=TODAY,
    siren="000100009",
    siren_status="active",
    contact_email="helene@negoce.example",
    listed_on=date(2026, 11, 20),
    largest=(KNOWN,) * 20,
    named_turnover=Decimal(5_805_000),
    total_turnover=Decimal(6_600_000),
    excluded_turnover=Decimal(600_000),
    losses=(Decimal(0), Decimal(17_000), Decimal(7_000)),
    losses_said=True,
    margin_rate=Decimal("0.05"),
    statement=Statement.SIGNED,
)


def item_of(facts: FileFacts, key: str):
    (found,) = [item for item in check_file(facts).items if item.key == key]
    return found


def test_a_complete_file_lacks_nothing():
    checklist = check_file(COMPLETE)
    assert (checklist.open, checklist.blocking, checklist.from_client, checklist.share) == ((), (), (), 1)


@pytest.mark.parametrize(
    ("changes", "key", "state", "words"),
    [
        pytest.param({"largest": ()}, "buyers", State.MISSING, "Aucune liste", id="no-list"),
        pytest.param(
            {"largest": (KNOWN,)},
            "buyers",
            State.DOUBTFUL,
            "1 acheteur seulement : est-ce bien tout ?",
            id="one-buyer",
        ),
        pytest.param({"largest": (KNOWN,) * 9}, "buyers", State.DOUBTFUL, "9 acheteurs seulement", id="nine-buyers"),
        pytest.param({"largest": (KNOWN,) * 10}, "buyers", State.DONE, "10 acheteurs.", id="ten-buyers"),
        # Half of 6 600 000 is 3 300 000.
        pytest.param(
            {"named_turnover": Decimal(3_299_999)},
            "buyers",
            State.DOUBTFUL,
            "3 299 999 € de ventes sur 6 600 000 €",
            id="a-large-buyer-left-out",
        ),
        pytest.param({"named_turnover": Decimal(3_300_000)}, "buyers", State.DONE, "", id="half-is-named"),
        pytest.param({"named_turnover": Decimal(0)}, "buyers", State.DONE, "", id="a-list-of-balances-only"),
        pytest.param(
            {"largest": (KNOWN,) * 18 + (replace(KNOWN, has_identifier=False),) * 2},
            "identifiers",
            State.DOUBTFUL,
            "18 des 20 plus gros acheteurs ont un SIREN",
            id="two-without-a-number",
        ),
        pytest.param(
            {"largest": (replace(KNOWN, has_identifier=False),) * 3},
            "identifiers",
            State.MISSING,
            "Aucun des 3 plus gros",
            id="nobody-has-a-number",
        ),
        pytest.param(
            {"largest": (replace(KNOWN, has_amount=False), KNOWN)},
            "amounts",
            State.DOUBTFUL,
            "1 des 2",
            id="no-amount",
        ),
        pytest.param(
            {"largest": (replace(KNOWN, has_terms=False),) * 20}, "terms", State.MISSING, "Aucun des 20", id="no-terms"
        ),
        pytest.param({"listed_on": TODAY}, "freshness", State.DONE, "Liste reçue aujourd’hui.", id="listed-today"),
        pytest.param({"listed_on": date(2026, 11, 21)}, "freshness", State.DONE, "il y a 1 jour.", id="yesterday"),
        pytest.param({"listed_on": date(2026, 8, 23)}, "freshness", State.DONE, "91 jours", id="nearly-three-months"),
        pytest.param(
            {"listed_on": date(2026, 8, 22)}, "freshness", State.DOUBTFUL, "date d’il y a 92 jours", id="old"
        ),
        pytest.param({"total_turnover": None}, "turnover", State.MISSING, "pas renseigné", id="no-turnover"),
        pytest.param({"total_turnover": Decimal(0)}, "turnover", State.DONE, "0 € HT", id="a-new-company"),
        pytest.param({"excluded_turnover": Decimal(0)}, "excluded", State.DOUBTFUL, "ni comptant ?", id="no-parts"),
        pytest.param({"losses_said": False}, "losses", State.DOUBTFUL, "24 000 € HT, sans le nombre", id="uncounted"),
        pytest.param(
            {"losses_said": False, "losses": (Decimal(0),) * 3},
            "losses",
            State.MISSING,
            "Rien n’est inscrit",
            id="noughts-that-nobody-said",
        ),
        pytest.param(
            {"losses": (Decimal(0),) * 3},
            "losses",
            State.DONE,
            "Aucune perte en trois ans",
            id="noughts-that-are-said",
        ),
        pytest.param({"statement": Statement.NONE}, "statement", State.MISSING, "Pas encore préparée", id="no-paper"),
        pytest.param(
            {"statement": Statement.PREPARED}, "statement", State.DOUBTFUL, "pas encore signée", id="unsigned"
        ),
        pytest.param(
            {"statement": Statement.OUTDATED}, "statement", State.DOUBTFUL, "à signer de nouveau", id="outdated"
        ),
        pytest.param({"margin_rate": None}, "margin", State.MISSING, "pas renseigné", id="no-margin"),
        pytest.param({"siren": "", "siren_status": ""}, "siren", State.MISSING, "pas renseigné", id="no-siren"),
        pytest.param({"siren_status": ""}, "siren", State.DOUBTFUL, "pas encore été vérifié", id="siren-unchecked"),
        pytest.param({"siren_status": "unknown"}, "siren", State.DOUBTFUL, "ne connaît pas", id="siren-unknown"),
        pytest.param({"siren_status": "closed"}, "siren", State.MISSING, "fermée : est-ce", id="siren-closed"),
        pytest.param({"contact_email": ""}, "contact", State.MISSING, "Sans e-mail", id="nobody-to-write-to"),
    ],
)
def test_one_trouble_at_a_time(changes, key, state, words):
    item = item_of(replace(COMPLETE, **changes), key)
    assert item.state is state
    assert words in item.found.replace("\u00a0", " ").replace("\u202f", " ")


def test_what_stops_the_market_test_comes_first():
    facts = replace(COMPLETE, total_turnover=None, margin_rate=None, contact_email="", siren_status="")
    assert [(item.key, item.blocking) for item in check_file(facts).open] == [
        ("turnover", True),
        ("margin", False),
        ("contact", False),
        ("siren", True),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"total_turnover": None, "siren": ""},
            "Il manque d’abord : chiffre d’affaires total, SIREN du client.",
            id="two-that-stop",
        ),
        pytest.param({"margin_rate": None}, "un point le rendrait plus sûr.", id="one-that-does-not"),
        pytest.param(
            {"margin_rate": None, "contact_email": ""}, "2 points le rendraient plus sûr.", id="two-that-do-not"
        ),
    ],
)
def test_the_headline_says_what_to_get_first(changes, words):
    assert words in check_file(replace(COMPLETE, **changes)).headline.replace("\u00a0", " ")


def test_what_comes_with_the_list_and_the_turnover_is_no_trouble_of_its_own():
    found = {item.key for item in check_file(FileFacts(today=TODAY)).items}
    assert found == {"buyers", "turnover", "losses", "statement", "margin", "siren", "contact"}


def test_the_client_is_asked_only_for_what_it_can_give():
    facts = replace(COMPLETE, losses_said=False, contact_email="", siren_status="", margin_rate=None)
    checklist = check_file(facts)
    assert {item.key for item in checklist.from_client} == {"losses", "margin"}
    assert {item.key for item in checklist.open} - {"losses", "margin"} == {"contact", "siren"}


def test_what_is_doubtful_counts_for_half():
    # Of twelve items, one is missing and one doubtful: 10.5 / 12.
    facts = replace(COMPLETE, margin_rate=None, siren_status="unknown")
    assert check_file(facts).share == Decimal("0.875")


def test_every_item_says_who_can_give_it_and_why():
    for item in check_file(FileFacts(today=TODAY)).items:
        assert item.givers
        assert all(isinstance(giver, Giver) for giver in item.givers)
        assert item.why.endswith(".")
