"""The BODACC's notices: their many shapes, and all portfolios in a few calls."""

import json
from datetime import date, timedelta

import pytest

from clients.monitoring.kinds import EventKind
from clients.registries import (
    NoticeKind,
    RegistryUnavailable,
    UnreadableRegistry,
    bodacc,
    notices_about_all,
    notices_since,
)
from clients.registries.bodacc import LINE, read_notice
from clients.registries.reading import Record
from factortaboite.sandbox.register import fictitious_siren
from tests.clients.registries.conftest import fault

# Of a record in a public test (OUTSIDE_SYSTEMS.md §2.3).
RECORDED = {
    "id": "A202601765232",
    "publicationavis": "A",
    "parution": "20260176",
    "dateparution": "2026-09-15",
    "numeroannonce": 5232,
    "typeavis": "annonce",
    "typeavis_lib": "Avis initial",
    "familleavis": "collective",
    "familleavis_lib": "Procédures collectives",
    "numerodepartement": "64",
    "tribunal": "Greffe du Tribunal Judiciaire de Bayonne",
    "commercant": "…",
    "ville": "BIARRITZ",
    "cp": "64200",
    "registre": ["894670793", "894 670 793"],
    "jugement": '{"famille": "Jugement d\'ouverture", "nature": "Jugement d\'ouverture de liquidation judiciaire", '
    '"date": "2026-09-08", "complementJugement": "…"}',
    "acte": None,
    "parutionavisprecedent": None,
    "listepersonnes": '{"personne": {"nom": "EXEMPLE", "prenom": "Camille"}}',
    "url_complete": "https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:A202601765232",
}
PERSON = {"typePersonne": "pm", "numeroImmatriculation": {"numeroIdentification": "482 309 382", "codeRCS": "RCS"}}


def notice(**changes):
    return read_notice(Record(RECORDED | changes, LINE))


def test_a_recorded_notice():
    read = notice()
    assert (read.reference, read.family, read.kind) == ("A202601765232", "collective", NoticeKind.INITIAL)
    assert (read.published_on, read.decided_on) == (date(2026, 9, 15), date(2026, 9, 8))
    assert read.sirens == ("894670793",)
    assert (read.stage, read.opens_filing) == (EventKind.LIQUIDATION, True)
    assert read.court == "Greffe du Tribunal Judiciaire de Bayonne"
    assert read.url.endswith("A202601765232")


def test_the_persons_it_names_are_not_kept():
    kept = notice().content
    assert "EXEMPLE" not in kept
    assert json.loads(kept)["jugement"] == RECORDED["jugement"]


@pytest.mark.parametrize(
    ("registre", "sirens"),
    [
        pytest.param(["482 309 382", "482309382"], ("482309382",), id="twice the same"),
        pytest.param("323623603 R.C.S. Pontoise", ("323623603",), id="an older row"),
        pytest.param("323 623 603 R.C.S. Pontoise", ("323623603",), id="an older row with spaces"),
        pytest.param("482\u00a0309\u00a0382", ("482309382",), id="no-break spaces"),
        pytest.param(["482309382", "482 309 382", "894670793"], ("482309382", "894670793"), id="seller and buyer"),
        pytest.param(["482309383"], (), id="a wrong key"),
        pytest.param(["356 000 000"], ("356000000",), id="La Poste"),
        pytest.param(["000", None, 7, {}], (), id="nonsense"),
        pytest.param(None, (), id="an association without register"),
        pytest.param("48230938200013", (), id="a SIRET is not a SIREN and something"),
    ],
)
def test_the_register_in_all_its_spellings(registre, sirens):
    assert notice(registre=registre).sirens == sirens


JUDGMENT = {"nature": "Jugement d'ouverture d'une procédure de sauvegarde", "date": "10 décembre 2009"}


@pytest.mark.parametrize(
    "jugement",
    [
        pytest.param(json.dumps(JUDGMENT), id="JSON in a string"),
        pytest.param(JUDGMENT, id="an object"),
        pytest.param([JUDGMENT], id="a list of one"),
        pytest.param(json.dumps([JUDGMENT]), id="a list in a string"),
        pytest.param({"jugement": JUDGMENT}, id="one level deeper"),
    ],
)
def test_a_judgment_in_all_its_shapes(jugement):
    read = notice(jugement=jugement)
    assert (read.stage, read.decided_on) == (EventKind.SAFEGUARD, date(2009, 12, 10))


