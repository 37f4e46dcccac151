"""An offer's verbs: prepare it from a comparison, send it, withdraw it, hear the client's answer."""

from dataclasses import replace
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from clients.enums import ClientStage
from clients.services.stages import advance_client
from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.enqueue import enqueue_on_commit
from factortaboite.links.models import end_of, hash_token, new_token
from factortaboite.mail.models import MailStatus
from factortaboite.mail.services import cancel_mail, queue_mail
from factortaboite.mail.smtp import LINK_PLACE
from factortaboite.typography import typeset
from quotes.enums import ProposalStatus
from quotes.models import MarketTest, Proposal, ProposalLink
from quotes.models.proposal import ProposalRefused
from quotes.proposal_content import ClientIdentity, FirmIdentity, ProposalContent, write_proposal
from quotes.services.market_tests import compare

VALIDITY = timedelta(days=30)
DOUBLE_CLICK = timedelta(minutes=1)
# The commit wakes a worker by itself; the sweep leaves it that long before it looks.
HEAD_START = timedelta(seconds=10)


@transaction.atomic
def prepare_proposal(*, market_test: MarketTest, by: User, anonymous: bool = False) -> Proposal:
    """Freezes the comparison as it stands into an offer, whose PDF is laid out after the commit.

    `anonymous` shows the client letters instead of the insurers' names, wherever the offer is read. Another offer
    of the same market test is a new version of the same number; nothing new to say gives back the offer that says
    it. Raises ProposalRefused while no partner covers anything.
    """
    # Numbers of a firm follow each other without a gap: one at a time.
    firm = BrokerFirm.objects.select_for_update(no_key=True).get(pk=market_test.firm_id)
    latest = Proposal.objects.filter(market_test=market_test).order_by("-version").first()
    today = timezone.localdate()
    number = latest.number if latest else _next_number(firm, today.year)
    version = latest.version if latest else 1
    content = _content(market_test, firm, number, version, today, by, anonymous)
    if content.comparison.recommended is None:
        raise ProposalRefused(
            "Aucun partenaire ne garantit encore ces acheteurs : attendez une réponse avant de préparer l’offre."
        )
    if latest and latest.is_open and not latest.rendering_failed and latest.content == content.to_dict():
        return latest
    if latest:
        version += 1
        content = replace(content, version=version)
    proposal = Proposal.objects.create(
        firm=firm,
        client_id=market_test.client_id,
        market_test=market_test,
        number=number,
        version=version,
        content=content.to_dict(),
        anonymous=anonymous,
        valid_until=content.valid_until,
        next_render_at=timezone.now() + HEAD_START,
        created_by=by,
    )
    enqueue_on_commit("quotes.tasks.render_proposal_task", proposal.pk)
    return proposal


def _next_number(firm: BrokerFirm, year: int) -> str:
    last = Proposal.objects.filter(firm=firm, number__startswith=f"{year}-", version=1).order_by("-pk").first()
    return f"{year}-{int(last.number.partition('-')[2]) + 1 if last else 1:04}"


def _content(
    market_test: MarketTest, firm: BrokerFirm, number: str, version: int, today: date, by: User, anonymous: bool
) -> ProposalContent:
    client = market_test.client
    return write_proposal(
        reference=number,
        version=version,
        issued_on=today,
        valid_until=today + VALIDITY,
        firm=FirmIdentity(
            name=firm.name,
            legal_form=firm.legal_form,
            siren=firm.siren,
            address=firm.address,
            phone=firm.phone,
            email=firm.email,
            orias_number=firm.orias_number,
            orias_categories=firm.orias_categories,
            professional_body=firm.professional_body,
        ),
        client=ClientIdentity(
            name=client.name, siren=client.siren, address=client.address, contact_name=client.contact_name
        ),
        author=by.get_full_name(),
        author_email=by.email,
        comparison=compare(market_test, anonymous=anonymous),
        sandbox=market_test.submissions.filter(sandbox=True).exists(),
        anonymous=anonymous,
    )


