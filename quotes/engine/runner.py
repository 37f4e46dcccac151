"""Asks one partner all that is due, concurrently, while holding the partner account's lease.

One event loop per runner; the ORM never runs inside it: a single writer thread talks to the database. HTTP never
happens inside a transaction.
"""

import asyncio
import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, connections

from quotes.engine import lease, store
from quotes.engine.health import PartnerHealth
from quotes.engine.store import Buyer, DueQuestion, Outcome
from quotes.enums import FINAL_STATES, IndicationState
from quotes.models import PartnerAccount
from quotes.partners.base import Answer, BrokenAnswer, Connector, PartnerError, PartnerUnavailable, Question, Ticket
from quotes.partners.registry import connector_class
from quotes.partners.wire import Wire, open_session

logger = logging.getLogger(__name__)

WORK_SECONDS = 45  # then another task goes on: tasks stay far below the broker's visibility timeout
FLUSH_SECONDS = 0.04
RENEW_SECONDS = 1.0
IDLE_SECONDS = 0.1
LINGER_SECONDS = 2.0  # a runner with nothing due waits this long for more before it leaves
MAX_ATTEMPTS = 12  # some ten minutes, for a question that fails while others are answered
RETRY_SECONDS = 0.5  # full jitter: up to 1, 2, 4 s and so on
MAX_RETRY_SECONDS = 300.0
POLL_GROWTH = 1.3
MAX_POLL_SECONDS = 900.0  # after some hours: thousands of questions may be with underwriters for days
DATABASE_SECONDS = 30.0  # how long a runner holds its outcomes while the database is away
RECONNECT_SECONDS = 0.2

stopping = threading.Event()  # set when the worker is told to stop


def run_account(account_id: int) -> bool:
    """Answers what this account has due. Returns whether work is left for another task at once.

    Does nothing when another runner holds the account's lease. Safe to run twice, or to be killed at any point.
    """
    holder = uuid4()
    if not lease.take_lease(account_id, holder):
        return False
    try:
        account = PartnerAccount.objects.get(pk=account_id)
        return asyncio.run(_Runner(account, holder).run())
    finally:
        lease.release_lease(account_id, holder)


