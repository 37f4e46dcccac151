"""All that a proposal shows, frozen with it as plain JSON: the PDF and the online page read nothing else.

`write_proposal` fills in the sentences; the broker may change the letter and the hypotheses before they are frozen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from factortaboite.money import THOUSAND, euros, format_number
from factortaboite.typography import typeset
from quotes.comparison import Comparison, PartnerResult
from quotes.comparison.frozen import freeze, thaw


@dataclass(frozen=True, slots=True)
class FirmIdentity:
    """The broker firm as every letter must show it: name, business address, ORIAS number (C. assur. R521-4)."""

    name: str
    legal_form: str
    siren: str
    address: str  # lines
    phone: str
    email: str
    orias_number: str
    orias_categories: str
    professional_body: str


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """Whom the letter is addressed to."""

    name: str
    siren: str
    address: str  # lines
    contact_name: str


@dataclass(frozen=True, slots=True)
class ProposalContent:
    """What the client reads. Everything is here, sentences included, so that it can never change afterwards."""

    reference: str
    version: int
    issued_on: date
    valid_until: date
    firm: FirmIdentity
    client: ClientIdentity
    author: str
    author_email: str
    comparison: Comparison
    letter: tuple[str, ...]  # paragraphs
    hypotheses: tuple[str, ...]
    sandbox: bool  # partners were simulated: every page says that the data are fictitious

    @property
    def title(self) -> str:
        return f"Offre {self.reference}" + (f" v{self.version}" if self.version > 1 else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: amounts are strings with two decimals, dates are ISO."""
        data: dict[str, Any] = freeze(self)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ProposalContent":
        """The content as it was frozen: nothing is computed again."""
        return thaw(cls, data)


def write_proposal(
    *,
    reference: str,
    version: int,
    issued_on: date,
    valid_until: date,
    firm: FirmIdentity,
    client: ClientIdentity,
    author: str,
    author_email: str,
    comparison: Comparison,
    sandbox: bool,
    anonymous: bool = False,
) -> ProposalContent:
    """The proposal of a comparison, with its letter and its hypotheses in French.

    `anonymous` says that the comparison names its insurers by letters.
    """
    return ProposalContent(
        reference=reference,
        version=version,
        issued_on=issued_on,
        valid_until=valid_until,
        firm=firm,
        client=client,
        author=author,
        author_email=author_email,
        comparison=comparison,
        letter=tuple(map(typeset, _letter(comparison, client))),
        hypotheses=tuple(map(typeset, _hypotheses(comparison, valid_until, anonymous))),
        sandbox=sandbox,
    )


def _letter(comparison: Comparison, client: ClientIdentity) -> list[str]:
    names = [partner.name for partner in comparison.partners]
    asked = f"vos {len(comparison.buyers)} principaux acheteurs" if len(comparison.buyers) > 1 else "votre acheteur"
    others = f"{', '.join(names[:-1])} et {names[-1]}" if len(names) > 1 else "".join(names)
    count = f"{len(names)} assureurs, {others}" if len(names) > 1 else f"un assureur, {others}"
    said = [
        f"Vous nous avez confié l’étude d’une assurance-crédit pour {client.name}. Nous avons soumis {asked} à "
        f"{count}, pour {euros(comparison.total_requested)} de garanties demandées."
    ]
    recommended = comparison.recommendation
    if recommended is None:
        return [
            *said,
            "À ce jour, aucune de leurs réponses ne garantit ces acheteurs : nous ne vous recommandons aucun contrat. "
            "Vous trouverez le détail dans les pages qui suivent.",
        ]
    return [
        *said,
        f"Notre recommandation va à {recommended.name}. {' '.join(recommended.reasons)}",
        *_budget(recommended),
        *_current(comparison, recommended),
        *_cheapest(comparison, recommended),
        "Si cette proposition vous convient, votre accord suffit : nous demanderons alors à l’assureur ses conditions "
        "fermes et ses décisions définitives sur chaque acheteur. Rien ne vous engage envers lui avant la signature "
        "du contrat.",
    ]


