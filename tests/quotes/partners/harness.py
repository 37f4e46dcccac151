"""A connector and its twin, face to face over real HTTP inside one loop."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from factortaboite.sandbox.app import Sandbox, serving
from factortaboite.sandbox.credentials import CREDENTIALS
from factortaboite.sandbox.twin import Twin
from quotes.partners.allianz_trade import AllianzTrade
from quotes.partners.atradius import Atradius
from quotes.partners.base import AccountSettings, Answer, Connector, KeepNumber, Question, Ticket
from quotes.partners.coface import Coface
from quotes.partners.wire import Wire, open_session

CONNECTORS = (AllianzTrade, Atradius, Coface)
# Chauff'Est Rimbault, whom all three simulated insurers cover in full.
RIMBAULT = Question("ref-1", "Chauff'Est Rimbault", "FR", "siren", "000100123", Decimal(25_000))


def about(siren: str, requested: int, reference: str = "ref-1") -> Question:
    return replace(RIMBAULT, id_value=siren, requested=Decimal(requested), reference=reference)


@dataclass
class Meeting:
    connector: Connector
    wire: Wire
    twin: Twin
    account: AccountSettings
    numbers: dict[str, str]  # by identifier: what the engine would have stored

    def twin_clock_moves_on(self, seconds: float) -> None:
        now = self.twin.now
        self.twin.now = lambda: now() + seconds

    def another_connector(self, account: AccountSettings | None = None) -> Connector:
        """As another process would have it: nothing remembered, the same partner."""
        return type(self.connector)(account or self.account, self.wire, _keeping(self.numbers))

    def later(self, question: Question) -> Question:
        """The question as the engine would put it now."""
        return replace(question, number=self.numbers.get(question.id_value, ""))


@asynccontextmanager
async def meeting(
    connector_class: type[Connector],
    *,
    timeout_seconds: float = 20,
    credentials: Mapping[str, str] | None = None,
    **twin_settings,
) -> AsyncIterator[Meeting]:
    sandbox = Sandbox()
    async with serving(sandbox) as url:
        name = connector_class.code.replace("_", "-")
        twin = sandbox.twins[name]
        twin.set({"latency_seconds": 0, "job_seconds": 0, **twin_settings})
        account = AccountSettings(
            base_url=f"{url}/{name}",
            credentials=credentials or CREDENTIALS[connector_class.code],
            max_concurrent=20,
            is_our_twin=True,
            timeout_seconds=timeout_seconds,
        )
        async with open_session(account) as session:
            wire = Wire(session, account)
            numbers: dict[str, str] = {}
            yield Meeting(connector_class(account, wire, _keeping(numbers)), wire, twin, account, numbers)


def _keeping(numbers: dict[str, str]) -> KeepNumber:
    def keep_number(question: Question, number: str) -> None:
        numbers[question.id_value] = number

    return keep_number


async def settle(connector: Connector, question: Question, *, polls: int = 40) -> Answer | Ticket:
    """Asks, then polls quickly until the answer; a ticket when none came."""
    result = await connector.ask(question)
    while isinstance(result, Ticket) and polls:
        await asyncio.sleep(0.02)
        result = await connector.poll(question, result.value)
        polls -= 1
    return result
