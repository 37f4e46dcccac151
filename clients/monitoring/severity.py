"""What deserves an alert, how serious it is, and what to do about it.

The order of `ALERTS` is that of seriousness: liquidation before receivership before safeguard, what is lost before
what is only news (OUTSIDE_SYSTEMS.md §2.3). Articles are those of the Code de commerce, read in November 2026.
"""

from dataclasses import dataclass
from enum import IntEnum

from clients.monitoring.kinds import EventKind
from factortaboite.typography import typeset


class Level(IntEnum):
    """The value is stored and sorts, the label is shown."""

    CRITICAL = 1, "critique"  # money is being lost, or a legal time limit runs
    IMPORTANT = 2, "importante"  # cover or terms should be looked at again
    INFORMATION = 3, "information"

    label: str

    def __new__(cls, value: int, label: str) -> "Level":
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


@dataclass(frozen=True, slots=True)
class AlertRule:
    """`news_days`: older than that when we first hear of it, it is history. `says` and `todo` are French sentences."""

    level: Level
    news_days: int
    says: str
    todo: str


TWO_YEARS, ONE_YEAR, A_QUARTER = 730, 365, 90
_STOP = (
    "Arrêtez les livraisons à crédit, déclarez la créance au mandataire judiciaire et prévenez l’assureur aujourd’hui."
)

ALERTS: dict[EventKind, AlertRule] = {
    EventKind.LIQUIDATION: AlertRule(
        Level.CRITICAL,
        TWO_YEARS,
        "En liquidation judiciaire : ce qu’il doit a peu de chances d’être payé.",
        "Arrêtez les livraisons, déclarez la créance au liquidateur et prévenez l’assureur aujourd’hui. Ce qui est "
        "vendu sous réserve de propriété se revendique dans les trois mois de la publication (art. L. 624-9).",
    ),
    EventKind.RECEIVERSHIP: AlertRule(
        Level.CRITICAL,
        TWO_YEARS,
        "En redressement judiciaire : les factures d’avant le jugement ne seront plus payées à l’échéance.",
        _STOP,
    ),
    EventKind.SAFEGUARD: AlertRule(
        Level.CRITICAL,
        TWO_YEARS,
        "En procédure de sauvegarde : les factures d’avant le jugement ne seront plus payées à l’échéance.",
        _STOP,
    ),
    EventKind.PERSONAL_RECOVERY: AlertRule(
        Level.CRITICAL,
        ONE_YEAR,
        "En rétablissement professionnel : ses dettes peuvent être effacées.",
        "Faites connaître la créance au mandataire judiciaire et prévenez l’assureur aujourd’hui.",
    ),
    EventKind.PLAN_FAILED: AlertRule(
        Level.CRITICAL,
        ONE_YEAR,
        "Son plan de sauvegarde ou de redressement est résolu : il ne l’a pas tenu.",
        "Arrêtez les livraisons à crédit et prévenez l’assureur aujourd’hui ; une nouvelle procédure est probable, et "
        "la créance sera alors à déclarer.",
    ),
    EventKind.TRANSFER_PLAN: AlertRule(
        Level.IMPORTANT,
        ONE_YEAR,
        "Plan de cession : l’activité change de mains, les anciennes dettes restent à la procédure.",
        "Le repreneur est un autre acheteur : demandez une garantie à son nom avant de le livrer.",
    ),
    EventKind.CLOSED_UNPAID: AlertRule(
        Level.IMPORTANT,
        ONE_YEAR,
        "Procédure close pour insuffisance d’actif : il ne paiera plus rien.",
        "Demandez au liquidateur le certificat d’irrécouvrabilité et joignez-le au dossier de sinistre.",
    ),
    EventKind.STRUCK_OFF: AlertRule(
        Level.IMPORTANT,
        ONE_YEAR,
        "Radié du registre du commerce.",
        "Faites solder le compte et arrêtez les livraisons ; vérifiez qui a repris l’activité.",
    ),
    EventKind.CLOSED: AlertRule(
        Level.IMPORTANT,
        ONE_YEAR,
        "A cessé son activité.",
        "Faites solder le compte et arrêtez les livraisons ; vérifiez qui a repris l’activité.",
    ),
    EventKind.CONTINUATION_PLAN: AlertRule(
        Level.IMPORTANT,
        ONE_YEAR,
        "Plan de sauvegarde ou de redressement arrêté : ses dettes sont étalées.",
        "Notez les échéances du plan et demandez à l’assureur s’il garantit de nouvelles livraisons.",
    ),
    EventKind.CONCILIATION: AlertRule(
        Level.IMPORTANT,
        ONE_YEAR,
        "En conciliation : il négocie avec ses principaux créanciers.",
        "Demandez un acompte ou un paiement comptant, et à l’assureur s’il maintient sa garantie.",
    ),
    EventKind.SOLD: AlertRule(
        Level.IMPORTANT,
        A_QUARTER,
        "A vendu son fonds de commerce, ou une partie.",
        "Faites solder le compte, ou faites opposition au paiement du prix dans les dix jours de la publication "
        "(art. L. 141-14) ; l’acquéreur est un autre acheteur.",
    ),
    EventKind.SALE: AlertRule(
        Level.IMPORTANT,
        A_QUARTER,
        "Vente d’un fonds de commerce où il est vendeur ou acquéreur.",
        "S’il est le vendeur, un créancier s’oppose au paiement du prix dans les dix jours de la publication "
        "(art. L. 141-14).",
    ),
    EventKind.REVERSED: AlertRule(
        Level.INFORMATION,
        ONE_YEAR,
        "Un jugement le concernant est rétracté ou infirmé.",
        "Lisez l’annonce : elle dit ce que devient la procédure.",
    ),
    EventKind.ENDED: AlertRule(
        Level.INFORMATION, ONE_YEAR, "Sa procédure collective est terminée.", "Lisez l’annonce avant de le livrer."
    ),
    EventKind.CLOSED_PAID: AlertRule(
        Level.INFORMATION,
        ONE_YEAR,
        "Sa procédure collective est terminée, dettes réglées.",
        "Une garantie peut être redemandée à l’assureur.",
    ),
    EventKind.SANCTION: AlertRule(
        Level.INFORMATION,
        ONE_YEAR,
        "Son dirigeant ou ancien dirigeant est sanctionné.",
        "Vérifiez qui dirige aujourd’hui la société.",
    ),
    EventKind.PROCEEDING: AlertRule(
        Level.INFORMATION,
        A_QUARTER,
        "Une nouvelle étape de sa procédure collective est publiée.",
        "Lisez l’annonce : un délai de contestation peut courir.",
    ),
    EventKind.REOPENED: AlertRule(
        Level.INFORMATION,
        A_QUARTER,
        "Est de nouveau en activité.",
        "Une garantie peut être redemandée à l’assureur.",
    ),
    EventKind.ACCOUNTS: AlertRule(
        Level.INFORMATION,
        A_QUARTER,
        "A déposé ses comptes annuels.",
        "Transmettez-les à l’assureur s’il a refusé ou réduit une garantie.",
    ),
}
_CONVERTED = {
    EventKind.LIQUIDATION: "Passe en liquidation judiciaire : ce qu’il doit a peu de chances d’être payé.",
    EventKind.RECEIVERSHIP: "Passe en redressement judiciaire.",
    EventKind.SAFEGUARD: "Une suite de sa procédure de sauvegarde est publiée.",
}
_ALREADY_FILED = "Arrêtez les livraisons, prévenez l’assureur et vérifiez que la créance a été déclarée à l’ouverture."
_LATE = (
    "Arrêtez les livraisons à crédit et prévenez l’assureur. Si la créance n’a pas été déclarée à temps, demandez au "
    "juge-commissaire un relevé de forclusion au plus tard le {relief_by} (art. L. 622-26)."
)
_TOO_LATE = "Vérifiez que la créance a été déclarée à temps et que l’assureur a le dossier."
_OWN_CLIENT = {
    Level.CRITICAL: "C’est votre client lui-même : joignez-le, et voyez ce que deviennent ses contrats et ses primes.",
    Level.IMPORTANT: "C’est votre client lui-même : joignez-le et mettez son dossier à jour.",
    Level.INFORMATION: "C’est votre client lui-même : mettez son dossier à jour.",
}