def _budget(recommended: PartnerResult) -> list[str]:
    if recommended.priced is None or recommended.cost_per_thousand is None:
        return []
    said = (
        f"Son budget est de {euros(recommended.priced.cost.total)} par an, taxes et frais compris, soit "
        f"{euros(recommended.cost_per_thousand)} pour {euros(THOUSAND)} garantis."
    )
    if recommended.priced.is_estimate:
        said += " Il s’agit de notre estimation, que l’assureur doit confirmer."
    first = recommended.scenarios[0]
    if first.indemnity:
        said += (
            f" Si {first.name}, votre premier acheteur, ne payait plus, vous recevriez {euros(first.indemnity)} "
            f"sur une perte de {euros(first.loss)}."
        )
    return [said]


def _current(comparison: Comparison, recommended: PartnerResult) -> list[str]:
    if comparison.current is None:
        return []
    return [f"Face à votre contrat actuel chez {comparison.current.insurer} : {recommended.against_current}"]


def _cheapest(comparison: Comparison, recommended: PartnerResult) -> list[str]:
    priced = [partner for partner in comparison.partners if partner.priced and partner.covered_low]
    cheapest = min(priced, key=lambda partner: partner.yearly_cost or 0, default=recommended)
    if cheapest is recommended or cheapest.priced is None or cheapest.covered_low >= recommended.covered_low:
        return []
    at = "que nous estimons à" if cheapest.priced.is_estimate else "à"
    return [
        f"Le moins cher n’est pas ici le plus protecteur : {cheapest.name}, {at} {euros(cheapest.priced.cost.total)} "
        f"par an, ne garantit que {euros(cheapest.covered_low)}."
    ]


def _band(tolerance: Decimal) -> str:
    """« à 2 points près, »: shares of cover that differ by no more are held equal."""
    points = tolerance * 100
    decimals = 0 if points == points.to_integral_value() else 2
    return f"à {format_number(points, decimals)} point{'s' if points >= 2 else ''} près, " if points else ""


def _hypotheses(comparison: Comparison, valid_until: date, anonymous: bool) -> list[str]:
    said = [
        "Un test à blanc n’est pas une garantie. Les réponses reçues sont indicatives : chaque assureur peut les "
        "changer jusqu’à la signature du contrat, et ensuite selon ses conditions.",
        "Les montants demandés et garantis sont exprimés hors taxes.",
    ]
    priced = [partner.priced for partner in comparison.partners if partner.priced]
    rated = [one.terms for one in priced if one.terms.all_in_price is None]
    if rated:
        terms = rated[0]
        export = f", dont {euros(terms.export_turnover)} à l’export" if terms.export_turnover else ""
        said += [
            f"La prime est calculée sur un chiffre d’affaires assurable de {euros(terms.insurable_turnover)} HT"
            f"{export}. Elle est due sur tout ce chiffre d’affaires, acheteurs refusés compris, sauf accord contraire "
            "de l’assureur.",
        ]
    if len(rated) < len(priced):
        said.append(
            "Le prix d’un forfait comprend taxes et frais. Il vaut jusqu’au chiffre d’affaires que fixe l’assureur."
        )
    if priced:
        said.append("Le plafond annuel limite ce que l’assureur verse dans une année, tous sinistres confondus.")
    if comparison.has_excesses:
        said.append(
            "Une franchise par sinistre se retire de chaque indemnité ; une franchise annuelle laisse à votre charge "
            "les premières pertes de l’année, après quotité ; sous une franchise atteinte, une perte n’est pas "
            "indemnisée, au-delà elle l’est en entier."
        )
    if any(one.is_estimate for one in priced):
        said.append(
            "Les prix marqués « estimation du cabinet » sont calculés par nos soins à partir de conditions usuelles. "
            "Seule l’offre ferme d’un assureur l’engage."
        )
    if any(partner.replays for partner in comparison.partners):
        said.append(
            "Vos pertes passées sont rejouées comme si elles avaient été garanties, celles d’une année en un seul "
            "sinistre."
        )
    if any(partner.no_answer for partner in comparison.partners):
        said.append("Une réponse qui manque n’est comptée ni comme une garantie, ni comme un refus.")
    if anonymous:
        said.append(
            "Les assureurs sont désignés par des lettres : vous aurez leurs noms à la signature de votre mandat."
        )
    return [
        *said,
        f"Notre classement regarde d’abord la garantie de vos acheteurs, {_band(comparison.tolerance)}puis "
        "l’indemnisation d’une grosse perte, puis le prix. Notre rémunération n’y entre pas.",
        f"Cette offre est valable jusqu’au {valid_until:%d/%m/%Y}.",
    ]
