"""What French courts write, and what it means for whoever is owed money."""

import pytest

from clients.monitoring.kinds import EventKind
from clients.registries.judgments import opens_filing, stage_of

OTHER = "Autre jugement et ordonnance"
CALL = (
    "Les déclarations des créances sont à adresser au liquidateur ou sur le portail électronique prévu par les "
    "articles L.814-2 et L.814-13 du code de commerce dans les deux mois à compter de la publication au Bodacc."
)


@pytest.mark.parametrize(
    ("nature", "detail", "stage", "files"),
    [
        ("Jugement d'ouverture de liquidation judiciaire", "", EventKind.LIQUIDATION, True),
        ("Jugement d’ouverture de liquidation judiciaire", "", EventKind.LIQUIDATION, True),
        ("Jugement d'ouverture d'une procédure de redressement judiciaire", "", EventKind.RECEIVERSHIP, True),
        ("Jugement d'ouverture d'une procédure de sauvegarde accélérée", "", EventKind.SAFEGUARD, True),
        ("Jugement d'extension de liquidation judiciaire", "", EventKind.LIQUIDATION, True),
        ("Jugement de conversion en liquidation judiciaire", "", EventKind.LIQUIDATION, False),
        (
            "Jugement de conversion en redressement judiciaire de la procédure de sauvegarde",
            "",
            EventKind.RECEIVERSHIP,
            False,
        ),
        (
            "Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire",
            "",
            EventKind.LIQUIDATION,
            True,
        ),
        ("Jugement arrêtant le plan de redressement", "", EventKind.CONTINUATION_PLAN, False),
        ("Jugement arrêtant le plan de sauvegarde", "", EventKind.CONTINUATION_PLAN, False),
        ("Jugement arrêtant le plan de continuation", "", EventKind.CONTINUATION_PLAN, False),
        ("Jugement arrêtant le plan de cession", "", EventKind.TRANSFER_PLAN, False),
        ("Jugement de clôture pour insuffisance d'actif", "", EventKind.CLOSED_UNPAID, False),
        ("Jugement de clôture pour extinction du passif", "", EventKind.CLOSED_PAID, False),
        ("Jugement de clôture de la liquidation judiciaire", "", EventKind.ENDED, False),
        ("Jugement mettant fin à la procédure de redressement judiciaire", "", EventKind.ENDED, False),
        ("Jugement d'ouverture de rétablissement professionnel", "", EventKind.PERSONAL_RECOVERY, False),
        ("Jugement de faillite personnelle", "", EventKind.SANCTION, False),
        ("Jugement d'interdiction de gérer", "", EventKind.SANCTION, False),
        (
            "Rétractation du jugement d'ouverture de liquidation judiciaire sur tierce opposition",
            "",
            EventKind.REVERSED,
            False,
        ),
        ("Arrêt de la cour d'appel infirmant une décision soumise à publicité", "", EventKind.REVERSED, False),
        ("Dépôt de l'état des créances", "", EventKind.PROCEEDING, False),
        (
            "Liste des créances nées après le jugement d'ouverture de liquidation judiciaire",
            "",
            EventKind.PROCEEDING,
            False,
        ),
        (OTHER, "Jugement arrêtant le plan de cession.", EventKind.TRANSFER_PLAN, False),
        (OTHER, "La clôture de la procédure pour insuffisance d'actif.", EventKind.CLOSED_UNPAID, False),
        (OTHER, "Ouverture d'une procédure de liquidation judiciaire simplifiée.", EventKind.LIQUIDATION, True),
        (OTHER, "", EventKind.PROCEEDING, False),
        # The nature says that a procedure is opened, the detail which.
        (
            "Autre jugement d'ouverture",
            "Jugement prononçant la liquidation judiciaire, désignant liquidateur la SELARL Exemple.",
            EventKind.LIQUIDATION,
            True,
        ),
        (
            "Autre jugement prononçant",
            "Jugement prononçant la réouverture de la procédure de liquidation judiciaire.",
            EventKind.LIQUIDATION,
            True,
        ),
        # No word of an opening, but creditors are called on to file.
        ("Jugement prononçant la liquidation judiciaire", f"Liquidateur SELARL Exemple. {CALL}", "liquidation", True),
        ("Autre jugement prononçant", f"Jugement de redressement judiciaire. {CALL}", EventKind.RECEIVERSHIP, True),
        ("Jugement de conversion en liquidation judiciaire", CALL, EventKind.LIQUIDATION, False),
        (OTHER, f"Jugement de conversion en liquidation judiciaire. {CALL}", EventKind.LIQUIDATION, False),
        # A plan that is undone is the contrary of a plan.
        ("Jugement prononçant la résolution du plan de redressement", "", EventKind.PLAN_FAILED, False),
        (
            "Jugement prononçant la résolution du plan de sauvegarde et le redressement judiciaire",
            "",
            EventKind.RECEIVERSHIP,
            True,
        ),
        (
            "Jugement prononçant la résolution du plan de cession et la liquidation judiciaire",
            "",
            EventKind.LIQUIDATION,
            True,
        ),
        (
            "Jugement mettant fin à la procédure de traitement de sortie de crise et ouvrant une procédure de "
            "liquidation judiciaire",
            "",
            EventKind.LIQUIDATION,
            True,
        ),
        (
            "Jugement d'ouverture d'une procédure de traitement de sortie de crise",
            "",
            EventKind.RECEIVERSHIP,
            True,
        ),
        ("Jugement de plan de traitement de sortie de crise", "", EventKind.CONTINUATION_PLAN, False),
        # Steps of a procedure, whose details name it again.
        (
            "Jugement modifiant la date de cessation des paiements",
            "Dans la liquidation judiciaire, la date est reportée au 1er mars 2026.",
            EventKind.PROCEEDING,
            False,
        ),
        ("Jugement de désignation des organes de la procédure", "Liquidation judiciaire.", "proceeding", False),
        ("Jugement accordant un délai pour déposer la liste des créances", "Liquidation.", "proceeding", False),
        ("", "", EventKind.PROCEEDING, False),
    ],
)
def test_the_court_s_own_words_decide(nature, detail, stage, files):
    assert stage_of(nature, detail) is EventKind(stage)
    assert opens_filing(nature, detail) is files