def says(kind: EventKind, *, opens_filing: bool = True) -> str:
    """What happened, in one French sentence whose subject is the buyer. Raises KeyError for what is no alert.

    `opens_filing` says whether the judgment opens its procedure; a conversion goes on with one.
    """
    return typeset(ALERTS[kind].says if opens_filing or kind not in _CONVERTED else _CONVERTED[kind])


def doubt_of(day: str) -> str:
    """What to say of an alert while a cancellation, published on `day` (in words), may be about its notice."""
    return typeset(
        f"Une annulation a été publiée le {day} sans nommer l’annonce visée : lisez-la ; si c’est bien celle-ci, "
        "l’alerte est sans objet."
    )


def todo(kind: EventKind, *, opens_filing: bool = True, is_own_client: bool = False) -> str:
    """What to do next, in French. Raises KeyError for what is no alert."""
    rule = ALERTS[kind]
    if is_own_client:
        return typeset(_OWN_CLIENT[rule.level])
    return typeset(rule.todo if opens_filing or kind not in _CONVERTED else _ALREADY_FILED)


def todo_when_late(relief_by: str = "") -> str:
    """What to do once the time to file the debt is over. `relief_by` is the last day to ask for leave, in words."""
    return typeset(_LATE.format(relief_by=relief_by) if relief_by else _TOO_LATE)
