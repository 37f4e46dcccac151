"""Firms, people, clients and their lists, built short: a bare object by default, more of its story by trait."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import factory
from django.utils import timezone

from clients.enums import PointKind, PortfolioFileStatus, SetAside
from clients.models import (
    AccountsReceived,
    Alert,
    BuyerRating,
    Candidate,
    CleaningPoint,
    Client,
    ClientAnswer,
    ClientRequest,
    Company,
    CompanyEvent,
    Exposure,
    LossSignature,
    LossStatement,
    PortfolioFile,
    RequestItem,
    RiskSnapshot,
    SavedView,
)
from clients.monitoring.kinds import OPENED, EventKind
from clients.monitoring.severity import ALERTS
from clients.services import read_portfolio_file
from clients.services.portfolio_files import pack
from factortaboite import demo
from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.links.models import hash_token
from factortaboite.mail.models import OutgoingMail

DEMO_FILE = Path(demo.__file__).with_name("valmorin-balance-agee.csv")
PASSWORD = "une phrase facile à retenir"


def fictitious_siren(number: int) -> str:
    """A SIREN that begins with 000 (never attributed) with a right key."""
    body = f"000{number:05d}"
    doubled = [int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(body)]
    return body + str(-sum(digit // 10 + digit % 10 for digit in doubled) % 10)


class BrokerFirmFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BrokerFirm

    name = factory.Sequence(lambda n: f"Cabinet {n}")


class UserFactory(factory.django.DjangoModelFactory):
    """A broker."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        direction = factory.Trait(role=Role.DIRECTION)
        assistant = factory.Trait(role=Role.ASSISTANT)
        reader = factory.Trait(role=Role.READER)

    firm = factory.SubFactory(BrokerFirmFactory)
    role = Role.BROKER
    email = factory.Sequence(lambda n: f"personne-{n}@cabinet.example")
    first_name = "Camille"
    last_name = factory.Sequence(lambda n: f"Durand {n}")
    password = factory.django.Password(PASSWORD)


class CompanyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Company
        django_get_or_create = ("country", "id_type", "id_value")

    country = "FR"
    id_type = "siren"
    id_value = factory.Sequence(lambda n: fictitious_siren(40_000 + n))


class ClientFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Client

    firm = factory.SubFactory(BrokerFirmFactory)
    company = factory.SubFactory(CompanyFactory)
    siren = factory.SelfAttribute("company.id_value")
    name = factory.Sequence(lambda n: f"Négoce {n}")
    contact_name = "Hélène Valmorin"
    contact_email = "helene@negoce.example"


class PortfolioFileFactory(factory.django.DjangoModelFactory):
    """The demonstration's list, waiting to be read; with `read=True`, read into its draft."""

    class Meta:
        model = PortfolioFile
        skip_postgeneration_save = True

    class Params:
        content = factory.LazyFunction(DEMO_FILE.read_bytes)
        unreadable = factory.Trait(status=PortfolioFileStatus.UNREADABLE, error="Ce fichier est vide.")

    client = factory.SubFactory(ClientFactory)
    firm = factory.SelfAttribute("client.firm")
    filename = DEMO_FILE.name
    packed = factory.LazyAttribute(lambda file: pack([file.content])[0])
    sha256 = factory.LazyAttribute(lambda file: pack([file.content])[1])
    uploaded_by = factory.SubFactory(UserFactory, firm=factory.SelfAttribute("..firm"))

    @factory.post_generation
    def read(file, create, extracted, **kwargs):
        if extracted:
            read_portfolio_file(file.pk)
            file.refresh_from_db()


class RiskSnapshotFactory(factory.django.DjangoModelFactory):
    """Without figures; `valmorin` has those of the demonstration."""

    class Meta:
        model = RiskSnapshot

    class Params:
        valmorin = factory.Trait(
            total_turnover=Decimal(6_600_000),
            private_persons_turnover=Decimal(120_000),
            public_bodies_turnover=Decimal(180_000),
            procedure_turnover=Decimal(220_000),
            cash_turnover=Decimal(80_000),
            export_turnover=Decimal(300_000),
            loss_two_years_ago=Decimal(17_000),
            loss_last_year=Decimal(7_000),
            margin_rate=Decimal("0.05"),
        )
        # Whoever asked how many losses there were got an answer.
        counted = factory.Trait(
            loss_count_three_years_ago=0,
            loss_count_two_years_ago=2,
            loss_count_last_year=1,
            loss_two_years_ago=Decimal(17_000),
            largest_loss_two_years_ago=Decimal(12_000),
            loss_last_year=Decimal(7_000),
            largest_loss_last_year=Decimal(7_000),
        )

    client = factory.SubFactory(ClientFactory)
    firm = factory.SelfAttribute("client.firm")