class _Runner:
    def __init__(self, account: PartnerAccount, holder: UUID) -> None:
        self.account_id = account.pk
        self.address = account.base_url
        self.holder = holder
        self.settings = account.connection()
        self.connector_class = connector_class(account.connector)
        self.outcomes: list[Outcome] = []
        self.numbers: dict[Buyer, str] = {}
        self.has_outcomes = asyncio.Event()
        self.calls: set[asyncio.Task] = set()
        self.has_lease = True
        self.was_cut_off = False  # the database went away under a statement
        self.health = PartnerHealth(failures=account.consecutive_failures)
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="writer")

    async def run(self) -> bool:
        session = open_session(self.settings)
        try:
            rest = await self._in_writer(lease.rest_seconds, self.account_id)
            self.health.rest(time.monotonic(), rest)
            connector = self.connector_class(self.settings, Wire(session, self.settings), self._keep_number)
            keepers = [asyncio.create_task(self._keep_lease()), asyncio.create_task(self._keep_flushing())]
            try:
                return await self._work(connector)
            finally:
                for task in keepers:
                    task.cancel()
                await asyncio.gather(*keepers, return_exceptions=True)
                await self._flush()
        finally:
            await session.close()
            await self._in_writer(connections.close_all)
            self.writer.shutdown()

    async def _work(self, connector: Connector) -> bool:
        """Keeps the partner's slots full until nothing is due, time is up or the lease is lost.

        What was being claimed when the database went away may be marked as sent without anybody asking it: then this
        runner finishes what it has in hand and leaves the rest to the next one's lease.
        """
        started = last_work = time.monotonic()
        while self.has_lease:
            now = time.monotonic()
            if stopping.is_set() or self.was_cut_off or now - started > WORK_SECONDS:
                await self._finish_calls()
                return True
            room = self.health.room(now, self.settings.max_concurrent, len(self.calls))
            due = await self._in_writer(store.claim_due, self.account_id, self.holder, room) if room > 0 else []
            for question in due:
                task = asyncio.create_task(self._call(connector, question))
                self.calls.add(task)
                task.add_done_callback(self.calls.discard)
            if due or self.calls:
                last_work = now
            elif self.health.rest_until > now + LINGER_SECONDS or not await self._is_more_due_soon(now - last_work):
                return False
            await self._pause(full=0 < room == len(due) or room == 0)
        for task in list(self.calls):
            task.cancel()
        await asyncio.gather(*self.calls, return_exceptions=True)
        # What is final is good whoever brings it; the rest is the next runner's to say.
        self.outcomes = [outcome for outcome in self.outcomes if outcome.state in FINAL_STATES]
        return False

    async def _pause(self, *, full: bool) -> None:
        """Waits for a slot to come free when all are taken, else for new work to come due."""
        if full and self.calls:
            await asyncio.wait(self.calls, return_when=asyncio.FIRST_COMPLETED, timeout=IDLE_SECONDS)
            await asyncio.sleep(0.01)  # let a few more come free: one claim serves them all
        else:
            await asyncio.sleep(IDLE_SECONDS)

    async def _is_more_due_soon(self, idle_seconds: float) -> bool:
        if idle_seconds < LINGER_SECONDS:
            return True
        seconds = await self._in_writer(store.seconds_to_next_due, self.account_id)
        return seconds is not None and seconds < LINGER_SECONDS

    async def _call(self, connector: Connector, due: DueQuestion) -> None:
        """One question put, or one ticket polled, to one outcome, whatever the connector raises."""
        trouble: PartnerError | None = None
        was_heard = True  # a question that we cannot even put says nothing of the partner
        try:
            if due.ticket:
                result = await connector.poll(due.question, due.ticket)
            else:
                result = await connector.ask(due.question)
            outcome = _outcome(due, result)
        except PartnerUnavailable as error:
            outcome, trouble = self._try_again(due, error), error
        except PartnerError as error:
            outcome = Outcome(due.pk, IndicationState.FAILED, message=error.message, raw=error.raw)
            trouble, was_heard = error if isinstance(error, BrokenAnswer) else None, bool(error.raw)
        except Exception:
            logger.exception("Connector %s failed on question %s", self.connector_class.code, due.question.reference)
            outcome = Outcome(due.pk, IndicationState.FAILED, message="Erreur interne : notre équipe est prévenue.")
        self.outcomes.append(outcome)  # first: the partner's health waits for the database, which may be away
        self.has_outcomes.set()
        if trouble:
            await self._is_unwell(trouble)
        elif was_heard:
            await self._is_well()

    def _keep_number(self, question: Question, number: str) -> None:
        """Stored like an outcome, without waiting for the question's own: what was paid for outlives this runner."""
        self.numbers[question.country, question.id_type, question.id_value] = number
        self.has_outcomes.set()

    def _try_again(self, due: DueQuestion, error: PartnerUnavailable) -> Outcome:
        """Full jitter, and not before the time that the partner gave.

        A poll may always be repeated, a question MAX_ATTEMPTS times; but a partner that answers nobody, or asks for a
        pause, says nothing about this question: that does not count, and it waits as long as the account's patience.
        """
        wish = error.retry_after_seconds
        is_the_partner = self.health.is_open or wish is not None
        if not due.ticket and due.attempts >= MAX_ATTEMPTS and not is_the_partner:
            return Outcome(due.pk, IndicationState.FAILED, message=error.message, raw=error.raw)
        growth = POLL_GROWTH if due.ticket else 2
        wait = random.uniform(0.05, min(RETRY_SECONDS * growth ** min(due.attempts, 30), MAX_RETRY_SECONDS))
        return Outcome(
            due.pk,
            IndicationState.WAITING if due.ticket else IndicationState.OPEN,
            wait_seconds=self.health.retry_wait(wait) if wish is None else max(wish, wait),
            ticket=due.ticket,
            message=error.message,
            raw=error.raw,
            attempts=due.attempts - 1 if is_the_partner else None,
        )

    async def _is_well(self) -> None:
        if self.health.succeed():
            await self._in_writer(lease.keep_health, self.account_id, self.holder, 0, 0.0, "")

    async def _is_unwell(self, error: PartnerError) -> None:
        """Rests the whole account, for now and for whoever runs it next, when it asks for it or fails too often."""
        now = time.monotonic()
        has_opened = self.health.fail(now)  # also with a wish: who asks for no time at all, again and again, is down
        if error.retry_after_seconds is not None:
            self.health.rest(now, error.retry_after_seconds)
        elif not has_opened:
            return
        rest = self.health.rest_until - now
        failures = self.health.failures if self.health.is_open else 0
        await self._in_writer(lease.keep_health, self.account_id, self.holder, failures, rest, error.message)

    async def _finish_calls(self) -> None:
        if self.calls:
            await asyncio.wait(self.calls, timeout=0.5 if stopping.is_set() else self.settings.timeout_seconds)

    async def _keep_lease(self) -> None:
        while self.has_lease:
            await asyncio.sleep(RENEW_SECONDS)
            self.has_lease = await self._in_writer(lease.renew_lease, self.account_id, self.holder)

    async def _keep_flushing(self) -> None:
        """The first outcome is stored at once, those that follow in batches."""
        while True:
            await self.has_outcomes.wait()
            self.has_outcomes.clear()
            await self._flush()
            await asyncio.sleep(FLUSH_SECONDS)

    async def _flush(self) -> None:
        if self.numbers:
            numbers, self.numbers = self.numbers, {}
            await asyncio.shield(self._in_writer(store.keep_numbers, self.account_id, self.address, numbers))
        if self.outcomes:
            batch, self.outcomes = self.outcomes, []
            # Shielded: who leaves cancels the flusher, maybe while its batch still waits for the writer.
            await asyncio.shield(self._in_writer(store.store_outcomes, batch))

    async def _in_writer(self, function, *args):
        return await asyncio.get_running_loop().run_in_executor(self.writer, self._insist, function, *args)

    def _insist(self, function, *args):
        """Calls `function`, again for as long as the database restarts: every write is safe to repeat."""
        deadline = time.monotonic() + DATABASE_SECONDS
        while True:
            try:
                return function(*args)
            except (OperationalError, InterfaceError):
                if stopping.is_set() or time.monotonic() > deadline:
                    raise
                self.was_cut_off = True
                connections.close_all()
                time.sleep(RECONNECT_SECONDS)


def _outcome(due: DueQuestion, result: Answer | Ticket) -> Outcome:
    if isinstance(result, Ticket):
        # Polls slow down by themselves: a queue is left in seconds, an underwriter in days.
        wait = min(result.poll_after_seconds * POLL_GROWTH ** min(due.attempts, 30), MAX_POLL_SECONDS)
        return Outcome(
            due.pk, IndicationState.WAITING, wait_seconds=wait, ticket=result.value, raw=result.raw, message=""
        )
    return Outcome(
        due.pk,
        IndicationState.ANSWERED,
        ticket=due.ticket,
        decision=result.decision.value,
        asked=result.asked,
        permanent=result.permanent,
        temporary=result.temporary,
        temporary_until=result.temporary_until,
        preliminary=result.preliminary,
        conditions=result.conditions,
        reasons=[reason.value for reason in result.reasons],
        partner_reference=result.partner_reference,
        raw=result.raw,
    )
