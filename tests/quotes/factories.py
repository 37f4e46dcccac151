"""What the quotes floor stores, built short: a bare object by default, more of its story by trait."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import factory
from django.utils import timezone

from factortaboite.links.models import hash_token
from factortaboite.mail.models import OutgoingMail
from quotes.comparison import compare
from quotes.enums import Channel, IndicationState, MandateScope, MandateState, ProposalStatus
from quotes.models import (
    LimitIndication,
    Mandate,
    MandateDocument,
    MarketTest,
    PartnerAccount,
    PartnerQuote,
    Proposal,
    ProposalDocument,
    ProposalEvent,
    ProposalLink,
    Submission,
)
from quotes.proposal_content import ClientIdentity, FirmIdentity, write_proposal
from quotes.vocabulary import Decision, Reason
from tests.factories import ClientFactory, ExposureFactory, RiskSnapshotFactory, UserFactory
from tests.quotes.valmorin import BUYERS, PARTNERS

PDF = b"%PDF-1.7 the bytes of an offer"


class PartnerAccountFactory(factory.django.DjangoModelFactory):
    """An insurer asked by machine, simulated."""

    class Meta:
        model = PartnerAccount
        django_get_or_create = ["firm", "code"]

    class Params:
        by_mail = factory.Trait(
            channel=Channel.SPREADSHEET, connector="", contact_email="souscription@assureur.example"
        )
        real = factory.Trait(sandbox=False, base_url="https://api.assureur.example")

    firm = factory.SubFactory("tests.factories.BrokerFirmFactory")
    code = factory.Sequence(lambda n: f"assureur-{n}")
    name = factory.Sequence(lambda n: f"Assureur {n}")
    channel = Channel.API
    connector = "atradius"
    sandbox = True
    premium_rate = Decimal("0.0024")
    insured_percentage = Decimal("0.90")
    maximum_liability_multiple = 30
    fee_per_buyer = Decimal(40)


class MandateFactory(factory.django.DjangoModelFactory):
    """A partner that is free again; `requested`, `accepted` and `expired` take it further."""

    class Meta:
        model = Mandate

    class Params:
        incumbent = factory.Trait(status=MandateState.INCUMBENT)
        reserved = factory.Trait(status=MandateState.RESERVED)
        requested = factory.Trait(
            status=MandateState.REQUESTED,
            letter=factory.SubFactory(
                "tests.quotes.factories.MandateDocumentFactory", client=factory.SelfAttribute("..client")
            ),
        )
        accepted = factory.Trait(
            status=MandateState.ACCEPTED,
            scope=MandateScope.PLACEMENT,
            signed_on=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30)),
            valid_until=factory.LazyFunction(timezone.localdate),
        )
        expired = factory.Trait(
            accepted=True, valid_until=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=1))
        )

    client = factory.SubFactory(ClientFactory)
    firm = factory.SelfAttribute("client.firm")
    account = factory.SubFactory(PartnerAccountFactory, firm=factory.SelfAttribute("..firm"))


class MandateDocumentFactory(factory.django.DjangoModelFactory):
    """A letter as it was printed."""

    class Meta:
        model = MandateDocument

    client = factory.SubFactory(ClientFactory)
    firm = factory.SelfAttribute("client.firm")
    filename = "mandat.pdf"
    content_type = "application/pdf"
    content = b"%PDF-1.7 a letter"
    sha256 = factory.LazyAttribute(lambda document: hashlib.sha256(document.content).hexdigest())
    created_by = factory.SubFactory(UserFactory, firm=factory.SelfAttribute("..firm"))


class MarketTestFactory(factory.django.DjangoModelFactory):
    """A market test nobody was asked in yet; `answered` gives it the demo's buyers and all three insurers' answers."""

    class Meta:
        model = MarketTest
        skip_postgeneration_save = True

    client = factory.SubFactory(
        ClientFactory,
        name="Valmorin Négoce SAS",
        contact_email="helene@valmorin.example",
        firm__orias_number="00000000",
        firm__address="12 rue de la Démonstration\n75000 Paris",
    )
    firm = factory.SelfAttribute("client.firm")
    snapshot = factory.SubFactory(RiskSnapshotFactory, valmorin=True, client=factory.SelfAttribute("..client"))
    launched_by = factory.SubFactory(UserFactory, firm=factory.SelfAttribute("..firm"))
    launch_key = factory.LazyFunction(uuid4)

    @factory.post_generation
    def answered(self, create, extracted, **kwargs):
        if extracted:
            _answer(self)


def _answer(market_test: MarketTest) -> None:
    exposures = {
        buyer.key: ExposureFactory(
            firm=market_test.firm,
            snapshot=market_test.snapshot,
            line=line,
            name=buyer.name,
            country="DE" if buyer.foreign else "FR",
            id_value=f"{line:09}",
            turnover=buyer.turnover,
            requested=buyer.requested,
        )
        for line, buyer in enumerate(BUYERS, start=1)
    }
    for position, column in enumerate(PARTNERS):
        submission = SubmissionFactory(
            market_test=market_test, account__code=column.code, account__name=column.name, position=position
        )
        terms = column.priced.terms
        PartnerQuote.objects.filter(submission=submission).update(
            premium_rate=terms.premium_rate,
            insured_percentage=terms.insured_percentage,
            maximum_liability_multiple=int(terms.maximum_liability_multiple),
            fee_per_buyer=terms.fee_per_buyer,
        )
        for key, exposure in exposures.items():
            answer = column.answers.get(key)
            LimitIndicationFactory(
                submission=submission,
                exposure=exposure,
                silent=answer is None,
                **({"decision": answer.decision, "permanent": answer.permanent} if answer else {}),
            )


class SubmissionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Submission
        skip_postgeneration_save = True

    market_test = factory.SubFactory(MarketTestFactory)
    firm = factory.SelfAttribute("market_test.firm")
    account = factory.SubFactory(PartnerAccountFactory, firm=factory.SelfAttribute("..firm"))
    name = factory.SelfAttribute("account.name")
    channel = factory.SelfAttribute("account.channel")
    sandbox = factory.SelfAttribute("account.sandbox")
    position = 0

    @factory.post_generation
    def quote(self, create, extracted, **kwargs):
        PartnerQuote.objects.create(
            firm=self.firm,
            submission=self,
            premium_rate=self.account.premium_rate,
            insured_percentage=self.account.insured_percentage,
            maximum_liability_multiple=self.account.maximum_liability_multiple,
            fee_per_buyer=self.account.fee_per_buyer,
        )


class LimitIndicationFactory(factory.django.DjangoModelFactory):
    """A buyer granted what was asked, unless a trait says otherwise."""

    class Meta:
        model = LimitIndication

    class Params:
        refused = factory.Trait(
            decision=Decision.REFUSED, permanent=Decimal(0), reasons=[Reason.WEAK_FINANCIALS.value]
        )
        silent = factory.Trait(state=IndicationState.SILENT, decision="", permanent=None)
        waiting = factory.Trait(state=IndicationState.WAITING, decision="", permanent=None)

    submission = factory.SubFactory(SubmissionFactory)
    firm = factory.SelfAttribute("submission.firm")
    account = factory.SelfAttribute("submission.account")
    exposure = factory.SubFactory(
        ExposureFactory,
        firm=factory.SelfAttribute("..firm"),
        snapshot=factory.SelfAttribute("..submission.market_test.snapshot"),
    )
    reference = factory.Sequence(lambda n: f"question-{n}")
    requested = factory.SelfAttribute("exposure.requested")
    state = IndicationState.ANSWERED
    decision = Decision.GRANTED
    permanent = factory.SelfAttribute("requested")


class ProposalFactory(factory.django.DjangoModelFactory):
    """The demo's offer, waiting for its PDF; `ready`, `sent` and `expired` take it further."""

    class Meta:
        model = Proposal
        skip_postgeneration_save = True

    class Params:
        ready = factory.Trait(status=ProposalStatus.READY)
        sent = factory.Trait(status=ProposalStatus.SENT)
        accepted = factory.Trait(status=ProposalStatus.ACCEPTED)
        declined = factory.Trait(status=ProposalStatus.DECLINED)
        withdrawn = factory.Trait(status=ProposalStatus.WITHDRAWN)
        expired = factory.Trait(valid_until=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=1)))

    market_test = factory.SubFactory(MarketTestFactory)
    firm = factory.SelfAttribute("market_test.firm")
    client = factory.SelfAttribute("market_test.client")
    created_by = factory.SelfAttribute("market_test.launched_by")
    number = factory.Sequence(lambda n: f"2026-{n + 1:04}")
    version = 1
    valid_until = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    content = factory.LazyAttribute(lambda proposal: _content(proposal).to_dict())

    @factory.post_generation
    def story(self, create, extracted, **kwargs):
        """The rows that the status implies."""
        path = [ProposalStatus.RENDERING, ProposalStatus.READY, ProposalStatus.SENT]
        if self.status not in path:
            path.append(self.status)
        for before, after in zip(path, path[1 : path.index(self.status) + 1], strict=False):
            ProposalEvent.objects.create(firm=self.firm, proposal=self, from_status=before, to_status=after)
        if self.status != ProposalStatus.RENDERING:
            ProposalDocument.objects.create(firm=self.firm, proposal=self, content=PDF, sha256="0" * 64)