@pytest.mark.parametrize("jugement", [None, "", "null", "{'nature': ", [], "texte", 7, {"date": "bientôt"}, "\ud800"])
def test_a_judgment_that_cannot_be_read_is_still_a_notice(jugement):
    read = notice(jugement=jugement)
    assert (read.stage, read.nature, read.decided_on, read.opens_filing) == (EventKind.PROCEEDING, "", None, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"familleavis": ""},
        {"dateparution": None},
        {"dateparution": "demain"},
        {"id": ["A1"]},
        {"id": "A" * 31},
    ],
)
def test_without_id_family_or_day_it_is_none(changes):
    with pytest.raises(UnreadableRegistry):
        notice(**changes)


PREVIOUS = {"nomPublication": "BODACC A", "numeroParution": "20260170", "dateParution": "2026-09-07"}


@pytest.mark.parametrize(
    ("changes", "kind", "corrects"),
    [
        pytest.param(
            {"typeavis": "rectificatif", "parutionavisprecedent": json.dumps(PREVIOUS | {"numeroAnnonce": "1234"})},
            NoticeKind.RECTIFICATION,
            "A202601701234",
            id="rectification",
        ),
        pytest.param(
            {"typeavis": "annulation", "parutionavisprecedent": PREVIOUS | {"numeroAnnonce": 1234}},
            NoticeKind.CANCELLATION,
            "A202601701234",
            id="cancellation",
        ),
        pytest.param(
            {
                "typeavis": "rectificatif",
                "familleavis": "radiation",
                "jugement": None,
                "radiationaurcs": '{"commentaire": "Rapport de la radiation d\'office"}',
                "parutionavisprecedent": {
                    "nomPublication": "BODACC B",
                    "numeroParution": "20260170",
                    "numeroAnnonce": "8",
                },
            },
            NoticeKind.CANCELLATION,
            "B202601708",
            id="a removal from the register that is taken back",
        ),
        pytest.param({"typeavis": "annulation"}, NoticeKind.CANCELLATION, "", id="of what, it does not say"),
        pytest.param(
            {"typeavis": None, "typeavis_lib": "Avis rectificatif"}, NoticeKind.RECTIFICATION, "", id="by its label"
        ),
        pytest.param(
            {"typeavis": "annulation", "parutionavisprecedent": {"nomPublication": "JO", "numeroParution": "1"}},
            NoticeKind.CANCELLATION,
            "",
            id="of another bulletin",
        ),
    ],
)
def test_rectifications_and_cancellations_say_of_what(changes, kind, corrects):
    read = notice(**changes)
    assert (read.kind, read.corrects) == (kind, corrects)


def test_a_cancellation_may_tell_the_bulletin_and_the_day_alone():
    read = notice(typeavis="annulation", parutionavisprecedent=json.dumps(PREVIOUS | {"dateParution": "2026-09-07"}))
    assert (read.corrects, read.corrects_bulletin, read.corrects_day) == ("", "A20260170", date(2026, 9, 7))


@pytest.mark.parametrize("odd", [7, ["x"], {"a": "b"}, "X" * 5000], ids=["number", "list", "object", "endless"])
def test_a_judgment_is_not_lost_with_a_member_it_can_do_without(odd):
    read = notice(tribunal=odd, commercant=odd, url_complete=odd, typeavis=odd, typeavis_lib=odd)
    assert (read.stage, read.kind, read.sirens) == (EventKind.LIQUIDATION, NoticeKind.INITIAL, ("894670793",))


def test_filed_accounts_say_of_which_year():
    read = notice(
        familleavis="dpc", jugement=None, depot='{"dateCloture": "2025-12-31", "typeDepot": "Comptes annuels"}'
    )
    assert (read.decided_on, read.nature, read.stage) == (date(2025, 12, 31), "Comptes annuels", None)


def test_a_sale_is_not_a_failure(twins):
    (sale,) = notices_since(date.today() - timedelta(days=30), families=("vente",))
    assert set(sale.sirens) == {"000200105", "000100107"}
    assert sale.sellers == ("000100107",)
    assert sale.nature.startswith("Achat d'un fonds")
    assert sale.stage is None


