"""What a client's file still lacks before insurers are asked, why they want it, and who can give it (DOMAIN.md §0.1,
§1.2, §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from clients.advice.checklist import Checklist, Giver, Item, State
from factortaboite.money import euros
from factortaboite.typography import typeset

LARGEST = 20  # the buyers an insurer looks at
FRESH_DAYS = 92  # three months, whichever they are
FEW_BUYERS = 10
# A list whose buyers sold to make up less than this share of the turnover leaves out somebody who counts.
NAMED_SHARE = Decimal("0.5")


class Statement(Enum):
    """Where the loss statement stands: `OUTDATED` was signed on figures that have changed since."""

    NONE = "none"
    PREPARED = "prepared"
    OUTDATED = "outdated"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class LargeBuyer:
    """One of the largest insurable buyers: what is known of it. `has_amount`: a balance, a peak or a turnover."""

    has_identifier: bool
    has_amount: bool
    has_terms: bool


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A client's file as it stands; amounts HT in euros.

    `siren_status` is the register's word: "active", "closed", "unknown", or "" while nobody asked. `listed_on` is the
    day of the list of buyers, None without one; `largest` its LARGEST insurable buyers, `named_turnover` what all of
    its buyers bought. `losses_said` tells zero from a blank.
    """

    today: date
    siren: str = ""
    siren_status: str = ""
    contact_email: str = ""
    listed_on: date | None = None
    largest: Sequence[LargeBuyer] = ()
    named_turnover: Decimal = Decimal(0)
    total_turnover: Decimal | None = None
    excluded_turnover: Decimal = Decimal(0)
    losses: Sequence[Decimal] = ()
    losses_said: bool = False
    margin_rate: Decimal | None = None
    statement: Statement = Statement.NONE


def check_file(facts: FileFacts) -> Checklist:
    """The check-list of a client's file before a market test."""
    items = [
        _buyers(facts),
        _turnover(facts),
        _losses(facts),
        _statement(facts),
        _margin(facts),
        _siren(facts),
        _contact(facts),
    ]
    # What comes with the list, or with the turnover, is no trouble of its own before.
    if facts.largest:
        items += [_identifiers(facts), _amounts(facts), _terms(facts)]
    if facts.listed_on is not None:
        items.append(_freshness(facts.listed_on, facts.today))
    if facts.total_turnover is not None:
        items.append(_excluded(facts))
    order = {State.MISSING: 0, State.DOUBTFUL: 1, State.DONE: 2}
    return Checklist(tuple(sorted(items, key=lambda item: (order[item.state], not item.blocking))))


def _item(key: str, label: str, state: State, found: str, why: str, givers: tuple[Giver, ...], blocking: bool) -> Item:
    return Item(key, label, state, typeset(found), typeset(why), givers, blocking)


def _buyers(facts: FileFacts) -> Item:
    count = len(facts.largest)
    if not count:
        state, found = State.MISSING, "Aucune liste d’acheteurs."
    elif facts.total_turnover and facts.named_turnover and facts.named_turnover < NAMED_SHARE * facts.total_turnover:
        state = State.DOUBTFUL
        found = (
            f"La liste nomme {euros(facts.named_turnover)} de ventes sur {euros(facts.total_turnover)} : un gros "
            "acheteur y manque peut-être."
        )
    elif count < FEW_BUYERS:
        state, found = (
            State.DOUBTFUL,
            f"{count} acheteur{'s' if count > 1 else ''} seulement : est-ce bien tout ?",
        )
    else:
        state, found = State.DONE, f"{'Au moins ' if count == LARGEST else ''}{count} acheteurs."
    return _item(
        "buyers", "Liste des acheteurs", state, found,
        "Un test à blanc porte sur les 10 ou 20 plus gros acheteurs : sans eux, il n’y a rien à demander.",
        (Giver.CLIENT, Giver.FIRM), True,
    )  # fmt: skip


def _identifiers(facts: FileFacts) -> Item:
    return _of_the_largest(
        facts, "has_identifier", "identifiers", "Identifiants des acheteurs", "ont un SIREN ou un n° de TVA",
        "Un assureur ne répond que sur une société qu’il reconnaît : un nom ne lui suffit pas.",
        (Giver.REGISTER, Giver.CLIENT), True,
    )  # fmt: skip


def _amounts(facts: FileFacts) -> Item:
    return _of_the_largest(
        facts, "has_amount", "amounts", "Encours ou ventes par acheteur", "ont un encours ou des ventes",
        "C’est de là que vient le montant demandé sur chacun, au plus haut de l’année.",
        (Giver.CLIENT,), True,
    )  # fmt: skip


def _terms(facts: FileFacts) -> Item:
    return _of_the_largest(
        facts, "has_terms", "terms", "Délais de paiement", "ont un délai de paiement",
        "Le contrat fixe une durée maximale de crédit : des délais plus longs ne seraient pas garantis.",
        (Giver.CLIENT, Giver.FIRM), False,
    )  # fmt: skip