def _content(proposal):
    firm, client = proposal.firm, proposal.client
    return write_proposal(
        reference=proposal.number,
        version=proposal.version,
        issued_on=timezone.localdate(),
        valid_until=proposal.valid_until,
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
        client=ClientIdentity(client.name, client.siren, client.address, client.contact_name),
        author=proposal.created_by.get_full_name(),
        author_email=proposal.created_by.email,
        comparison=compare(BUYERS, PARTNERS, on=timezone.localdate()),
        sandbox=True,
    )


class ProposalLinkFactory(factory.django.DjangoModelFactory):
    """A link whose token is "token-0", "token-1"…, with its mail; `revoked` and `expired` close it."""

    class Meta:
        model = ProposalLink

    class Params:
        token = factory.Sequence(lambda n: f"token-{n}")
        revoked = factory.Trait(revoked_at=factory.LazyFunction(timezone.now))
        expired = factory.Trait(expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1)))

    proposal = factory.SubFactory(ProposalFactory, sent=True)
    firm = factory.SelfAttribute("proposal.firm")
    token_sha256 = factory.LazyAttribute(lambda link: hash_token(link.token))
    sent_to = "helene@valmorin.example"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))
    mail = factory.LazyAttribute(
        lambda link: OutgoingMail.objects.create(
            firm=link.firm, to=link.sent_to, subject="Votre offre", body="Bonjour"
        )
    )
