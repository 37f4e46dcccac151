"""A firm's partners: their accounts, their keys, and how they have answered so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import models, transaction
from django.db.models import Count, F, FloatField, Sum
from django.db.models.functions import Extract
from django.utils import timezone
from django.utils.text import slugify

from factortaboite.accounts.models import BrokerFirm, User
from quotes.enums import IndicationState
from quotes.models import LimitIndication, PartnerAccount
from quotes.services.coverage import covered


class Median(models.Aggregate):
    """The middle value of a number, in PostgreSQL's own words."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class Record:
    """How a partner has answered the firm: the share of the amounts asked it granted, its median time to answer."""

    answered: int
    acceptance: Decimal  # share, 0–1
    median_time: timedelta


def partner_records(firm: BrokerFirm) -> dict[int, Record]:
    """Over the last twelve months, by account key, for the partners that answered at all. One query."""
    recent = timezone.now() - timedelta(days=365)
    rows = (
        LimitIndication.objects.filter(firm=firm, state=IndicationState.ANSWERED, settled_at__gte=recent)
        .values("account_id")
        .annotate(
            answered=Count("pk"),
            covered=Sum(covered(timezone.localdate())),
            asked=Sum("requested"),
            seconds=Median(Extract(F("settled_at") - F("submission__market_test__launched_at"), "epoch")),
        )
    )
    return {
        row["account_id"]: Record(
            answered=row["answered"],
            acceptance=row["covered"] / row["asked"],
            median_time=timedelta(seconds=row["seconds"]),
        )
        for row in rows
    }


@transaction.atomic
def save_partner(
    *, account: PartnerAccount, credentials: Mapping[str, str], creation_key: UUID | None, by: User
) -> PartnerAccount:
    """Stores a new or changed account of `by`'s firm. A credential left blank keeps the value it had, unless the
    address changes: nobody sends the keys elsewhere without knowing them.

    The same `creation_key` and name give back the account that they added the first time. Whoever opens an account to
    real requests stays written on it.
    """
    if not account.live:
        account.opened_by = account.opened_at = None
    elif account.opened_at is None:
        account.opened_by, account.opened_at = by, timezone.now()
    stays = PartnerAccount.objects.filter(pk=account.pk, base_url=account.base_url).exists()
    kept = account.credentials if stays else {}
    account.set_credentials(kept | {name: value for name, value in credentials.items() if value})
    if not account.pk:
        # One at a time in a firm: codes and positions follow each other.
        account.firm = BrokerFirm.objects.select_for_update(no_key=True).get(pk=by.firm_id)
        twins = PartnerAccount.objects.filter(firm=by.firm, creation_key=creation_key, name=account.name)
        if creation_key and (twin := twins.first()):
            return twin
        account.creation_key = creation_key
        account.code = _free_code(account)
        account.position = PartnerAccount.objects.filter(firm=by.firm).count()
    account.save()
    return account


def _free_code(account: PartnerAccount) -> str:
    """The name as a code that no other partner of the firm has."""
    base = slugify(account.name)[:16] or "partenaire"
    taken = set(PartnerAccount.objects.filter(firm=account.firm, code__startswith=base).values_list("code", flat=True))
    codes = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 2))]
    return next(code for code in codes if code not in taken)
