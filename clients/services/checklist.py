"""What a client's file still lacks before a market test, read from what is stored."""

from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from clients.advice.checklist import Checklist
from clients.advice.completeness import LARGEST, FileFacts, LargeBuyer, check_file
from clients.enums import UNINSURABLE, SetAside
from clients.models import Client, RiskSnapshot
from clients.services.loss_statements import read_standing


def read_checklist(client: Client, snapshot: RiskSnapshot | None) -> Checklist:
    """The check-list of a client and its latest confirmed snapshot, in five queries at most, whatever the size."""
    company = client.company
    facts = {
        "today": timezone.localdate(),
        "siren": client.siren,
        "siren_status": company.status if company else "",
        "contact_email": client.contact_email,
        "statement": read_standing(client, snapshot),
    }
    return check_file(FileFacts(**facts, **_of_snapshot(snapshot)) if snapshot else FileFacts(**facts))


def _of_snapshot(snapshot: RiskSnapshot) -> dict:
    largest = _largest_buyers(snapshot)
    parts = snapshot.turnover_parts
    return {
        "listed_on": snapshot.taken_on if largest else None,
        "largest": largest,
        "named_turnover": snapshot.exposures.aggregate(sold=Sum("turnover", default=Decimal(0)))["sold"],
        "total_turnover": snapshot.total_turnover,
        "excluded_turnover": parts.excluded if parts else Decimal(0),
        "losses": snapshot.losses,
        "losses_said": snapshot.losses_are_said,
        "margin_rate": snapshot.margin_rate,
    }


def _largest_buyers(snapshot: RiskSnapshot) -> list[LargeBuyer]:
    insurable = snapshot.exposures.exclude(set_aside__in=[*UNINSURABLE, SetAside.CREDIT_BALANCE])
    weight = Greatest("requested", "outstanding", "peak", "turnover")
    rows = insurable.annotate(weight=weight).order_by(F("weight").desc(nulls_last=True), "line")
    return [
        LargeBuyer(bool(id_value), amount is not None, terms is not None)
        for id_value, amount, terms in rows.values_list("id_value", "weight", "terms_days")[:LARGEST]
    ]
