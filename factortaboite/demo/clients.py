"""The demo firm's other clients, one or two at each stage of the pipeline. All fictitious, like their SIRENs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoClient:
    """Days count from the day the demonstration is loaded. `buyers` are (name, SIREN, amount asked in k€ HT); `asked`
    says whether a market test has used them. `followed_by` is a place among the demo's people."""

    name: str
    siren: str
    contact: str
    stage: str
    first_contact_days_ago: int
    followed_by: int
    action: str = ""
    action_in_days: int = 0
    covered_after_days: int | None = None
    lost_because: str = ""
    buyers: tuple[tuple[str, str, int], ...] = ()
    asked: bool = False


DEMO_CLIENTS = (
    DemoClient("Ateliers Corvane", "000300012", "Marius Corvane", "prospect", 2, 1, "Obtenir la balance âgée", 1),
    DemoClient("Transports Maribault", "000300020", "Odile Maribault", "prospect", 6, 1),
    DemoClient(
        "Emballages Rostane",
        "000300038",
        "Luc Rostane",
        "snapshot",
        4,
        1,
        "Lancer le test à blanc",
        buyers=(
            ("Conserves Brévanne", "000300046", 90),
            ("Biscuiterie Lamorelle", "000300053", 60),
            ("Primeurs Dastrel", "000300061", 25),
        ),
    ),
    DemoClient(
        "Imprimerie Solvaire",
        "000300079",
        "Agathe Solvaire",
        "offer",
        8,
        1,
        "Relancer Mme Solvaire sur l’offre",
        -1,
        buyers=(("Éditions Querdal", "000300087", 120), ("Publicité Fontabrel", "000300095", 45)),
        asked=True,
    ),
    DemoClient(
        "Charpentes Ornelle",
        "000300103",
        "Basile Ornelle",
        "placement",
        12,
        2,
        "Renvoyer le questionnaire signé à l’assureur",
        2,
        buyers=(("Maisons Trévizel", "000300111", 200), ("Habitat Courlange", "000300129", 80)),
        asked=True,
    ),
    DemoClient("Laiterie Sabournel", "000300137", "Ève Sabournel", "contract", 210, 1, covered_after_days=9),
    DemoClient(
        "Menuiseries Hautlieu",
        "000300145",
        "Denis Hautlieu",
        "renewal",
        340,
        0,
        "Demander la balance du mois pour le renouvellement",
        5,
        covered_after_days=14,
    ),
    DemoClient(
        "Verrerie Castelmire",
        "000300152",
        "Jeanne Castelmire",
        "lost",
        25,
        1,
        lost_because="Garanties insuffisantes sur ses trois plus gros acheteurs",
    ),
)