class ExposureFactory(factory.django.DjangoModelFactory):
    """A French buyer, asked for 60 000 €."""

    class Meta:
        model = Exposure

    class Params:
        public_body = factory.Trait(set_aside=SetAside.PUBLIC_BODY, requested=None)
        unidentified = factory.Trait(id_type="", id_value="", set_aside=SetAside.NO_IDENTIFIER)
        identified = factory.Trait(
            company=factory.SubFactory(CompanyFactory), id_value=factory.SelfAttribute("company.id_value")
        )

    snapshot = factory.SubFactory(RiskSnapshotFactory)
    firm = factory.SelfAttribute("snapshot.firm")
    line = factory.Sequence(lambda n: n + 1)
    name = factory.Sequence(lambda n: f"Acheteur {n}")
    country = "FR"
    id_type = "siren"
    id_value = factory.Sequence(lambda n: fictitious_siren(60_000 + n))
    outstanding = Decimal(72_000)
    turnover = Decimal(300_000)
    terms_days = 60
    vat_rate = Decimal("0.20")
    requested = Decimal(60_000)


class CompanyEventFactory(factory.django.DjangoModelFactory):
    """A judgment that opens a liquidation, published ten days ago."""

    class Meta:
        model = CompanyEvent

    company = factory.SubFactory(CompanyFactory)
    kind = EventKind.LIQUIDATION
    source = "BODACC"
    reference = factory.Sequence(lambda n: f"A2026{n:08d}")
    published_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=10))
    happened_on = factory.LazyAttribute(lambda event: event.published_on - timedelta(days=7))
    opens_filing = factory.LazyAttribute(lambda event: event.kind in OPENED)


class AlertFactory(factory.django.DjangoModelFactory):
    """A new alert on a buyer who owes 72 000 €; of the client's latest list unless `exposure` says otherwise."""

    class Meta:
        model = Alert

    client = factory.SubFactory(ClientFactory)
    firm = factory.SelfAttribute("client.firm")
    exposure = factory.SubFactory(
        ExposureFactory,
        snapshot__client=factory.SelfAttribute("...client"),
        company=factory.SubFactory(CompanyFactory, id_value=factory.SelfAttribute("..id_value")),
    )
    company = factory.SelfAttribute("exposure.company")
    event = factory.SubFactory(CompanyEventFactory, company=factory.SelfAttribute("..company"))
    buyer = factory.SelfAttribute("exposure.name")
    fact = factory.LazyAttribute(lambda alert: f"{alert.event.kind} {alert.event.happened_on}")
    level = factory.LazyAttribute(lambda alert: int(ALERTS[EventKind(alert.event.kind)].level))
    at_risk = factory.SelfAttribute("exposure.outstanding")
    filing_from = factory.LazyAttribute(lambda alert: alert.event.published_on if alert.event.opens_filing else None)


class SavedViewFactory(factory.django.DjangoModelFactory):
    """A view of the clients that only its owner sees."""

    class Meta:
        model = SavedView

    owner = factory.SubFactory(UserFactory)
    firm = factory.SelfAttribute("owner.firm")
    list_name = "clients"
    name = factory.Sequence(lambda n: f"Vue {n}")
    query = factory.Sequence(lambda n: f"q=vue+{n}")


class LossStatementFactory(factory.django.DjangoModelFactory):
    """On the losses of a `counted` snapshot taken this year; its PDF is a few bytes."""

    class Meta:
        model = LossStatement

    client = factory.SubFactory(ClientFactory)
    firm = factory.SelfAttribute("client.firm")
    version = factory.Sequence(lambda n: n + 1)
    document = b"%PDF-1.7 the bytes of a statement"
    sha256 = factory.LazyAttribute(lambda statement: hashlib.sha256(statement.document).hexdigest())
    created_by = factory.SubFactory(UserFactory, firm=factory.SelfAttribute("..firm"))

    @factory.lazy_attribute
    def years(statement):
        last = timezone.localdate().year - 1
        return [
            {"year": last, "amount": "7000.00", "count": 1, "largest": "7000.00"},
            {"year": last - 1, "amount": "17000.00", "count": 2, "largest": "12000.00"},
            {"year": last - 2, "amount": "0.00", "count": 0, "largest": None},
        ]


class LossSignatureFactory(factory.django.DjangoModelFactory):
    """Online; `on_paper` with its scan."""

    class Meta:
        model = LossSignature

    class Params:
        on_paper = factory.Trait(
            ip=None,
            scan=b"%PDF-1.4 a scan",
            scan_type="application/pdf",
            scan_sha256=hashlib.sha256(b"%PDF-1.4 a scan").hexdigest(),
            recorded_by=factory.SubFactory(UserFactory, firm=factory.SelfAttribute("..firm")),
        )

    statement = factory.SubFactory(LossStatementFactory)
    firm = factory.SelfAttribute("statement.firm")
    name = "Hélène Valmorin"
    quality = "présidente"
    document_sha256 = factory.SelfAttribute("statement.sha256")
    signed_on = factory.LazyFunction(timezone.localdate)
    ip = "192.0.2.7"


