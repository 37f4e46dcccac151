"""Whom to ask a limit on, and for how much (DESIGN.md §3, « Whom to ask »)."""

from decimal import Decimal
from typing import Protocol

from factortaboite.money import net_of_vat, round_up_to_thousand

DAYS_IN_YEAR = 360
FRENCH_VAT_RATE = Decimal("0.20")

NOT_ASKED = {
    "public_body": "acheteur public",
    "collective_procedure": "procédure collective",
    "private_person": "particulier",
    "related_company": "société liée",
    "closed_company": "entreprise fermée",
    "credit_balance": "solde créditeur",
    "no_identifier": "identifiant manquant",
    "no_amount": "montant manquant",
    "not_among_largest": "hors des plus gros acheteurs",
    "below_discretionary_limit": "sous la limite discrétionnaire",
}
"""Why a buyer is not asked: the code and its French words."""


class Buyer(Protocol):
    """What the selection needs to know of a buyer: a row of the reader has it, so does a stored exposure."""

    @property
    def country(self) -> str: ...
    @property
    def id_value(self) -> str: ...
    @property
    def outstanding(self) -> Decimal | None: ...
    @property
    def peak(self) -> Decimal | None: ...
    @property
    def turnover(self) -> Decimal | None: ...
    @property
    def terms_days(self) -> int | None: ...
    @property
    def requested(self) -> Decimal | None: ...
    @property
    def set_aside(self) -> str: ...


def vat_rate_by_country(buyer: Buyer) -> Decimal:
    """20 % in France and Monaco, none abroad (exports and intra-community deliveries are invoiced without VAT)."""
    return FRENCH_VAT_RATE if buyer.country in ("FR", "MC") else Decimal(0)


def amount_needed(buyer: Buyer, *, vat_rate: Decimal, season: Decimal = Decimal(1)) -> Decimal | None:
    """The limit the buyer needs, HT: what the client asks for as written, otherwise the largest of balance, peak
    and turnover × terms ÷ 360 × `season`, rounded up to 1 000 €. None when nothing says.

    Balances hold VAT at `vat_rate` (a share, 0 where they are HT). The turnover is HT already, so it is compared with
    the balances once these are HT too.
    """
    if buyer.requested is not None:
        return buyer.requested if buyer.requested > 0 else None
    needs = [net_of_vat(balance, vat_rate) for balance in (buyer.outstanding, buyer.peak) if balance is not None]
    if buyer.turnover is not None and buyer.terms_days is not None:
        needs.append(buyer.turnover * buyer.terms_days * season / DAYS_IN_YEAR)
    highest = max(needs, default=Decimal(0))
    return round_up_to_thousand(highest) if highest > 0 else None


def reason_not_to_ask(buyer: Buyer, amount: Decimal | None, discretionary_limit: Decimal | None = None) -> str:
    """Why the buyer is not asked (a code of NOT_ASKED), "" when it is. `amount` is what it needs, HT.

    A need within `discretionary_limit` (HT) is covered without asking.
    """
    if buyer.set_aside:
        return buyer.set_aside
    if buyer.outstanding is not None and buyer.outstanding < 0:
        return "credit_balance"
    if not buyer.id_value:
        return "no_identifier"
    if amount is None:
        return "no_amount"
    if discretionary_limit is not None and amount <= discretionary_limit:
        return "below_discretionary_limit"
    return ""
