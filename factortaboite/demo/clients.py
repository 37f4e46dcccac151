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
    DemoClient("Ateliers Corvane", "000600015", "Marius Corvane", "prospect", 2, 1, "Obtenir la balance âgée", 1),
    DemoClient("Transports Maribault", "000600023", "Odile Maribault", "prospect", 6, 1),
    DemoClient(
        "Emballages Rostane",
        "000600031",
        "Luc Rostane",
        "snapshot",
        4,
        1,
        "Lancer le test à blanc",
        buyers=(
            ("Conserves Brévanne", "000600049", 90),
            ("Biscuiterie Lamorelle", "000600056", 60),
            ("Primeurs Dastrel", "000600064", 25),
        ),
    ),
    DemoClient(
        "Imprimerie Solvaire",
        "000600072",
        "Agathe Solvaire",
        "offer",
        8,
        1,
        "Relancer Mme Solvaire sur l’offre",
        -1,
        buyers=(("Éditions Querdal", "000600080", 120), ("Publicité Fontabrel", "000600098", 45)),
        asked=True,
    ),
    DemoClient(
        "Charpentes Ornelle",
        "000600106",
        "Basile Ornelle",
        "placement",
        12,
        2,
        "Renvoyer le questionnaire signé à l’assureur",
        2,
        buyers=(("Maisons Trévizel", "000600114", 200), ("Habitat Courlange", "000600122", 80)),
        asked=True,
    ),
    DemoClient("Laiterie Sabournel", "000600130", "Ève Sabournel", "contract", 210, 1, covered_after_days=9),
    DemoClient(
        "Menuiseries Hautlieu",
        "000600148",
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
        "000600155",
        "Jeanne Castelmire",
        "lost",
        25,
        1,
        lost_because="Garanties insuffisantes sur ses trois plus gros acheteurs",
    ),
)
