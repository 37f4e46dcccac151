"""Which formula fits a client: *Forfait*, *déclaration de chiffre d'affaires* or *risque unique*, and why, in words.

The advice compares the firm's own estimates. A formula that could not pay for the largest buyer's failure is never
advised because it is cheap: the guide's rule is to choose what covers the client's buyers.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from factortaboite.money import euros, percent, round_euros
from quotes.pricing.annual_cost import CostKind, TaxRates
from quotes.pricing.flat_fee import FlatFee, estimate_flat_fee
from quotes.pricing.risk import Risk
from quotes.pricing.single_risk import SingleRisk, estimate_single_risk
from quotes.pricing.tariffs import OnStudy, Product, Tariff
from quotes.pricing.turnover_declaration import Declaration, estimate_declaration

VERY_SMALL_TURNOVER = Decimal(2_000_000)  # décret n° 2008-1354, art. 3: microentreprises
HALF = Decimal("0.5")
FEWEST_BUYERS = 2  # up to this many, there is no book to insure as a whole


class Formula(StrEnum):
    FLAT_FEE = "flat_fee"
    DECLARATION = "declaration"
    SINGLE_RISK = "single_risk"

    @property
    def label(self) -> str:
        return Product(self.value).layout.label


class Segment(StrEnum):
    """What most decides the formula, in the order it is looked for."""

    ONE_BIG_BUYER = "one_big_buyer"
    MARKETPLACE = "marketplace"
    NEW_FIRM = "new_firm"
    EXPORT_LED = "export_led"
    VERY_SMALL = "very_small"
    MEDIUM = "medium"

    @property
    def label(self) -> str:
        return SEGMENT_LABELS[self]


SEGMENT_LABELS = {
    Segment.ONE_BIG_BUYER: "un gros acheteur",
    Segment.MARKETPLACE: "place de marché",
    Segment.NEW_FIRM: "jeune entreprise sans historique",
    Segment.EXPORT_LED: "entreprise exportatrice",
    Segment.VERY_SMALL: "TPE",
    Segment.MEDIUM: "PME ou ETI",
}

# What decides between both formulas where the declaration is advised whatever the price.
FLAT_FEE_MUST_COVER = {
    Segment.MARKETPLACE: "les acheteurs non dénommés",
    Segment.EXPORT_LED: "les pays où vont les ventes",
}


@dataclass(frozen=True, slots=True)
class FirmTariffs:
    """The firm's tariffs in force on one day."""

    declaration: Tariff
    flat_fee: Tariff
    single_risk: Tariff
    taxes: TaxRates


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The turnover HT at which declaration and *forfait* cost the same, at this client's rates and mix.

    A *forfait* is the same from `above` to `up_to`: in that band the declaration is cheaper below the break-even,
    the *forfait* above it. Outside the band, one of them is cheaper all along.
    """

    turnover: Decimal
    above: Decimal
    up_to: Decimal

    @property
    def sentence(self) -> str:
        band = f"de {euros(self.above)} à {euros(self.up_to)} de chiffre d’affaires assurable"
        if self.turnover <= self.above:
            return f"Dans toute sa tranche, {band}, le Forfait coûte moins que la déclaration."
        if self.turnover >= self.up_to:
            return f"Dans toute la tranche du Forfait, {band}, la déclaration coûte moins."
        return (
            f"Les deux se valent à {euros(self.turnover.quantize(Decimal(1)))} : au-dessous, la déclaration coûte "
            f"moins ; au-dessus et jusqu’à {euros(self.up_to)}, c’est le Forfait."
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """The formula to propose. `reasons` say why, `cautions` what to check before saying so to the client."""

    formula: Formula
    segment: Segment
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    flat_fee: FlatFee | OnStudy
    declaration: Declaration | OnStudy
    single_risk: SingleRisk | OnStudy  # on the largest buyer alone
    break_even: BreakEven | None


def advise(risk: Risk, tariffs: FirmTariffs) -> Advice:
    """The formula for `risk`, from the firm's tariffs. Never fails: without a price, it says what is on study."""
    flat_fee = estimate_flat_fee(risk, tariffs.flat_fee)
    declaration = estimate_declaration(risk, tariffs.declaration, tariffs.taxes)
    single_risk = estimate_single_risk(
        risk.largest.requested, tariffs.single_risk, tariffs.taxes, is_export=risk.largest.is_export
    )
    segment = segment_of(risk)
    formula, reasons = _choose(segment, risk, flat_fee, declaration, tariffs.taxes)
    chosen = {
        Formula.FLAT_FEE: flat_fee,
        Formula.DECLARATION: declaration,
        Formula.SINGLE_RISK: single_risk,
    }[formula]
    return Advice(
        formula=formula,
        segment=segment,
        reasons=tuple(reasons),
        cautions=_cautions(segment, risk, chosen, flat_fee, declaration),
        flat_fee=flat_fee,
        declaration=declaration,
        single_risk=single_risk,
        break_even=break_even(risk, flat_fee, declaration, tariffs),
    )


