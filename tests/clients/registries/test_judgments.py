"""What French courts write, and what it means for whoever is owed money."""

import pytest

from clients.registries.judgments import Stage, opens_filing, stage_of

OTHER = "Autre jugement et ordonnance"


@pytest.mark.parametrize(
    ("nature", "detail", "stage", "files"),
    [
        ("Jugement d'ouverture de liquidation judiciaire", "", Stage.LIQUIDATION, True),
        ("Jugement d’ouverture de liquidation judiciaire", "", Stage.LIQUIDATION, True),
        ("Jugement d'ouverture d'une procédure de redressement judiciaire", "", Stage.RECEIVERSHIP, True),
        ("Jugement d'ouverture d'une procédure de sauvegarde accélérée", "", Stage.SAFEGUARD, True),
        ("Jugement d'extension de liquidation judiciaire", "", Stage.LIQUIDATION, True),
        ("Jugement de conversion en liquidation judiciaire", "", Stage.LIQUIDATION, False),
        (
            "Jugement de conversion en redressement judiciaire de la procédure de sauvegarde",
            "",
            Stage.RECEIVERSHIP,
            False,
        ),
        (
            "Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire",
            "",
            Stage.LIQUIDATION,
            True,
        ),
        ("Jugement arrêtant le plan de redressement", "", Stage.CONTINUATION_PLAN, False),
        ("Jugement arrêtant le plan de sauvegarde", "", Stage.CONTINUATION_PLAN, False),
        ("Jugement arrêtant le plan de continuation", "", Stage.CONTINUATION_PLAN, False),
        ("Jugement arrêtant le plan de cession", "", Stage.TRANSFER_PLAN, False),
        ("Jugement de clôture pour insuffisance d'actif", "", Stage.CLOSED_UNPAID, False),
        ("Jugement de clôture pour extinction du passif", "", Stage.CLOSED_PAID, False),
        ("Jugement de clôture de la liquidation judiciaire", "", Stage.ENDED, False),
        ("Jugement mettant fin à la procédure de redressement judiciaire", "", Stage.ENDED, False),
        ("Jugement d'ouverture de rétablissement professionnel", "", Stage.PERSONAL_RECOVERY, False),
        ("Jugement de faillite personnelle", "", Stage.SANCTION, False),
        ("Jugement d'interdiction de gérer", "", Stage.SANCTION, False),
        (
            "Rétractation du jugement d'ouverture de liquidation judiciaire sur tierce opposition",
            "",
            Stage.REVERSED,
            False,
        ),
        ("Arrêt de la cour d'appel infirmant une décision soumise à publicité", "", Stage.REVERSED, False),
        ("Dépôt de l'état des créances", "", Stage.PROCEEDING, False),
        (
            "Liste des créances nées après le jugement d'ouverture de liquidation judiciaire",
            "",
            Stage.PROCEEDING,
            False,
        ),
        (OTHER, "Jugement arrêtant le plan de cession.", Stage.TRANSFER_PLAN, False),
        (OTHER, "La clôture de la procédure pour insuffisance d'actif.", Stage.CLOSED_UNPAID, False),
        (OTHER, "Ouverture d'une procédure de liquidation judiciaire simplifiée.", Stage.LIQUIDATION, True),
        (OTHER, "", Stage.PROCEEDING, False),
        ("", "", Stage.PROCEEDING, False),
    ],
)
def test_the_court_s_own_words_decide(nature, detail, stage, files):
    assert stage_of(nature, detail) is stage
    assert opens_filing(nature, detail) is files
