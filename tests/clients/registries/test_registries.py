"""One table of situations for all the registries, over HTTP against their twins."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import date

import pytest

from clients import registries
from clients.registries import (
    RegistryError,
    RegistryRefused,
    RegistryUnavailable,
    UnreadableRegistry,
    bodacc,
    recherche_entreprises,
    sirene,
    vies,
)
from clients.registries.line import SHORTEST_CALL_SECONDS, Line
from factortaboite.money import NBSP
from tests.clients.registries.conftest import fault

RIMBAULT = "000100123"


@dataclass(frozen=True)
class Registry:
    line: Line

    @property
    def twin(self) -> str:
        return self.line.code.replace("_", "-")

    def ask(self, patience_seconds: float = 5):
        """One ordinary question."""
        match self.line.code:
            case "recherche_entreprises":
                return recherche_entreprises.fetch(RIMBAULT, patience_seconds=patience_seconds)
            case "sirene":
                return sirene.fetch(RIMBAULT, patience_seconds=patience_seconds)
            case "bodacc":
                return next(bodacc.notices_since(date.today(), patience_seconds=patience_seconds))
            case "vies":
                return vies.check_vat("DE136695976", patience_seconds=patience_seconds)


REGISTRIES = [Registry(module.LINE) for module in (recherche_entreprises, sirene, bodacc, vies)]
every_registry = pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.line.code)


def error_of(registry, twins, *faults, expected=RegistryUnavailable, **settings) -> RegistryError:
    twins[registry.twin].set({"faults": list(faults), **settings})
    with pytest.raises(expected) as caught:
        registry.ask()
    assert type(caught.value) is expected
    return caught.value


@every_registry
def test_an_ordinary_question_is_answered(registry, twins):
    answer = registry.ask()
    assert answer.source == f"{registry.line.label} (simulateur)"
    assert sum(twins[registry.twin].calls.values()) == 1


@every_registry
@pytest.mark.parametrize(
    ("kind", "expected", "words"),
    [
        pytest.param("401", RegistryRefused, "{} refuse la clé d’accès (réponse 401).", id="401"),
        pytest.param("403", RegistryRefused, "{} refuse la clé d’accès (réponse 403).", id="403"),
        pytest.param("422", RegistryRefused, "{} refuse la recherche (réponse 422) : « Simulated error »", id="422"),
        pytest.param("429_seconds", RegistryUnavailable, "{} demande de ralentir (réponse 429).", id="429"),
        pytest.param("500", RegistryUnavailable, "{} est indisponible (réponse 500).", id="500"),
        pytest.param("503", RegistryUnavailable, "{} est indisponible (réponse 503).", id="503"),
        pytest.param("drop", RegistryUnavailable, "La connexion avec le service {} a échoué.", id="drop"),
        pytest.param(
            "redirect",
            UnreadableRegistry,
            "{} a donné une réponse illisible : elle renvoie vers une autre adresse (réponse 302), "
            "qui n’est pas suivie.",
            id="redirect",
        ),
        pytest.param("html", UnreadableRegistry, "{} a donné une réponse illisible : une page web.", id="html"),
        pytest.param(
            "broken_json",
            UnreadableRegistry,
            "{} a donné une réponse illisible : ce n’est pas du JSON.",
            id="broken_json",
        ),
        pytest.param(
            "truncated", UnreadableRegistry, "{} a donné une réponse illisible : ce n’est pas du JSON.", id="truncated"
        ),
        pytest.param("huge", UnreadableRegistry, "{} a donné une réponse illisible : elle dépasse 2 Mo.", id="huge"),
    ],
)
def test_what_goes_wrong_is_one_french_sentence(registry, twins, kind, expected, words):
    error = error_of(registry, twins, fault(kind), expected=expected)
    spaced = words.format(registry.line.label)
    for mark in (" :", " »"):
        spaced = spaced.replace(mark, NBSP + mark[1])
    assert error.message == spaced.replace("« ", f"«{NBSP}").replace("2 Mo", f"2{NBSP}Mo")


@every_registry
@pytest.mark.parametrize("kind", ["hang", "slow_drip"])
def test_a_call_that_does_not_end_is_cut(registry, twins, settings, kind):
    settings.REGISTRY_TIMEOUT_SECONDS = 0.3
    started = time.monotonic()
    error = error_of(registry, twins, fault(kind))
    assert error.message == f"{registry.line.label} n’a pas répondu en 0,3{NBSP}s."
    assert time.monotonic() - started < 10  # the twin would go on for much longer


def test_who_looks_at_a_page_waits_two_seconds_at_most(twins, settings, monkeypatch):
    monkeypatch.setattr("clients.registries.line.SHORTEST_CALL_SECONDS", SHORTEST_CALL_SECONDS)
    settings.REGISTRY_TIMEOUT_SECONDS = 6.0
    twins["recherche-entreprises"].set({"faults": [fault("hang")]})
    with pytest.raises(RegistryUnavailable, match=f"^Recherche d’entreprises n’a pas répondu en 2{NBSP}s[.]$"):
        recherche_entreprises.fetch(RIMBAULT, patience_seconds=0.5)


@every_registry
def test_a_wrong_shape_is_never_guessed(registry, twins):
    error = error_of(registry, twins, fault("wrong_shape"), expected=UnreadableRegistry)
    assert error.message.startswith(f"{registry.line.label} a donné une réponse illisible{NBSP}: ")


@pytest.mark.parametrize("registry", [REGISTRIES[0], REGISTRIES[1], REGISTRIES[3]], ids=lambda one: one.line.code)
def test_an_answer_about_somebody_else_is_no_answer(registry, twins):
    error = error_of(registry, twins, fault("other_buyer"), expected=UnreadableRegistry)
    assert "elle porte sur un" in error.message


@pytest.mark.parametrize("registry", [REGISTRIES[0], REGISTRIES[2], REGISTRIES[3]], ids=lambda one: one.line.code)
def test_a_404_does_not_mean_that_nobody_is_there(registry, twins):
    error_of(registry, twins, fault("404"), expected=RegistryRefused)


@every_registry
@pytest.mark.parametrize("kind", ["429_seconds", "429_date"])
def test_a_429_rests_the_registry_for_as_long_as_it_asks(registry, twins, kind):
    error = error_of(registry, twins, fault(kind, seconds=60, times=1), expected=RegistryUnavailable)
    assert 30 <= error.retry_after_seconds <= 60
    with pytest.raises(RegistryUnavailable) as caught:
        registry.ask()
    assert caught.value.message.startswith(
        f"{registry.line.label} est trop sollicité{NBSP}: nouvel essai possible dans "
    )
    assert 30 <= caught.value.retry_after_seconds <= 60
    assert sum(twins[registry.twin].calls.values()) == 1


@every_registry
def test_whoever_is_patient_waits_for_the_end_of_the_rest(registry, twins):
    started = time.monotonic()
    error_of(registry, twins, fault("429_seconds", seconds=1, times=1))
    assert registry.ask(patience_seconds=60)
    assert time.monotonic() - started > 0.98


@every_registry
def test_after_three_breakdowns_in_a_row_nobody_insists(registry, twins):
    for _ in range(3):
        error_of(registry, twins, fault("500"))
    error = error_of(registry, twins)
    assert "est trop sollicité" in error.message
    assert 28 < error.retry_after_seconds <= 30
    assert sum(twins[registry.twin].calls.values()) == 3


@every_registry
def test_an_answer_in_between_forgets_the_breakdowns(registry, twins):
    twins[registry.twin].set({"faults": [fault("500", times=2)]})
    for _ in range(2):
        with pytest.raises(RegistryUnavailable):
            registry.ask()
    registry.ask()
    error_of(registry, twins, fault("500", times=1))
    registry.ask()


@every_registry
def test_an_address_that_only_our_servers_reach_is_not_called(registry, twins, settings):
    settings.SIRENE_KEY = "some-key"
    settings.REGISTRY_URLS = {registry.line.code: settings.SANDBOX_URL.replace("127.0.0.1", "localhost")}
    with pytest.raises(RegistryUnavailable, match="La connexion avec le service"):
        registry.ask()
    assert not twins[registry.twin].calls


@every_registry
def test_nobody_listens(registry, twins, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    with pytest.raises(RegistryUnavailable, match="La connexion avec le service"):
        registry.ask()


@every_registry
def test_redis_away_holds_nothing_back(registry, twins, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert registry.ask()


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(lambda: registries.fetch(RIMBAULT), id="fetch"),
        pytest.param(lambda: registries.search("Chauff’Est Rimbault")[0], id="search"),
    ],
)
@pytest.mark.parametrize("kind", ["500", "html", "wrong_shape", "403"])
def test_sirene_answers_for_a_registry_that_does_not(twins, question, kind):
    twins["recherche-entreprises"].set({"faults": [fault(kind)]})
    found = question()
    assert (found.siren, found.source) == (RIMBAULT, "Sirene (Insee) (simulateur)")


def test_of_two_failures_the_first_is_told(twins):
    twins["recherche-entreprises"].set({"faults": [fault("500")]})
    twins["sirene"].set({"faults": [fault("401")]})
    with pytest.raises(RegistryUnavailable, match="Recherche d’entreprises est indisponible"):
        registries.fetch(RIMBAULT)


def test_without_a_key_sirene_is_not_asked(twins, settings):
    settings.REGISTRY_URLS = settings.REGISTRY_URLS | {"sirene": "https://sirene.example"}
    twins["recherche-entreprises"].set({"faults": [fault("500")]})
    with pytest.raises(RegistryUnavailable, match="Recherche d’entreprises est indisponible"):
        registries.fetch(RIMBAULT)
    with pytest.raises(RegistryRefused, match="il manque la clé"):
        sirene.fetch(RIMBAULT)


def same_but_for_the_source(facts):
    return replace(facts, source="", updated_on=None, closed_on=None, sites=())


@pytest.mark.parametrize("siren", ["000100123", "000100172", "000200071", "000200113", "000200121", "356000000"])
def test_both_registries_of_companies_tell_the_same(twins, siren):
    one, other = recherche_entreprises.fetch(siren), sirene.fetch(siren)
    assert same_but_for_the_source(one) == same_but_for_the_source(other)


def test_production_asks_the_registries_themselves():
    environment = {
        "PRODUCTION": "1",
        "DATABASE_URL": "postgres://somebody@db.example/factortaboite",
        "REDIS_URL": "redis://redis.example",
        "SECRET_KEY": "k3Yq0Zr8vT1mWc5Xn7LdP2sHa9GfJ4bUe6RoI-QyMxBtNwCzVuDh",
        "SEALING_KEY": "hDuVzCwNtBxMyQ-IoR6eUb4JfG9aHs2PdL7nX5cWm1Tv8rZ0qY3k",
        "SITE_URL": "https://courtier.example",
        "ALLOWED_HOSTS": "courtier.example",
        "EMAIL_URL": "smtp://mail.example",
        "VIES_URL": "https://vies.example/",
    }
    program = "import json, factortaboite.settings as s; print(json.dumps([s.REGISTRY_URLS, s.SIRENE_KEY]))"
    printed = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout
    assert json.loads(printed) == [
        {
            "recherche_entreprises": "https://recherche-entreprises.api.gouv.fr",
            "sirene": "https://api.insee.fr/api-sirene/3.11",
            "bodacc": "https://bodacc-datadila.opendatasoft.com",
            "vies": "https://vies.example",
        },
        "",
    ]