def segment_of(risk: Risk) -> Segment:
    if risk.largest.share > HALF or 0 < risk.buyers <= FEWEST_BUYERS:
        return Segment.ONE_BIG_BUYER
    if risk.is_marketplace:
        return Segment.MARKETPLACE
    if risk.losses is None:
        return Segment.NEW_FIRM
    if risk.export_share > HALF:
        return Segment.EXPORT_LED
    return Segment.VERY_SMALL if risk.turnover <= VERY_SMALL_TURNOVER else Segment.MEDIUM


def break_even(
    risk: Risk, flat_fee: FlatFee | OnStudy, declaration: Declaration | OnStudy, tariffs: FirmTariffs
) -> BreakEven | None:
    """None unless both have a price. The declaration's rates, mix and buyers are held as they are."""
    if isinstance(flat_fee, OnStudy) or isinstance(declaration, OnStudy):
        return None
    fees = sum(
        (line.amount for line in declaration.cost.lines if line.kind in (CostKind.FEES, CostKind.VAT)), Decimal(0)
    )
    french_share, export_share = 1 - risk.export_share, risk.export_share
    with_french_tax, with_export_tax = 1 + tariffs.taxes.premium_tax_french, 1 + tariffs.taxes.premium_tax_export
    left = flat_fee.cost.total - fees
    least = tariffs.declaration.value("minimum_premium")
    if left <= least * (french_share * with_french_tax + export_share * with_export_tax):
        return BreakEven(Decimal(0), flat_fee.above, flat_fee.up_to)
    per_euro = french_share * declaration.french_rate * with_french_tax
    per_euro += export_share * declaration.export_rate * with_export_tax
    return BreakEven(round_euros(left / per_euro), flat_fee.above, flat_fee.up_to)


def _choose(
    segment: Segment,
    risk: Risk,
    flat_fee: FlatFee | OnStudy,
    declaration: Declaration | OnStudy,
    taxes: TaxRates,
) -> tuple[Formula, list[str]]:
    if segment is Segment.ONE_BIG_BUYER:
        return Formula.SINGLE_RISK, [_say_one_buyer(risk)]
    if segment is Segment.MARKETPLACE:
        follows = "la déclaration suit les ventes réelles, et les acheteurs non dénommés sont couverts sans demande."
        refusals = list(flat_fee.reasons) if isinstance(flat_fee, OnStudy) else []
        return Formula.DECLARATION, [f"Beaucoup de petits acheteurs, qui changent : {follows}", *refusals]
    if segment is Segment.EXPORT_LED:
        return Formula.DECLARATION, [_say_export(risk, declaration, taxes)]
    if isinstance(flat_fee, OnStudy):
        return Formula.DECLARATION, list(flat_fee.reasons)
    if flat_fee.maximum_liability < _largest_loss(risk, flat_fee):
        return Formula.DECLARATION, [_say_too_small(risk, flat_fee), *_say_cap(declaration)]
    reasons = {
        Segment.NEW_FIRM: ["Sans trois ans d’historique, le Forfait a un prix : il ne dépend pas des pertes passées."],
        Segment.VERY_SMALL: ["Un prix fixe, une seule déclaration par an : presque rien à administrer."],
    }.get(segment, [])
    if isinstance(declaration, OnStudy):
        return Formula.FLAT_FEE, [*reasons, "C’est la seule des deux formules globales que le tarif chiffre."]
    saved = declaration.cost.total - flat_fee.cost.total
    if not saved:
        return Formula.FLAT_FEE, [*reasons, "La déclaration coûterait le même prix."]
    if saved > 0:
        return Formula.FLAT_FEE, [*reasons, f"Le Forfait coûte {euros(saved)} de moins par an que la déclaration."]
    if segment is Segment.NEW_FIRM:
        return Formula.FLAT_FEE, [
            *reasons,
            f"La déclaration coûterait {euros(-saved)} de moins, sous réserve d’étude.",
        ]
    return Formula.DECLARATION, [
        f"La déclaration coûte {euros(-saved)} de moins par an que le Forfait, taxes et frais compris."
    ]