@pytest.mark.parametrize(
    ("before", "sellers"),
    [
        pytest.param({"personne": PERSON}, ("482309382",), id="an object"),
        pytest.param(json.dumps({"personne": PERSON}), ("482309382",), id="JSON in a string"),
        pytest.param(json.dumps({"personne": [PERSON, {"nom": "EXEMPLE"}]}), ("482309382",), id="two of them"),
        pytest.param({"personne": {"montantCapital": "482309382"}}, (), id="another number"),
        pytest.param("[", (), id="no JSON"),
        pytest.param(None, (), id="a first opening"),
    ],
)
def test_a_sale_says_who_had_the_business_before(before, sellers):
    read = notice(familleavis="vente", jugement=None, acte="{}", listeprecedentproprietaire=before)
    assert read.sellers == sellers
    assert read.sirens == ("894670793", *sellers)


def test_one_family_of_queries_serves_all_portfolios(twins):
    notices = list(notices_since(date.today() - timedelta(days=60)))
    assert len(notices) == 263
    assert len({one.reference for one in notices}) == 263
    assert [one.published_on for one in notices] == sorted(one.published_on for one in notices)
    assert twins["bodacc"].calls == {"notices": 3}


def test_only_what_was_published_since(twins):
    since = date.today() - timedelta(days=4)
    notices = list(notices_since(since, families=("collective",)))
    assert {one.family for one in notices} == {"collective"}
    assert min(one.published_on for one in notices) == since


def test_beyond_the_window_the_query_goes_on_from_the_last_day(twins, monkeypatch):
    since = date.today() - timedelta(days=60)
    everything = [one.reference for one in notices_since(since)]
    monkeypatch.setattr(bodacc, "WINDOW", 100)
    assert [one.reference for one in notices_since(since)] == everything


def test_a_day_that_fills_a_window_is_read_family_by_family(twins, monkeypatch):
    since = date.today() - timedelta(days=60)
    everything = {one.reference for one in notices_since(since)}
    for name in ("WINDOW", "PAGE"):
        monkeypatch.setattr(bodacc, name, 37)  # of one day there are 38, one of them a sale
    assert {one.reference for one in notices_since(since)} == everything


def test_more_in_a_day_than_a_window_holds_is_said(twins, monkeypatch):
    monkeypatch.setattr(bodacc, "WINDOW", 20)
    monkeypatch.setattr(bodacc, "PAGE", 20)
    with pytest.raises(UnreadableRegistry, match="plus de 20 annonces pour le seul"):
        list(notices_since(date.today() - timedelta(days=6)))


def about(siren: str) -> list:
    return list(notices_about_all([siren], since=date.today() - timedelta(days=60)))


def test_all_about_one_company_in_either_spelling(twins):
    assert [one.stage for one in about("000200097")] == [EventKind.SAFEGUARD, EventKind.SAFEGUARD]
    assert [one.family for one in about("000100016")] == ["dpc"]
    assert not about("000200098")


def test_a_notice_published_through_the_control(twins):
    siren = fictitious_siren(77)
    twins["bodacc"].set({"notices": [{"siren": siren, "nature": "Jugement d'ouverture de liquidation judiciaire"}]})
    (read,) = about(siren)
    assert (read.stage, read.published_on) == (EventKind.LIQUIDATION, date.today())


NESTED = {"a": {}}
for _ in range(600):
    NESTED = {"a": NESTED}


@pytest.mark.parametrize(
    "wrong",
    [{"id": None}, {"dateparution": "x"}, {"id": "A1", "jugement": NESTED}],
    ids=["no id", "no day", "nested without end"],
)
def test_one_unreadable_notice_does_not_hold_back_the_others(monkeypatch, wrong):
    answer = {"total_count": 2, "results": [RECORDED | wrong, RECORDED]}
    monkeypatch.setattr("clients.registries.line.Line.get", lambda line, path, **asked: answer)
    assert [one.reference for one in notices_since(date(2026, 9, 1))] == ["A202601765232"]


def test_the_old_shape_is_refused_as_such(twins):
    twins["bodacc"].set({"faults": [fault("wrong_shape")]})
    with pytest.raises(UnreadableRegistry, match="liste attendue"):
        list(notices_since(date.today()))


def test_what_was_read_before_a_breakdown_is_not_lost(twins):
    notices = notices_since(date.today() - timedelta(days=60))
    first = [next(notices) for _ in range(100)]
    twins["bodacc"].set({"faults": [fault("500")]})
    assert len(first) == 100
    with pytest.raises(RegistryUnavailable):
        next(notices)
