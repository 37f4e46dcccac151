"""What a firm knows of a buyer: its file, and what to advise on it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from clients.advice.credit_policy import Advice, BuyerFacts, Procedure, advise
from clients.advice.late_payment import LateRates
from clients.advice.ratings import worst_band
from clients.models import (
    AccountsReceived,
    BuyerRating,
    Client,
    Company,
    CompanyEvent,
    EventKind,
    Exposure,
    RiskSnapshot,
)
from factortaboite.accounts.models import User

PROCEDURES = {
    EventKind.LIQUIDATION: Procedure.LIQUIDATION,
    EventKind.PERSONAL_RECOVERY: Procedure.RECEIVERSHIP,
    EventKind.RECEIVERSHIP: Procedure.RECEIVERSHIP,
    EventKind.TRANSFER_PLAN: Procedure.RECEIVERSHIP,
    EventKind.PLAN_FAILED: Procedure.RECEIVERSHIP,
    EventKind.SAFEGUARD: Procedure.SAFEGUARD,
}


def visible_companies(user: User) -> QuerySet[Company]:
    """Those that the firm has to do with: a buyer of one of its clients, or a client itself."""
    exposures = Exposure.objects.visible_to(user).filter(company=OuterRef("pk"))
    clients = Client.objects.visible_to(user).filter(company=OuterRef("pk"))
    return Company.objects.filter(Exists(exposures) | Exists(clients))


def latest_exposures(company: Company, user: User) -> list[Exposure]:
    """The company as a buyer of each of the firm's clients, as the client's latest snapshot has it."""
    latest = RiskSnapshot.objects.visible_to(user).latest()
    exposures = Exposure.objects.visible_to(user).filter(company=company, snapshot__in=latest)
    return list(exposures.select_related("snapshot__client").order_by("snapshot__client__name", "pk"))


@dataclass(frozen=True, slots=True)
class Cover:
    """What insurers said of a buyer, HT: the most that was asked, and the most that one of them would cover."""

    requested: Decimal
    granted: Decimal


def read_advice(
    company: Company, *, user: User, cover: Cover | None = None, late_rates: LateRates | None = None
) -> tuple[Advice, ...]:
    """The firm's advice on a buyer, from all that it knows of it."""
    exposures = latest_exposures(company, user)
    today = timezone.localdate()
    ratings = BuyerRating.objects.visible_to(user).filter(company=company)
    asked = [exposure.requested for exposure in exposures if exposure.requested]
    return advise(
        BuyerFacts(
            today=today,
            country=company.country,
            band=worst_band(ratings.values_list("scale", "value", "rated_on"), on=today),
            created_on=company.created_on,
            is_closed=company.is_closed,
            procedure=read_procedure(company),
            overdue_share=_overdue_share(exposures),
            requested=cover.requested if cover else max(asked, default=None),
            granted=cover.granted if cover else None,
            late_rates=late_rates,
        )
    )


def read_procedure(company: Company) -> Procedure:
    """The collective procedure under way, by the notices that stand."""
    event = CompanyEvent.objects.filter(company=company).procedures().get(company.pk)
    return PROCEDURES[EventKind(event.kind)] if event else Procedure.NONE


def _overdue_share(exposures: list[Exposure]) -> Decimal | None:
    """What is late of what the buyer owes to all clients whose lists say how old their balances are."""
    aged = [exposure for exposure in exposures if exposure.ageing and (exposure.outstanding or 0) > 0]
    owed = sum((exposure.outstanding for exposure in aged), Decimal(0))
    late = sum((max(exposure.overdue, Decimal(0)) for exposure in aged), Decimal(0))
    return min(late / owed, Decimal(1)) if owed else None


def record_accounts(
    *, company: Company, figures: Mapping[str, Any], document: tuple[str, str, bytes] | None, by: User
) -> AccountsReceived:
    """Keeps a year's accounts: `figures` are fields of AccountsReceived, `document` a name, a type and bytes.

    Raises ValidationError for a year that is there already.
    """
    name, content_type, content = document or ("", "", b"")
    accounts = AccountsReceived(
        firm_id=by.firm_id,
        company=company,
        document=content,
        document_name=name,
        document_type=content_type,
        sha256=hashlib.sha256(content).hexdigest() if content else "",
        received_by=by,
        **figures,
    )
    return _save_once(accounts)


def record_rating(*, company: Company, rating: BuyerRating, by: User) -> BuyerRating:
    """Keeps an insurer's rating. Raises ValidationError for one that is there already."""
    rating.firm_id, rating.company, rating.recorded_by = by.firm_id, company, by
    return _save_once(rating)


def _save_once(row):
    row.validate_constraints()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # the other of two clicks
        row.validate_constraints()
        raise ValidationError("Cette ligne est déjà dans le dossier.") from None
    return row
