"""The registries' twins refuse what the real ones refuse, over HTTP and without our readers."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest

from factortaboite.demo.buyers import DEMO_BUYERS
from factortaboite.sandbox.app import Sandbox, serving
from factortaboite.sandbox.credentials import SIRENE_KEY
from factortaboite.sandbox.register import BY_SIREN, REGISTER

RECORDS = "/bodacc/api/explore/v2.1/catalog/datasets/annonces-commerciales/records"
KEY = {"X-INSEE-Api-Key-Integration": SIRENE_KEY}


@asynccontextmanager
async def opened(**settings):
    sandbox = Sandbox()
    for twin in sandbox.twins.values():
        twin.set({"latency_seconds": 0, "rate_per_second": None})
    for name, changes in settings.items():
        sandbox.twins[name.replace("_", "-")].set(changes)
    async with serving(sandbox) as url, aiohttp.ClientSession(url) as session:
        yield session


def got(path: str, headers: dict | None = None, **params) -> tuple[int, dict]:
    async def scene():
        async with opened() as session, session.get(path, params=params, headers=headers) as reply:
            return reply.status, await reply.json()

    return asyncio.run(scene())


def passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def test_the_register_holds_the_demos_buyers_and_nobody_real_but_la_poste():
    assert {buyer.id_value for buyer in DEMO_BUYERS if buyer.id_type == "siren"} < set(BY_SIREN)
    assert len(BY_SIREN) == len(REGISTER)
    for company in REGISTER:
        assert company.siren.startswith("000") or company.name == "La Poste"
        assert passes_luhn(company.siren) and passes_luhn(company.siret)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({}, "Veuillez indiquer au moins un paramètre de recherche.", id="nothing"),
        pytest.param({"q": "LE"}, "3 caractères minimum pour les termes de la requête.", id="too short"),
        pytest.param({"q": "LENS", "per_page": "26"}, "Veuillez indiquer un paramètre `per_page`", id="too many"),
        pytest.param({"q": "LENS", "page": "x"}, "Veuillez indiquer un paramètre `page` entier.", id="no number"),
        pytest.param({"q": "LENS", "page": "1001", "per_page": "10"}, "Veuillez indiquer", id="beyond 10 000"),
    ],
)
def test_recherche_entreprises_refuses_in_its_own_words(params, message):
    status, body = got("/recherche-entreprises/search", **params)
    assert status == 400
    assert body["erreur"].startswith(message)


def test_a_siren_ignores_every_filter_and_matches_no_establishment():
    _, body = got("/recherche-entreprises/search", q="356000000", code_postal="13001")
    assert [result["siren"] for result in body["results"]] == ["356000000"]
    assert body["results"][0]["matching_etablissements"] == []


def test_the_minimal_form_leaves_out_what_was_not_asked_for():
    _, body = got("/recherche-entreprises/search", q="GARONNEL", minimal="true", include="siege")
    assert {"siege", "matching_etablissements", "finances"} & set(body["results"][0]) == {"siege"}
    _, body = got("/recherche-entreprises/search", q="GARONNEL", per_page="2")
    assert (body["total_results"], body["total_pages"], len(body["results"])) == (3, 2, 2)


def test_what_is_kept_from_the_public_is_nowhere():
    text = json.dumps(
        [got("/recherche-entreprises/search", q="000200121"), got("/sirene/siret", KEY, q="siren:000200121")]
    )
    assert "[NON-DIFFUSIBLE]" in text and "[ND]" in text
    assert "NOMCACH" not in text.upper() and "DOMINIQUE" not in text.upper() and "VIGNES" not in text


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        pytest.param({}, "siren:356000000", 401, id="no key"),
        pytest.param({"X-INSEE-Api-Key-Integration": "x"}, "siren:356000000", 401, id="a wrong key"),
        pytest.param(KEY, "nonsense", 400, id="a query it does not understand"),
        pytest.param(KEY, "siren:732829320", 404, id="nobody"),
        pytest.param(KEY, "siren:356000000", 200, id="known"),
    ],
)
def test_sirene_says_its_status_in_the_body_too(headers, query, status):
    answered, body = got("/sirene/siret", headers, q=query)
    assert (answered, body["header"]["statut"]) == (status, status)


@pytest.mark.parametrize(
    ("limit", "offset", "status"), [(100, 0, 200), (101, 0, 400), (0, 0, 400), (100, 9_900, 200), (100, 9_901, 400)]
)
def test_bodacc_gives_a_hundred_at_once_within_its_window(limit, offset, status):
    assert got(RECORDS, limit=str(limit), offset=str(offset))[0] == status


def test_bodacc_writes_json_inside_strings_and_each_siren_twice():
    _, body = got(RECORDS, where='registre="000200048"')
    (record,) = body["results"]
    assert record["registre"] == ["000200048", "000 200 048"]
    assert json.loads(record["jugement"])["nature"] == "Jugement d'ouverture de liquidation judiciaire"


@pytest.mark.parametrize(
    "wrong", [{"notices": [{"nature": "no siren"}]}, {"notices": [{"siren": "1", "speed": 1}]}, {"speed": 1}]
)
def test_a_notice_that_cannot_be_published_is_refused(wrong):
    async def scene():
        async with opened() as session, session.post("/control", json={"partner": "bodacc", **wrong}) as reply:
            return reply.status

    assert asyncio.run(scene()) == 400


def test_the_eighth_call_of_a_second_is_turned_away():
    async def scene():
        async with opened(recherche_entreprises={"rate_per_second": 7}) as session:
            replies = [await session.get("/recherche-entreprises/search", params={"q": "LENS"}) for _ in range(8)]
            return [reply.status for reply in replies]

    assert 429 in asyncio.run(scene())
