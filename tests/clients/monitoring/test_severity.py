"""What deserves an alert, in the words of the courts, by the order that DOMAIN.md and the registries' notes give."""

import pytest

from clients.monitoring.kinds import OPENED, EventKind
from clients.monitoring.severity import ALERTS, Level, says, todo, todo_when_late
from clients.registries.judgments import opens_filing, stage_of


@pytest.mark.parametrize(
    ("nature", "level", "begins", "files"),
    [
        ("Jugement d'ouverture de liquidation judiciaire", Level.CRITICAL, "En liquidation judiciaire", True),
        ("Jugement d'extension de liquidation judiciaire", Level.CRITICAL, "En liquidation judiciaire", True),
        (
            "Jugement d'ouverture d'une procédure de redressement judiciaire",
            Level.CRITICAL,
            "En redressement judiciaire",
            True,
        ),
        ("Jugement d'ouverture d'une procédure de sauvegarde", Level.CRITICAL, "En procédure de sauvegarde", True),
        ("Jugement de conversion en liquidation judiciaire", Level.CRITICAL, "Passe en liquidation judiciaire", False),
        (
            "Jugement de conversion en redressement judiciaire de la procédure de sauvegarde",
            Level.CRITICAL,
            "Passe en redressement judiciaire",
            False,
        ),
        ("Jugement d'ouverture de rétablissement professionnel", Level.CRITICAL, "En rétablissement", False),
        ("Jugement arrêtant le plan de cession", Level.IMPORTANT, "Plan de cession", False),
        ("Jugement de clôture pour insuffisance d'actif", Level.IMPORTANT, "Procédure close pour insuffisance", False),
        ("Jugement arrêtant le plan de redressement", Level.IMPORTANT, "Plan de sauvegarde ou de redressement", False),
        ("Jugement de clôture pour extinction du passif", Level.INFORMATION, "Sa procédure collective est", False),
        ("Jugement prononçant la résolution du plan de redressement", Level.CRITICAL, "Son plan de sauvegarde", False),
        ("Dépôt de l'état des créances", Level.INFORMATION, "Une nouvelle étape", False),
    ],
)
def test_a_judgment_is_an_alert_of_its_level(nature, level, begins, files):
    kind, opens = stage_of(nature), opens_filing(nature)
    assert opens is files
    assert ALERTS[kind].level is level
    assert says(kind, opens_filing=opens).startswith(begins)
    assert ("déclarez la créance" in todo(kind, opens_filing=opens)) is files


def test_the_order_of_seriousness():
    order = list(ALERTS)
    ranked = [
        EventKind.LIQUIDATION,
        EventKind.RECEIVERSHIP,
        EventKind.SAFEGUARD,
        EventKind.TRANSFER_PLAN,
        EventKind.CLOSED_UNPAID,
        EventKind.STRUCK_OFF,
        EventKind.CLOSED,
        EventKind.ACCOUNTS,
    ]
    assert sorted(ranked, key=order.index) == ranked
    levels = [rule.level for rule in ALERTS.values()]
    assert levels == sorted(levels)
    assert order[-1] is EventKind.ACCOUNTS


def test_a_new_name_or_seat_is_no_alert():
    assert set(EventKind) - set(ALERTS) == {
        EventKind.RENAMED,
        EventKind.MOVED,
        EventKind.BOUGHT,
        EventKind.OTHER_NOTICE,
    }


@pytest.mark.parametrize("kind", list(ALERTS))
def test_every_alert_says_what_happened_and_what_to_do(kind):
    for opens in {True, kind not in OPENED}:
        for sentence in (says(kind, opens_filing=opens), todo(kind, opens_filing=opens)):
            assert sentence[0].isupper() and sentence.endswith(".")
    assert todo(kind, is_own_client=True).startswith("C’est votre client lui-même")


def test_once_it_is_too_late_to_file():
    assert "relevé de forclusion au plus tard le 16 mars 2027 (art. L. 622-26)" in todo_when_late("16 mars 2027")
    assert todo_when_late().startswith("Vérifiez que la créance a été déclarée à temps")
