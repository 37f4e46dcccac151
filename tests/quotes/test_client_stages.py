"""A client moves on by itself when its list, its market test and its offer do."""

from uuid import uuid4

import pytest

from clients.enums import STAGES_BEFORE_CONTRACT, ClientStage
from clients.models import Client, StageMove
from clients.services import confirm_portfolio_file
from clients.services.stages import move_client
from factortaboite.demo.clients import DEMO_CLIENTS
from quotes.demo import demo_client, load_demo_pipeline
from quotes.services.market_tests import launch_market_test
from quotes.services.proposals import answer_proposal, send_proposal, withdraw_proposal
from tests.factories import PortfolioFileFactory
from tests.quotes.factories import ProposalFactory, ProposalLinkFactory

pytestmark = pytest.mark.django_db

SENDING = {"to": "helene@valmorin.example", "subject": "Votre offre", "message": "Bonjour"}


def stage(client: Client) -> str:
    return Client.objects.get(pk=client.pk).stage


def test_from_the_list_to_the_accepted_offer(firm, broker, insurers):
    client = demo_client(firm)
    file = PortfolioFileFactory(client=client, read=True)
    assert stage(client) == ClientStage.PROSPECT
    snapshot = confirm_portfolio_file(file, figures={}, by=broker)
    assert stage(client) == ClientStage.SNAPSHOT
    market_test = launch_market_test(snapshot=snapshot, accounts=insurers, launch_key=uuid4(), by=broker)
    assert stage(client) == ClientStage.MARKET_TEST
    proposal = ProposalFactory(ready=True, market_test=market_test)
    assert stage(client) == ClientStage.MARKET_TEST
    link = send_proposal(proposal=proposal, by=broker, **SENDING)
    assert stage(client) == ClientStage.OFFER
    answer_proposal(link=link, accepted=True, name="Hélène Valmorin", comment="")
    assert stage(client) == ClientStage.PLACEMENT
    moves = StageMove.objects.values_list("from_stage", "to_stage", "by", "automatic")
    assert list(moves) == [
        ("prospect", "snapshot", broker.pk, True),
        ("snapshot", "market_test", broker.pk, True),
        ("market_test", "offer", broker.pk, True),
        ("offer", "placement", None, True),
    ]


def test_an_accepted_offer_takes_on_whoever_was_moved_back(broker):
    link = ProposalLinkFactory()
    client = link.proposal.client
    move_client(client, to=ClientStage.MARKET_TEST, by=link.proposal.created_by)
    answer_proposal(link=link, accepted=True, name="Hélène Valmorin", comment="")
    assert stage(client) == ClientStage.PLACEMENT


def test_a_declined_or_withdrawn_offer_moves_nobody():
    link = ProposalLinkFactory()
    answer_proposal(link=link, accepted=False, name="Hélène Valmorin", comment="")
    other = ProposalFactory(sent=True)
    withdraw_proposal(proposal=other, by=other.created_by)
    assert not StageMove.objects.exists()


@pytest.mark.parametrize("where", [stage for stage in ClientStage if stage not in STAGES_BEFORE_CONTRACT])
def test_a_new_list_leaves_a_contract_a_renewal_and_the_lost_where_they_are(where):
    file = PortfolioFileFactory(read=True)
    fields = {"lost_reason": "Trop cher"} if where == ClientStage.LOST else {"effective_on": "2026-01-01"}
    Client.objects.update(stage=where, **fields)
    confirm_portfolio_file(file, figures={})
    assert stage(file.client) == where


def test_the_demonstration_has_a_client_at_every_stage(firm, market_test):
    load_demo_pipeline(firm)
    load_demo_pipeline(firm)
    clients = Client.objects.filter(firm=firm)
    assert clients.count() == 1 + len(DEMO_CLIENTS)
    assert set(clients.values_list("stage", flat=True)) == set(ClientStage)
    assert stage(demo_client(firm)) == ClientStage.MARKET_TEST
