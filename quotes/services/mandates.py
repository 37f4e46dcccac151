"""A client's mandates, and what they allow: who may be asked about its buyers, and at what price."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from clients.models import Client
from factortaboite.accounts.models import User
from factortaboite.mail.services import cancel_mail, queue_mail
from factortaboite.money import euros
from factortaboite.pdf import render_pdf
from factortaboite.typography import typeset
from quotes.engine.store import clients_without_mandate, stop_asking
from quotes.enums import MandateScope, MandateState
from quotes.models import Mandate, MandateDocument, PartnerAccount

ENDED = "Le mandat a pris fin avant que la question parte."
ABANDONED = "La demande de mandat a été abandonnée avant le départ de ce courrier."


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands with one partner. `lookup_cost` is what asking would cost, in euros HT."""

    account: PartnerAccount
    mandate: Mandate | None
    lookup_cost: Decimal
    obstacle: str  # why it may not be asked, in French; empty when it may

    @property
    def state(self) -> MandateState:
        return self.mandate.state if self.mandate else MandateState.FREE

    @property
    def needs_mandate(self) -> bool:
        """Whether the mandate is all that keeps it from being asked, as far as one can tell before there is one."""
        return bool(self.obstacle) and self.account.live and self.state != MandateState.ACCEPTED


def read_standings(*, client: Client, accounts: Iterable[PartnerAccount], asked_count: int = 0) -> list[Standing]:
    """Each partner's mandate of this client, and what would keep it from being asked about that many buyers."""
    mandates = {mandate.account_id: mandate for mandate in client.mandates.select_related("client", "letter__mail")}
    standings = []
    for account in accounts:
        mandate = mandates.get(account.pk)
        if mandate:
            mandate.account = account
        cost = asked_count * (account.lookup_price or Decimal(0)) if account.is_real_interface else Decimal(0)
        standings.append(Standing(account, mandate, cost, typeset(_obstacle(client, account, mandate, cost))))
    return standings


def _obstacle(client: Client, account: PartnerAccount, mandate: Mandate | None, cost: Decimal) -> str:
    """Simulators, and partners that a person writes to, need none of it."""
    if not account.is_real_interface:
        return ""
    if not account.live:
        return "Fermé aux vraies demandes : un courtier ou la direction l’ouvre sur sa fiche."
    if mandate is None or mandate.state != MandateState.ACCEPTED:
        return _missing_mandate(client, mandate)
    if account.lookup_price and account.lookup_budget is None:
        return "Ses consultations sont payantes : donnez-lui un budget sur sa fiche."
    left = euros(account.lookup_left, cents=True)
    if cost > account.lookup_left:
        return f"Ces consultations coûteraient {euros(cost, cents=True)} HT, il en reste {left} au budget."
    return ""


def _missing_mandate(client: Client, mandate: Mandate | None) -> str:
    match mandate.state if mandate else MandateState.FREE:
        case MandateState.REQUESTED:
            return f"Le mandat demandé à {client} n’est pas encore signé."
        case MandateState.EXPIRED:
            return f"Le mandat du client a expiré le {mandate.valid_until:%d/%m/%Y}."
        case MandateState.RESERVED:
            return "Réservé par un autre courtier : il faut un mandat du client."
        case _:
            return "Il faut un mandat du client."


def engage_lookups(*, client: Client, accounts: Iterable[PartnerAccount], asked_count: int) -> list[Standing]:
    """Counts one look-up per asked buyer on each real interface, unless one of `accounts` may not be asked.

    Gives back those that may not; then nothing is counted. In the caller's transaction: two launches at once cannot
    both spend the last euro, and no mandate ends between its reading and the questions.
    """
    real = [account.pk for account in accounts if account.is_real_interface]
    if real:
        Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    locked = PartnerAccount.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=real).order_by("pk")
    standings = read_standings(client=client, accounts=locked, asked_count=asked_count)
    obstructed = [standing for standing in standings if standing.obstacle]
    if not obstructed:
        for standing in standings:
            if standing.lookup_cost:
                PartnerAccount.objects.filter(pk=standing.account.pk).update(
                    lookup_spent=F("lookup_spent") + standing.lookup_cost
                )
    return obstructed


