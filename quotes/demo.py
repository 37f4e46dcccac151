"""The demonstration firm and its client, Valmorin Négoce: a story that adds up, every name of it fictitious."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from clients.enums import ClientStage
from clients.models import Client, Company, Exposure, RiskSnapshot
from clients.services import create_client
from clients.services.followup import plan_action
from clients.services.stages import move_client
from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.demo.clients import DEMO_CLIENTS, DemoClient
from factortaboite.sandbox.credentials import CREDENTIALS
from quotes.enums import Channel
from quotes.models import PartnerAccount
from quotes.services.tariffs import start_tariffs

PORTFOLIO_FILE = Path(__file__).resolve().parent.parent / "factortaboite" / "demo" / "valmorin-balance-agee.csv"
CLIENT_SIREN = "000100990"
PASSWORD = "demonstration-2026"
PEOPLE = (
    ("direction@cabinet-demo.example", "Solène", "Arvieux", Role.DIRECTION),
    ("courtier@cabinet-demo.example", "Bastien", "Corvelle", Role.BROKER),
    ("assistant@cabinet-demo.example", "Maïwenn", "Delsarte", Role.ASSISTANT),
    ("lecture@cabinet-demo.example", "Octave", "Fromental", Role.READER),
)
# HT, twelve months: 6 600 000 less what is not insurable leaves 6 000 000.
TURNOVER = {
    "total_turnover": Decimal(6_600_000),
    "private_persons_turnover": Decimal(120_000),
    "public_bodies_turnover": Decimal(180_000),
    "procedure_turnover": Decimal(220_000),
    "cash_turnover": Decimal(80_000),
    "export_turnover": Decimal(300_000),
    "loss_three_years_ago": Decimal(0),
    "loss_two_years_ago": Decimal(17_000),
    "loss_last_year": Decimal(7_000),
    "margin_rate": Decimal("0.05"),
}
FEE_PER_BUYER = Decimal(40)
# (code, name, connector, premium rate, insured percentage, maximum liability as a multiple of the premium)
INSURERS = (
    ("a", "Assureur A", "allianz_trade", "0.0017", "0.90", 20),
    ("b", "Assureur B", "atradius", "0.0024", "0.90", 30),
    ("c", "Assureur C", "coface", "0.0021", "0.85", 25),
)
# Long enough for every twin's slowest job, short enough for a demonstration to end with its one missing reply.
SANDBOX_PATIENCE = timedelta(seconds=12)


def demo_client(firm: BrokerFirm) -> Client:
    return Client.objects.get(firm=firm, siren=CLIENT_SIREN)


def demo_firm() -> BrokerFirm | None:
    return BrokerFirm.objects.filter(is_demonstration=True).first()


@transaction.atomic
def load_demo_firm() -> BrokerFirm:
    """The demonstration firm with its people, its simulated insurers, its tariffs and its client; written once."""
    if firm := demo_firm():
        return firm
    firm = BrokerFirm.objects.create(
        name="Cabinet Démo",
        legal_form="SAS au capital de 10 000 €",
        siren="000100982",
        address="12 rue de la Démonstration\n75000 Paris",
        phone="01 00 00 00 00",
        email="bonjour@cabinet-demo.example",
        orias_number="00000000",
        orias_categories="courtier d’assurance (COA), cabinet fictif",
        professional_body="association professionnelle (cabinet fictif)",
        is_demonstration=True,
    )
    users = [
        User.objects.create_user(email, PASSWORD, firm=firm, first_name=first_name, last_name=last_name, role=role)
        for email, first_name, last_name, role in PEOPLE
    ]
    for position, (code, name, connector, rate, insured, multiple) in enumerate(INSURERS):
        account = PartnerAccount(
            firm=firm,
            code=code,
            name=name,
            channel=Channel.API,
            connector=connector,
            sandbox=True,
            max_concurrent=6,
            calls_per_second=20,
            timeout_seconds=10,
            patience_seconds=int(SANDBOX_PATIENCE.total_seconds()),
            position=position,
            premium_rate=Decimal(rate),
            insured_percentage=Decimal(insured),
            maximum_liability_multiple=multiple,
            fee_per_buyer=FEE_PER_BUYER,
        )
        account.set_credentials(CREDENTIALS[connector])
        account.save()
    PartnerAccount.objects.create(
        firm=firm,
        code="d",
        name="Assureur D",
        channel=Channel.SPREADSHEET,
        sandbox=True,
        contact_email="souscription@assureur-d.example",
        position=len(INSURERS),
        fee_per_buyer=FEE_PER_BUYER,
    )
    start_tariffs(firm=firm)
    company = Company.objects.create(country="FR", id_type="siren", id_value=CLIENT_SIREN)
    Client.objects.create(
        firm=firm,
        company=company,
        name="Valmorin Négoce SAS",
        siren=company.id_value,
        contact_name="Hélène Valmorin",
        contact_email="helene@valmorin.example",
        address="4 quai des Forges\n76000 Rouen",
        owner=users[1],
        next_action="Appeler Mme Valmorin après le test à blanc",
        next_action_on=timezone.localdate() + timedelta(days=2),
    )
    return firm


@transaction.atomic
def load_demo_pipeline(firm: BrokerFirm) -> None:
    """The firm's other clients, at every stage of the pipeline; written once. Valmorin's figures know nothing of
    them."""
    if Client.objects.filter(firm=firm, siren=DEMO_CLIENTS[0].siren).exists():
        return
    people = list(User.objects.filter(firm=firm).order_by("pk"))
    for demo in DEMO_CLIENTS:
        _load_client(demo, by=people[demo.followed_by])


def _load_client(demo: DemoClient, *, by: User) -> None:
    today = timezone.localdate()
    first_contact_on = today - timedelta(days=demo.first_contact_days_ago)
    client = create_client(
        by=by, siren=demo.siren, name=demo.name, contact_name=demo.contact, first_contact_on=first_contact_on
    )
    if demo.buyers:
        _load_snapshot(client, demo)
    if demo.covered_after_days is not None:
        effective_on = first_contact_on + timedelta(days=demo.covered_after_days)
        move_client(client, to=ClientStage.CONTRACT, by=by, effective_on=effective_on)
    move_client(client, to=ClientStage(demo.stage), by=by, reason=demo.lost_because)
    if demo.action:
        plan_action(client, action=demo.action, on=today + timedelta(days=demo.action_in_days), by=by)


def _load_snapshot(client: Client, demo: DemoClient) -> None:
    snapshot = RiskSnapshot.objects.create(
        firm_id=client.firm_id, client=client, frozen_at=timezone.now() if demo.asked else None
    )
    for line, (name, siren, thousands) in enumerate(demo.buyers, start=2):
        company, _ = Company.objects.get_or_create(country="FR", id_type="siren", id_value=siren)
        Exposure.objects.create(
            firm_id=client.firm_id,
            snapshot=snapshot,
            company=company,
            line=line,
            name=name,
            id_type="siren",
            id_value=siren,
            outstanding=Decimal(thousands * 1200),
            vat_rate=Decimal("0.20"),
            requested=Decimal(thousands * 1000),
        )
