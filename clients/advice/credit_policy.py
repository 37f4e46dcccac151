"""What a firm advises its client to grant a buyer: deposit, limit, penalties, or no delivery at all.

The thresholds are the firm's own (DOMAIN.md §1.6 and §0.4, [A]): advice, never an insurer's word.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import Enum

from clients.advice.late_payment import RECOVERY_FEE, LateRates, is_outdated, rates_on
from clients.advice.ratings import Band
from factortaboite.money import THOUSAND, euros, percent
from factortaboite.typography import typeset

YOUNG_YEARS = 3
SOME_OVERDUE, MUCH_OVERDUE = Decimal("0.20"), Decimal("0.50")
STEP = Decimal("0.05")


class Procedure(Enum):
    """A collective procedure under way."""

    NONE = ""
    SAFEGUARD = "sauvegarde"
    RECEIVERSHIP = "redressement judiciaire"
    LIQUIDATION = "liquidation judiciaire"


class Kind(Enum):
    STOP = "stop"
    DEPOSIT = "deposit"
    LIMIT = "limit"
    PENALTIES = "penalties"


# By the reading of ratings: the deposit asked, the share of the need granted. None: nobody rated the buyer.
BY_BAND: dict[Band | None, tuple[Decimal, Decimal]] = {
    Band.VERY_LOW: (Decimal(0), Decimal(1)),
    Band.LOW: (Decimal(0), Decimal(1)),
    Band.MEDIUM: (Decimal("0.20"), Decimal("0.75")),
    Band.HIGH: (Decimal("0.50"), Decimal("0.40")),
    Band.DEFAULT: (Decimal(1), Decimal(0)),
    None: (Decimal(0), Decimal(1)),
}
YOUNG = (Decimal("0.30"), Decimal("0.50"))
LATE = (Decimal("0.30"), Decimal("0.50"))


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """What is known of a buyer. Amounts HT; `overdue_share` is what is late of all it owes (0–1).

    `requested` is the limit asked or needed, `granted` the most that an insurer would cover of it; None: not known.
    """

    today: date
    country: str = "FR"
    band: Band | None = None
    created_on: date | None = None
    is_closed: bool = False
    procedure: Procedure = Procedure.NONE
    overdue_share: Decimal | None = None
    requested: Decimal | None = None
    granted: Decimal | None = None
    late_rates: LateRates | None = None  # None: those that the product knows


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do and why, in French. `figure` is the share of a deposit (0–1) or a limit in euros HT."""

    kind: Kind
    sentence: str
    reason: str
    figure: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """One reason to be careful, and how far it goes."""

    deposit: Decimal
    share: Decimal
    reason: str


def advise(facts: BuyerFacts) -> tuple[Advice, ...]:
    """What to advise on a buyer, the gravest first."""
    if stop := _no_delivery(facts):
        return (stop,)
    pulls = _pulls(facts)
    advice: list[Advice | None] = [_deposit(facts, pulls), _limit(facts, pulls)]
    if _is_cash_only(facts):
        advice = [_cash_only(facts)]
    if facts.country == "FR":
        advice.append(_penalties(facts))
    if _suspends(facts):
        advice.insert(0, _suspension(facts))
    return tuple(each for each in advice if each is not None)


def _advice(kind: Kind, sentence: str, reason: str, figure: Decimal | None = None) -> Advice:
    return Advice(kind, typeset(sentence), typeset(reason), figure)


def _no_delivery(facts: BuyerFacts) -> Advice | None:
    if facts.procedure is Procedure.LIQUIDATION:
        return _advice(
            Kind.STOP,
            "Ne livrez plus rien et déclarez vos créances au liquidateur.",
            "Le tribunal a ouvert une liquidation judiciaire : le délai de déclaration est de deux mois après la "
            "publication au BODACC.",
        )
    if facts.is_closed:
        return _advice(
            Kind.STOP,
            "Ne livrez plus sous ce SIREN.",
            "Le registre dit l’entreprise fermée : demandez qui commande, et vérifiez cette société-là.",
        )
    return None


def _is_cash_only(facts: BuyerFacts) -> bool:
    return facts.procedure is not Procedure.NONE or facts.band is Band.DEFAULT


def _cash_only(facts: BuyerFacts) -> Advice:
    if facts.procedure is not Procedure.NONE:
        reason = (
            f"Une procédure est en cours ({facts.procedure.value}) : ce qui était dû avant le jugement est gelé et se "
            "déclare dans les deux mois de la publication ; aucun assureur ne garantit de nouveau crédit."
        )
    else:
        reason = "Un assureur le note en défaut."
    return _advice(Kind.DEPOSIT, "Ne livrez que contre paiement d’avance.", reason, Decimal(1))


def _suspends(facts: BuyerFacts) -> bool:
    return facts.overdue_share is not None and facts.overdue_share >= MUCH_OVERDUE


def _suspension(facts: BuyerFacts) -> Advice:
    assert facts.overdue_share is not None
    return _advice(
        Kind.STOP,
        "Suspendez les livraisons à crédit jusqu’au règlement de l’échu.",
        f"{percent(facts.overdue_share, 0)} de ce qu’il doit est en retard : un assureur ne garantit plus les "
        "livraisons faites à un acheteur en retard prolongé.",
    )