def request_mandates(
    *,
    client: Client,
    accounts: Sequence[PartnerAccount],
    scope: MandateScope,
    valid_until: date,
    to: str,
    message: str,
    request_key: UUID,
    by: User,
) -> MandateDocument:
    """Prints one letter per partner for the client to sign, in one PDF, and mails it to `to` unless that is empty.

    The same `request_key` gives back the letter it printed the first time. Raises MandateRefused when a partner's
    mandate cannot be asked for.
    """
    if existing := MandateDocument.objects.filter(request_key=request_key, firm_id=by.firm_id).first():
        return existing
    # Before the transaction: nobody waits behind a page layout.
    pdf = render_pdf(_letters(client, accounts, scope, valid_until))
    with transaction.atomic():
        client = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
        if existing := MandateDocument.objects.filter(request_key=request_key, firm_id=by.firm_id).first():
            return existing
        letter = _store(
            client=client, filename=f"mandat-{slugify(client.name)}.pdf", content_type="application/pdf",
            content=pdf, by=by, request_key=request_key,
        )  # fmt: skip
        for account in accounts:
            _mandate_of(client, account).move_to(
                MandateState.REQUESTED,
                by=by,
                detail=to,
                scope=scope,
                valid_until=valid_until,
                signed_on=None,
                letter=letter,
                signed=None,
            )
        if to:
            letter.mail = queue_mail(
                firm=client.firm,
                to=to,
                reply_to=by.email,
                subject=typeset(f"Mandat de courtage à signer : {client}")[:200],
                body=typeset(message),
                attachment=pdf,
                attachment_name=letter.filename,
            )
            letter.save(update_fields=["mail"])
    return letter


def _letters(client: Client, accounts: Sequence[PartnerAccount], scope: MandateScope, valid_until: date) -> str:
    """One page for each partner, as HTML."""
    return render_to_string(
        "quotes/pdf/mandate.html",
        {
            "client": client,
            "firm": client.firm,
            "accounts": accounts,
            "scope": scope,
            "on": timezone.localdate(),
            "valid_until": valid_until,
            "is_fictitious": client.firm.is_demonstration or any(account.sandbox for account in accounts),
        },
    )


def write_request(client: Client, by: User) -> str:
    """The first words of the mail that carries the letters, for the broker to change."""
    text = render_to_string("emails/mandate.txt", {"client": client, "firm": client.firm, "author": by})
    return typeset(text.strip())


@transaction.atomic
def accept_mandates(
    *,
    client: Client,
    accounts: Iterable[PartnerAccount],
    scope: MandateScope,
    signed_on: date,
    valid_until: date,
    signed: tuple[str, str, bytes] | None,
    by: User,
) -> None:
    """Records the client's signature towards these partners; `signed` is the scan's name, type and bytes, if any.

    Raises MandateRefused when one of the mandates cannot be accepted.
    """
    client = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    document = None
    if signed:
        filename, content_type, content = signed
        document = _store(client=client, filename=filename, content_type=content_type, content=content, by=by)
    for account in accounts:
        _mandate_of(client, account).move_to(
            MandateState.ACCEPTED,
            by=by,
            detail=f"signé le {signed_on:%d/%m/%Y}, valable jusqu’au {valid_until:%d/%m/%Y}",
            scope=scope,
            signed_on=signed_on,
            valid_until=valid_until,
            signed=document,
        )


@transaction.atomic
def note_state(*, client: Client, account: PartnerAccount, state: MandateState, by: User) -> None:
    """Notes that a partner is free, already insures the client, or is held by another broker.

    A letter on its way that nobody waits for any longer stays here, and a real interface is asked nothing more about
    this client. Raises MandateRefused.
    """
    client = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    mandate = _mandate_of(client, account)
    letter = mandate.letter
    mandate.move_to(state, by=by, signed_on=None, valid_until=None, letter=None, signed=None, scope="")
    if account.is_real_interface:
        stop_asking(account.pk, client.pk, ENDED)
    if letter and letter.mail and not letter.mandates.exists():
        cancel_mail(letter.mail, reason=ABANDONED)


def stop_after_mandates() -> None:
    """Ends in words the questions that a mandate past its last day left to be put, as an end by hand does."""
    for account_id, client_id in clients_without_mandate():
        stop_asking(account_id, client_id, ENDED)


def _mandate_of(client: Client, account: PartnerAccount) -> Mandate:
    mandate, _ = Mandate.objects.get_or_create(client=client, account=account, defaults={"firm_id": client.firm_id})
    return mandate


def _store(*, client: Client, filename: str, content_type: str, content: bytes, by: User, request_key=None):
    return MandateDocument.objects.create(
        firm_id=client.firm_id,
        client=client,
        filename=filename,
        content_type=content_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        request_key=request_key,
        created_by=by,
    )