@transaction.atomic
def send_proposal(*, proposal: Proposal, to: str, subject: str, message: str, by: User) -> ProposalLink:
    """Puts the mail with the PDF and a new personal link in the outbox. May be done again, to somebody else.

    Earlier versions are withdrawn: a client has one offer in hand. A double click sends once. Raises ProposalRefused
    when the offer is not ready, or no longer valid.
    """
    proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if proposal.sending_obstacle:
        raise ProposalRefused(proposal.sending_obstacle)
    content = ProposalContent.from_dict(proposal.content)
    body = _text("emails/proposal.txt", message=message, content=content, link_place=LINK_PLACE)
    same = proposal.links.filter(sent_to=to, mail__body=body, mail__created_at__gt=Now() - DOUBLE_CLICK)
    if twin := same.exclude(mail__status__in=[MailStatus.FAILED, MailStatus.CANCELLED]).first():
        return twin
    for earlier in Proposal.objects.open().filter(market_test=proposal.market_test, version__lt=proposal.version):
        withdraw_proposal(proposal=earlier, by=by, detail=f"remplacée par la version {proposal.version}")
    token = new_token()
    mail = queue_mail(
        firm=proposal.firm,
        to=to,
        reply_to=by.email,
        subject=subject,
        body=body,
        link=settings.SITE_URL + reverse("quotes:public_proposal", args=[token]),
        attachment=bytes(proposal.document.content),
        attachment_name=proposal.document.filename,
    )
    link = ProposalLink.objects.create(
        firm=proposal.firm,
        proposal=proposal,
        token_sha256=hash_token(token),
        mail=mail,
        sent_to=to,
        expires_at=end_of(proposal.valid_until),
    )
    if proposal.status == ProposalStatus.READY:
        proposal.move_to(ProposalStatus.SENT, by=by, detail=to)
        advance_client(proposal.client, to=ClientStage.OFFER, by=by)
    return link


def _text(template: str, **context) -> str:
    return typeset(render_to_string(template, context).strip())


def write_message(proposal: Proposal, by: User) -> dict[str, str]:
    """The first words of the mail that carries the offer, for the broker to change: address, subject and message."""
    content = ProposalContent.from_dict(proposal.content)
    return {
        "to": proposal.client.contact_email,
        "subject": typeset(f"Votre assurance-crédit : notre offre {proposal.number}"),
        "message": _text("emails/proposal_message.txt", content=content, author=by),
    }


@transaction.atomic
def withdraw_proposal(*, proposal: Proposal, by: User, detail: str = "") -> None:
    """Closes an offer for good: its links stop working, its unsent mails stay here. Raises ProposalRefused."""
    proposal.move_to(ProposalStatus.WITHDRAWN, by=by, detail=detail)
    links = proposal.links.select_related("mail")
    for link in links:
        cancel_mail(link.mail, reason="L’offre a été retirée avant le départ de ce courrier.")
    links.revoke()


@transaction.atomic
def answer_proposal(*, link: ProposalLink, accepted: bool, name: str, comment: str) -> None:
    """The client's answer, once. Accepting is an agreement to place the contract, not the contract.

    Tells the broker by mail. The same answer again, by a double click, changes nothing. Raises ProposalRefused when
    the link is dead or another answer was already given.
    """
    proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=link.proposal_id)
    link = ProposalLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if not link.is_usable:
        raise ProposalRefused("Ce lien n’est plus valable : demandez à votre courtier de vous renvoyer l’offre.")
    status = ProposalStatus.ACCEPTED if accepted else ProposalStatus.DECLINED
    if proposal.status == status and link.answered_by == name:
        return
    if proposal.status != ProposalStatus.SENT:
        raise ProposalRefused(
            "Une réponse a déjà été donnée à cette offre : contactez votre courtier pour la changer."
        )
    proposal.move_to(status, detail=f"{name} ({link.sent_to})")
    ProposalLink.objects.filter(pk=link.pk).update(answered_by=name, answer_comment=comment)
    if accepted:
        advance_client(proposal.client, to=ClientStage.PLACEMENT, by=None)
    queue_mail(
        firm=proposal.firm,
        to=proposal.client.told(otherwise=proposal.created_by).email,
        reply_to=link.sent_to,
        subject=f"{proposal} {status.label} par {proposal.client}"[:200],
        body=_text(
            "emails/proposal_answered.txt",
            proposal=proposal,
            accepted=accepted,
            name=name,
            sent_to=link.sent_to,
            comment=comment,
            url=settings.SITE_URL + reverse("quotes:proposal_detail", args=[proposal.pk]),
        ),
    )