def _cautions(
    segment: Segment,
    risk: Risk,
    chosen: FlatFee | Declaration | SingleRisk | OnStudy,
    flat_fee: FlatFee | OnStudy,
    declaration: Declaration | OnStudy,
) -> tuple[str, ...]:
    cautions = _say_cheaper_flat_fee(segment, risk, chosen, flat_fee)
    if risk.losses is not None and not risk.losses and not risk.losses_are_said:
        cautions.append(
            "Personne n’a dit les pertes des trois dernières années : demandez-les au client, le prix en dépend."
        )
    if isinstance(chosen, OnStudy):
        cautions.append(f"Sur étude : {' '.join(chosen.reasons)} Le prix viendra des assureurs.")
    elif not isinstance(chosen, SingleRisk) and chosen.maximum_liability < _largest_loss(risk, chosen):
        cautions.append(
            f"Le plafond annuel ({euros(chosen.maximum_liability)}) ne paierait pas la plus grosse défaillance "
            f"({euros(_largest_loss(risk, chosen))}) : faites-le relever."
        )
    if isinstance(declaration, OnStudy) and chosen is not declaration:
        cautions.append(f"La déclaration serait sur étude : {' '.join(declaration.reasons)}")
    return tuple(cautions)


def _say_cheaper_flat_fee(
    segment: Segment, risk: Risk, chosen: FlatFee | Declaration | SingleRisk | OnStudy, flat_fee: FlatFee | OnStudy
) -> list[str]:
    """What speaks for a declaration in these segments is no price: a *forfait* that costs less is never kept quiet."""
    if not isinstance(chosen, Declaration) or isinstance(flat_fee, OnStudy) or segment not in FLAT_FEE_MUST_COVER:
        return []
    saved = chosen.cost.total - flat_fee.cost.total
    if saved <= 0 or flat_fee.maximum_liability < _largest_loss(risk, flat_fee):
        return []
    return [
        f"Le Forfait coûterait {euros(saved)} de moins par an : comparez, s’il couvre {FLAT_FEE_MUST_COVER[segment]}."
    ]


def _largest_loss(risk: Risk, contract: FlatFee | Declaration) -> Decimal:
    """What the failure of the buyer with the highest cover would be paid, were it granted."""
    return round_euros(risk.highest_request * contract.insured_percentage)


def _say_one_buyer(risk: Risk) -> str:
    if risk.buyers <= FEWEST_BUYERS and risk.largest.share <= HALF:
        return "Avec un ou deux acheteurs, il n’y a pas de portefeuille à assurer en entier."
    share = percent(risk.largest.share, 0)
    return f"{risk.largest.name} pèse {share} des ventes : un contrat global ferait payer une prime sur tout le reste."


def _say_export(risk: Risk, declaration: Declaration | OnStudy, taxes: TaxRates) -> str:
    said = f"L’export fait {percent(risk.export_share, 0)} des ventes : par déclaration, sa prime n’est pas taxée"
    if isinstance(declaration, OnStudy):
        return f"{said}."
    tax_rate = taxes.premium_tax_french - taxes.premium_tax_export
    return f"{said}, soit {euros(risk.export_turnover * declaration.export_rate * tax_rate)} de taxe évités par an."


def _say_cap(declaration: Declaration | OnStudy) -> list[str]:
    if isinstance(declaration, OnStudy):
        return []
    cost, most = euros(declaration.cost.total), euros(declaration.maximum_liability)
    return [f"La déclaration, à {cost} par an, paierait jusqu’à {most}."]


def _say_too_small(risk: Risk, flat_fee: FlatFee) -> str:
    return (
        f"Le Forfait ({euros(flat_fee.cost.total)}) ne paierait jamais plus de {euros(flat_fee.maximum_liability)} "
        f"par an : moins que la plus grosse défaillance possible, {euros(_largest_loss(risk, flat_fee))}."
    )