class ClientRequestFactory(factory.django.DjangoModelFactory):
    """Asks for everything but a signature; `token` opens its link. `expired` and `revoked` close it."""

    class Meta:
        model = ClientRequest
        exclude = ["token"]

    class Params:
        expired = factory.Trait(expires_at=factory.LazyFunction(timezone.now))
        revoked = factory.Trait(revoked_at=factory.LazyFunction(timezone.now))

    token = factory.Sequence(lambda n: f"the-token-of-request-{n}")
    client = factory.SubFactory(ClientFactory)
    firm = factory.SelfAttribute("client.firm")
    items = [RequestItem.BUYERS, RequestItem.TURNOVER, RequestItem.LOSSES, RequestItem.MARGIN]
    token_sha256 = factory.LazyAttribute(lambda request: hash_token(request.token))
    mail = factory.LazyAttribute(
        lambda request: OutgoingMail.objects.create(
            firm=request.firm, to=request.sent_to, subject="Ce qu’il nous manque", body="Bonjour"
        )
    )
    sent_to = "helene@negoce.example"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))
    created_by = factory.SubFactory(UserFactory, firm=factory.SelfAttribute("..firm"))


class ClientAnswerFactory(factory.django.DjangoModelFactory):
    """A turnover and a margin."""

    class Meta:
        model = ClientAnswer

    request = factory.SubFactory(ClientRequestFactory)
    firm = factory.SelfAttribute("request.firm")
    figures = factory.LazyFunction(lambda: {"total_turnover": "6600000.00", "margin_rate": "0.0500"})


class AccountsReceivedFactory(factory.django.DjangoModelFactory):
    """A good year, with its document."""

    class Meta:
        model = AccountsReceived

    company = factory.SubFactory(CompanyFactory)
    received_by = factory.SubFactory(UserFactory)
    firm = factory.SelfAttribute("received_by.firm")
    year_end = date(2025, 12, 31)
    turnover = Decimal(4_200_000)
    equity = Decimal(900_000)
    net_result = Decimal(120_000)
    document = b"%PDF-1.4 some accounts"
    document_name = "Comptes 2025.pdf"
    document_type = "application/pdf"
    sha256 = hashlib.sha256(b"%PDF-1.4 some accounts").hexdigest()


class BuyerRatingFactory(factory.django.DjangoModelFactory):
    """Coface's 4, of today: a medium risk as we read it."""

    class Meta:
        model = BuyerRating

    company = factory.SubFactory(CompanyFactory)
    recorded_by = factory.SubFactory(UserFactory)
    firm = factory.SelfAttribute("recorded_by.firm")
    scale = "coface_dra"
    value = 4
    rated_on = factory.LazyFunction(timezone.localdate)


class CleaningPointFactory(factory.django.DjangoModelFactory):
    """A buyer whose company is closed; with `unidentified`, a line to be identified."""

    class Meta:
        model = CleaningPoint

    class Params:
        unidentified = factory.Trait(
            kind=PointKind.IDENTIFIER,
            company=None,
            reason="",
            exposure=factory.SubFactory(
                ExposureFactory, snapshot=factory.SelfAttribute("..snapshot"), unidentified=True
            ),
        )

    snapshot = factory.SubFactory(RiskSnapshotFactory)
    firm = factory.SelfAttribute("snapshot.firm")
    exposure = factory.SubFactory(ExposureFactory, snapshot=factory.SelfAttribute("..snapshot"), identified=True)
    company = factory.SelfAttribute("exposure.company")
    kind = PointKind.CLOSED_COMPANY
    reason = "Entreprise fermée."
    weight = factory.LazyAttribute(lambda point: point.exposure.outstanding or 0)


class CandidateFactory(factory.django.DjangoModelFactory):
    """The only proposal for a line, quite sure."""

    class Meta:
        model = Candidate

    point = factory.SubFactory(CleaningPointFactory, unidentified=True, best_similarity=Decimal("0.95"), is_clear=True)
    firm = factory.SelfAttribute("point.firm")
    siren = factory.Sequence(lambda n: fictitious_siren(80_000 + n))
    name = factory.Sequence(lambda n: f"ACHETEUR {n}")
    postcode = "31000"
    city = "TOULOUSE"
    similarity = Decimal("0.95")
    source = "Recherche d’entreprises"
    found_on = date(2026, 11, 22)
