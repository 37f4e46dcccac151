"""The loss statement: laid out from the snapshot's figures, signed by the client, void when the figures change."""

import hashlib
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from clients.advice.completeness import Statement
from clients.models import Client, ClientRequest, LossSignature, LossStatement, RiskSnapshot
from clients.models.loss_statement import AGREEMENT
from clients.services.client_news import tell_follower
from clients.services.journal import write_entry
from factortaboite.accounts.models import User
from factortaboite.money import round_euros
from factortaboite.pdf import render_pdf
from factortaboite.refused import Refused

LONGEST_AGENT = 500


class StatementRefused(Refused):
    """The statement cannot be prepared or signed; the message says why in French."""


def years_of(snapshot: RiskSnapshot) -> list[dict]:
    """The years of a statement on this snapshot's losses, as LossStatement keeps them."""
    return [
        {
            "year": year,
            "amount": str(round_euros(losses.amount)),
            "count": losses.count,
            "largest": None if losses.largest is None else str(round_euros(losses.largest)),
        }
        for year, losses in snapshot.loss_years.items()
    ]


def latest_statement(client: Client) -> LossStatement | None:
    """Without its bytes, and with its signature."""
    statements = LossStatement.objects.filter(client=client).select_related("signature")
    return statements.defer("document", "signature__scan").first()


def is_current(statement: LossStatement, snapshot: RiskSnapshot | None) -> bool:
    """Whether the statement says what the client's snapshot says now."""
    return snapshot is not None and snapshot.losses_are_said and statement.years == years_of(snapshot)


def read_standing(client: Client, snapshot: RiskSnapshot | None) -> Statement:
    """Where a client's loss statement stands; a signature on other figures than today's does not count."""
    latest = latest_statement(client)
    if latest is None:
        return Statement.NONE
    current = is_current(latest, snapshot)
    if current and latest.is_signed:
        return Statement.SIGNED
    if LossSignature.objects.filter(statement__client=client).exists():
        return Statement.OUTDATED
    return Statement.PREPARED if current else Statement.NONE


def prepare_statement(*, client: Client, by: User) -> LossStatement:
    """The statement on the client's figures of today: the one there is, or a new version, laid out and kept.

    Raises StatementRefused while nobody said how the three years went.
    """
    snapshot = client.snapshots.confirmed().first()
    if snapshot is None or not snapshot.losses_are_said:
        raise StatementRefused(
            "Complétez d’abord les pertes des trois années, avec le nombre d’impayés : 0 quand il n’y en a pas eu."
        )
    latest = latest_statement(client)
    if latest and is_current(latest, snapshot):
        return latest
    years = years_of(snapshot)
    version = latest.version + 1 if latest else 1
    # Before the transaction: nobody waits behind a page layout.
    pdf = render_pdf(_page(client, years, version, timezone.localdate()))
    with transaction.atomic():
        Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
        newest = latest_statement(client)
        if newest and newest.years == years:
            return newest
        statement = LossStatement.objects.create(
            firm_id=client.firm_id,
            client=client,
            version=newest.version + 1 if newest else 1,
            years=years,
            document=pdf,
            sha256=hashlib.sha256(pdf).hexdigest(),
            created_by=by,
        )
        write_entry(f"{statement} préparée.", client=client, by=by)
    return statement


def _page(client: Client, years: list[dict], version: int, on: date, signature: LossSignature | None = None) -> str:
    context = {
        "client": client,
        "firm": client.firm,
        "years": years,
        "count": sum(year["count"] for year in years),
        "amount": sum(Decimal(year["amount"]) for year in years),
        "version": version,
        "on": on,
        "signature": signature,
        "agreement": AGREEMENT,
    }
    return render_to_string("clients/pdf/loss_statement.html", context)


def signed_copy(signature: LossSignature) -> bytes:
    """The statement for insurers as it was signed online, with the proof on it: another PDF than the one stored."""
    statement = signature.statement
    on = timezone.localdate(statement.created_at)
    return render_pdf(_page(statement.client, statement.years, statement.version, on, signature))


@transaction.atomic
def sign_online(
    *, request: ClientRequest, name: str, quality: str, sha256: str, ip: str, user_agent: str
) -> LossSignature:
    """The client's signature through its link, on the document whose fingerprint its page showed.

    The same person again, by a double click, changes nothing. Raises StatementRefused when the document is not the
    one to sign any longer, or is signed already.
    """
    statement = _lock(request.statement)
    if statement.is_signed:
        if statement.signature.name == name and statement.signature.sent_to == request.sent_to:
            return statement.signature
        raise StatementRefused(f"Cette déclaration est déjà signée par {statement.signature}.")
    if sha256 != statement.sha256 or not is_current(statement, statement.client.snapshots.confirmed().first()):
        raise StatementRefused(
            "Les chiffres ont changé depuis l’envoi de cette déclaration : votre courtier vous en enverra une autre."
        )
    signature = LossSignature.objects.create(
        firm_id=statement.firm_id,
        statement=statement,
        name=name,
        quality=quality,
        document_sha256=statement.sha256,
        signed_on=timezone.localdate(),
        sent_to=request.sent_to,
        ip=ip,
        user_agent=user_agent[:LONGEST_AGENT],
    )
    tell_follower(
        request,
        what=f"déclaration de sinistralité signée par {signature}",
        to_do="Voir la déclaration",
        address=reverse("clients:loss_statement", args=[statement.client_id]),
    )
    write_entry(f"{statement} signée en ligne par {signature}.", client=statement.client, by=None)
    return signature


@transaction.atomic
def record_scan(
    *, statement: LossStatement, name: str, quality: str, signed_on: date, scan: tuple[str, str, bytes], by: User
) -> LossSignature:
    """The statement that came back signed on paper; `scan` is its name, type and bytes.

    Raises StatementRefused when it is signed already.
    """
    statement = _lock(statement)
    if statement.is_signed:
        raise StatementRefused(f"Cette déclaration est déjà signée par {statement.signature}.")
    _, scan_type, content = scan
    signature = LossSignature.objects.create(
        firm_id=statement.firm_id,
        statement=statement,
        name=name,
        quality=quality,
        document_sha256=statement.sha256,
        signed_on=signed_on,
        scan=content,
        scan_type=scan_type,
        scan_sha256=hashlib.sha256(content).hexdigest(),
        recorded_by=by,
    )
    write_entry(f"{statement} signée par {signature}, document numérisé.", client=statement.client, by=by)
    return signature


def _lock(statement: LossStatement) -> LossStatement:
    locked = LossStatement.objects.select_for_update(of=("self",)).select_related("client")
    return locked.defer("document").get(pk=statement.pk)