def _pulls(facts: BuyerFacts) -> list[Pull]:
    """The reasons to be careful, the gravest first."""
    found = []
    deposit, share = BY_BAND[facts.band]
    if facts.band is not None and deposit:
        found.append(Pull(deposit, share, f"Nous lisons sa pire note récente comme un {facts.band.label}."))
    if (age := _age(facts)) is not None and age < YOUNG_YEARS and facts.band not in (Band.VERY_LOW, Band.LOW):
        found.append(Pull(*YOUNG, f"Il a moins de {YOUNG_YEARS} ans et ses comptes ne disent encore rien."))
    if facts.overdue_share is not None and SOME_OVERDUE <= facts.overdue_share:
        found.append(Pull(*LATE, f"{percent(facts.overdue_share, 0)} de ce qu’il doit est déjà en retard."))
    return sorted(found, key=lambda pull: (-pull.deposit, pull.share))


def _age(facts: BuyerFacts) -> int | None:
    """In whole years; None when nobody knows."""
    if facts.created_on is None:
        return None
    before_birthday = (facts.today.month, facts.today.day) < (facts.created_on.month, facts.created_on.day)
    return facts.today.year - facts.created_on.year - before_birthday


def _deposit(facts: BuyerFacts, pulls: list[Pull]) -> Advice | None:
    """The gravest reason decides, or what no insurer covers, whichever is more."""
    uncovered = _uncovered(facts)
    gravest = pulls[0].deposit if pulls else Decimal(0)
    if uncovered is not None and uncovered >= max(gravest, STEP):
        assert facts.requested is not None and facts.granted is not None
        if not facts.granted:
            return _advice(
                Kind.DEPOSIT,
                "Ne livrez que contre paiement d’avance, ou en gardant tout le risque pour vous.",
                f"Aucun assureur interrogé ne le garantit, sur {euros(facts.requested)} demandés.",
                Decimal(1),
            )
        return _advice(
            Kind.DEPOSIT,
            f"Demandez {percent(uncovered, 0)} d’acompte à la commande.",
            f"Au mieux {euros(facts.granted)} sur {euros(facts.requested)} sont garantis : l’acompte ramène l’encours "
            "sous la garantie.",
            uncovered,
        )
    if not pulls:
        return None
    return _advice(Kind.DEPOSIT, f"Demandez {percent(gravest, 0)} d’acompte à la commande.", pulls[0].reason, gravest)


def _uncovered(facts: BuyerFacts) -> Decimal | None:
    """The share of what is asked that no insurer covers, rounded up to 5 %; None when nobody answered."""
    if not facts.requested or facts.granted is None:
        return None
    missing = max(facts.requested - facts.granted, Decimal(0)) / facts.requested
    return (missing / STEP).to_integral_value(ROUND_CEILING) * STEP


def _limit(facts: BuyerFacts, pulls: list[Pull]) -> Advice | None:
    """What an insurer covers is the limit; without an answer, a share of the need."""
    if not facts.requested:
        return None
    if facts.granted is not None:
        limit = min(facts.requested, facts.granted)
        if not limit:
            return None  # said with the deposit
        return _advice(
            Kind.LIMIT,
            f"Tenez l’encours sous {euros(limit)} HT.",
            "C’est ce qu’un assureur garantirait au mieux (test à blanc, sans engagement) : au-delà, le risque est "
            "pour vous.",
            limit,
        )
    share = min((pull.share for pull in pulls), default=Decimal(1))
    limit = (facts.requested * share / THOUSAND).to_integral_value(ROUND_FLOOR) * THOUSAND
    if not limit:
        return None
    reason = "C’est votre besoin, et rien de connu ne s’y oppose." if share == 1 else pulls[0].reason
    return _advice(
        Kind.LIMIT, f"Tenez l’encours sous {euros(limit)} HT, en attendant la réponse d’un assureur.", reason, limit
    )


def _penalties(facts: BuyerFacts) -> Advice | None:
    if facts.procedure is not Procedure.NONE:
        return None  # not claimable while a procedure forbids payment (C. com. L441-10 II)
    rates = facts.late_rates or rates_on(facts.today)
    is_unknown = is_outdated(rates, facts.today)
    asked, floor = percent(rates.default, 2), f"trois fois l’intérêt légal, soit {percent(rates.floor, 2)}"
    if is_unknown:
        then = f"au {rates.half_year}"
        asked = f"de la BCE majoré de 10 points ({asked} {then} ; celui d’aujourd’hui n’est pas connu ici)"
        floor += f" {then}"
    late = facts.overdue_share is not None and facts.overdue_share > 0
    sentence = (
        f"{'Réclamez' if late else 'Inscrivez sur vos factures'} des pénalités de retard au taux "
        f"{asked if is_unknown else f'de {asked} l’an'}, et {euros(RECOVERY_FEE)} par facture en retard."
    )
    return _advice(
        Kind.PENALTIES,
        sentence,
        f"Elles sont dues sans rappel dès le lendemain de l’échéance, jamais sous {floor} (C. com. L441-10).",
        None if is_unknown else rates.default,
    )