def _of_the_largest(
    facts: FileFacts,
    known: str,
    key: str,
    label: str,
    words: str,
    why: str,
    givers: tuple[Giver, ...],
    blocking: bool,
) -> Item:
    """An item that each of the largest buyers has or has not."""
    count = len(facts.largest)
    having = sum(getattr(buyer, known) for buyer in facts.largest)
    if not having:
        state, found = State.MISSING, f"Aucun des {count} plus gros acheteurs n’en a." if count > 1 else "Il manque."
    elif having < count:
        state, found = State.DOUBTFUL, f"{having} des {count} plus gros acheteurs {words}."
    else:
        state, found = State.DONE, f"Les {count} plus gros acheteurs {words}." if count > 1 else "Connu."
    return _item(key, label, state, found, why, givers, blocking)


def _freshness(listed_on: date, today: date) -> Item:
    days = (today - listed_on).days
    age = "aujourd’hui" if days == 0 else f"il y a {days} jour{'s' if days > 1 else ''}"
    is_fresh = days < FRESH_DAYS
    return _item(
        "freshness", "Liste récente",
        State.DONE if is_fresh else State.DOUBTFUL,
        f"Liste reçue {age}." if is_fresh else f"La liste date d’{age} : demandez la dernière.",
        "Les encours bougent : un assureur demande une situation de moins de trois mois.",
        (Giver.CLIENT,), False,
    )  # fmt: skip


def _turnover(facts: FileFacts) -> Item:
    known = facts.total_turnover is not None
    return _item(
        "turnover", "Chiffre d’affaires total",
        State.DONE if known else State.MISSING,
        f"{euros(facts.total_turnover)} HT." if facts.total_turnover is not None else "Il n’est pas renseigné.",
        "La prime se calcule dessus : sans lui, pas de prix.",
        (Giver.CLIENT, Giver.FIRM), True,
    )  # fmt: skip


def _excluded(facts: FileFacts) -> Item:
    if facts.excluded_turnover:
        state, found = State.DONE, f"{euros(facts.excluded_turnover)} HT hors de l’assiette."
    else:
        state = State.DOUBTFUL
        found = "Aucune : ni particuliers, ni acheteurs publics, ni sociétés liées, ni comptant ?"
    return _item(
        "excluded", "Ventes non assurables", state, found,
        "Elles sortent de l’assiette : les oublier, c’est payer une prime sur des ventes jamais garanties.",
        (Giver.CLIENT, Giver.FIRM), False,
    )  # fmt: skip


def _losses(facts: FileFacts) -> Item:
    total = sum(facts.losses, Decimal(0))
    if facts.losses_said:
        state = State.DONE
        found = f"{euros(total)} HT en trois ans." if total else "Aucune perte en trois ans, le client le dit."
    elif total:
        state, found = State.DOUBTFUL, f"{euros(total)} HT, sans le nombre d’impayés ni le plus gros."
    else:
        state, found = State.MISSING, "Rien n’est inscrit : aucune perte, ou personne ne l’a demandé ?"
    return _item(
        "losses", "Pertes de trois ans", state, found,
        "Les assureurs les demandent toutes, et se les disent entre eux.",
        (Giver.CLIENT,), True,
    )  # fmt: skip


def _statement(facts: FileFacts) -> Item:
    state, found = {
        Statement.SIGNED: (State.DONE, "Signée par le client, sur ces chiffres."),
        Statement.OUTDATED: (
            State.DOUBTFUL,
            "Les chiffres ont changé depuis la signature : à signer de nouveau.",
        ),
        Statement.PREPARED: (State.DOUBTFUL, "Prête, pas encore signée."),
        Statement.NONE: (State.MISSING, "Pas encore préparée."),
    }[facts.statement]
    return _item(
        "statement", "Déclaration de sinistralité", state, found,
        "Le client répond de ses chiffres : une perte oubliée peut coûter l’indemnité.",
        (Giver.CLIENT, Giver.FIRM), False,
    )  # fmt: skip


def _margin(facts: FileFacts) -> Item:
    known = facts.margin_rate is not None
    return _item(
        "margin", "Taux de marge",
        State.DONE if known else State.MISSING,
        "Connu." if known else "Il n’est pas renseigné.",
        "Aucun assureur ne l’exige, mais il dit combien de ventes il faut pour absorber un impayé.",
        (Giver.CLIENT,), False,
    )  # fmt: skip


def _siren(facts: FileFacts) -> Item:
    state, found = {
        "active": (State.DONE, "En activité, dit le registre."),
        "closed": (State.MISSING, "Le registre dit cette société fermée : est-ce le bon SIREN ?"),
        "unknown": (State.DOUBTFUL, "Le registre ne connaît pas ce SIREN."),
    }.get(facts.siren_status, (State.DOUBTFUL, "Il n’a pas encore été vérifié au registre."))
    if not facts.siren:
        state, found = State.MISSING, "Il n’est pas renseigné."
    return _item(
        "siren", "SIREN du client", state, found,
        "L’assureur ouvre son dossier sur cette société-là, et aucune autre.",
        (Giver.REGISTER, Giver.FIRM), True,
    )  # fmt: skip


def _contact(facts: FileFacts) -> Item:
    known = bool(facts.contact_email)
    return _item(
        "contact", "E-mail de l’interlocuteur",
        State.DONE if known else State.MISSING,
        facts.contact_email if known else "Sans e-mail, ni demande ni offre ne peut partir.",
        "C’est à lui que partent les demandes et l’offre.",
        (Giver.FIRM,), False,
    )  # fmt: skip
