"""What the engine reads and writes, in a handful of SQL statements. Only the database's clock counts.

A question's row is its status, its lock and its proof: every write here is conditional on the row not being settled,
so the first final answer to arrive is the one kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg2.extras import execute_values

from quotes.engine.health import FAILURES_TO_OPEN
from quotes.enums import FINAL_STATES, IndicationState
from quotes.partners.base import Question

Buyer = tuple[str, str, str]  # country, type of identifier, identifier
# A mandate's last day ends at midnight where the firm is, by the database's clock.
TODAY = f"(clock_timestamp() AT TIME ZONE '{settings.TIME_ZONE}')::date"
NEVER_ASKED = "Le partenaire n’a pas pu être interrogé."


@dataclass(frozen=True, slots=True)
class DueQuestion:
    """A question this runner has to ask or, when it has a ticket, to poll."""

    pk: int
    question: Question
    ticket: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call did to one row. `state` says which of the other fields count."""

    pk: int
    state: IndicationState
    wait_seconds: float = 0
    ticket: str = ""
    decision: str = ""
    asked: Decimal | None = None
    permanent: Decimal | None = None
    temporary: Decimal = Decimal(0)
    temporary_until: date | None = None
    preliminary: bool = True
    conditions: Sequence[str] = ()
    reasons: Sequence[str] = ()
    partner_reference: str = ""
    message: str = ""
    raw: bytes = b""
    attempts: int | None = None  # those that count, when this call does not: the partner answers nobody


def open_questions(exposures: QuerySet, market_test_id: int, launch_key: UUID) -> None:
    """Writes one question for each of these exposures and each partner, without carrying them through this process.

    What a machine is asked is due at once; what a person is asked by mail never comes due: nobody polls it, nobody
    gives it up.
    """
    asked, parameters = exposures.order_by().values("pk", "requested").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO quotes_limitindication (
                firm_id, submission_id, account_id, exposure_id, reference, requested, state, next_call_at,
                conditions, reasons, partner_reference, raw
            )
            SELECT s.firm_id, s.id, s.account_id, e.id, concat_ws('-', %s, s.id, e.id), e.requested,
                CASE WHEN s.channel = 'api' THEN 'open' ELSE 'waiting' END,
                clock_timestamp() + CASE WHEN s.channel = 'api' THEN interval '0' ELSE interval '100 years' END,
                '{{}}', '{{}}', '', ''
            FROM quotes_submission s, ({asked}) AS e (id, requested)
            WHERE s.market_test_id = %s ORDER BY s.id, e.requested DESC, e.id
            """,
            [launch_key.hex[:12], *parameters, market_test_id],
        )


def claim_due(account_id: int, holder: UUID, limit: int) -> list[DueQuestion]:
    """At most `limit` due questions of this account, largest amounts first, marked as being in a call.

    Nothing is handed out to a runner whose lease is gone, nor once the account is switched off or closed; nor is a
    question put to a real insurer after the last day of the client's mandate. What it took already is still polled.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            # Materialized: within a join, the planner may read a limited subquery again and again, and lock more each
            # time.
            f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM quotes_limitindication
                WHERE account_id = %(account)s AND state IN ('open', 'waiting') AND next_call_at <= clock_timestamp()
                AND (give_up_at IS NULL OR give_up_at > clock_timestamp())
                ORDER BY requested DESC, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
            )
            UPDATE quotes_limitindication AS i
            SET state = 'sent', attempts = LEAST(i.attempts + 1, 30000), -- a small integer: polls go on for months
                give_up_at = COALESCE(i.give_up_at, clock_timestamp() + make_interval(secs => a.patience_seconds))
            FROM due, quotes_partneraccount a, clients_exposure e
            WHERE i.id = due.id AND a.id = i.account_id AND e.id = i.exposure_id
            AND a.lease_holder = %(holder)s AND a.lease_until > clock_timestamp()
            AND a.active AND (a.sandbox OR a.live) AND (a.sandbox OR i.ticket <> '' OR EXISTS (
                SELECT 1 FROM quotes_submission s JOIN quotes_markettest t ON t.id = s.market_test_id
                JOIN quotes_mandate m ON m.client_id = t.client_id AND m.account_id = a.id
                WHERE s.id = i.submission_id AND m.status = 'accepted' AND m.valid_until >= {TODAY}
            ))
            RETURNING i.id, i.reference, e.name, e.country, e.id_type, e.id_value, i.requested, COALESCE((
                SELECT n.number FROM quotes_buyernumber n
                WHERE n.account_id = a.id AND n.country = e.country AND n.id_type = e.id_type
                AND n.id_value = e.id_value AND n.address = a.base_url
                AND n.found_at > clock_timestamp() - interval '1 day'
            ), ''), i.ticket, i.attempts
            """,
            {"account": account_id, "holder": holder, "limit": limit},
        )
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (-row[6], row[0]))
    return [
        DueQuestion(pk, Question(reference, name, country, id_type, id_value, requested, number), ticket, attempts)
        for pk, reference, name, country, id_type, id_value, requested, number, ticket, attempts in rows
    ]


def seconds_to_next_due(account_id: int) -> float | None:
    """How long until this account has a question due; None when nothing is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXTRACT(EPOCH FROM min(next_call_at) - clock_timestamp()) FROM quotes_limitindication "
            "WHERE account_id = %s AND state IN ('open', 'waiting') "
            "AND (give_up_at IS NULL OR give_up_at > clock_timestamp())",
            [account_id],
        )
        (seconds,) = cursor.fetchone()
    return None if seconds is None else float(seconds)


def store_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Writes a batch of outcomes, and the counters of their submissions, in one transaction."""
    if not outcomes:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        settled = execute_values(
            cursor.cursor,
            """
            UPDATE quotes_limitindication AS i SET
                state = v.state,
                next_call_at = clock_timestamp() + make_interval(secs => v.wait_seconds),
                ticket = v.ticket, decision = v.decision, asked = v.asked, permanent = v.permanent,
                temporary = v.temporary, temporary_until = v.temporary_until, preliminary = v.preliminary,
                conditions = v.conditions, reasons = v.reasons, partner_reference = v.partner_reference,
                message = v.message, raw = v.raw,
                attempts = COALESCE(v.attempts, i.attempts),
                settled_at = CASE WHEN v.state IN ('answered', 'failed', 'silent') THEN clock_timestamp() END
            FROM (VALUES %s) AS v (
                id, state, wait_seconds, ticket, decision, asked, permanent, temporary, temporary_until, preliminary,
                conditions, reasons, partner_reference, message, raw, attempts
            )
            WHERE i.id = v.id AND i.state IN ('open', 'sent', 'waiting')
            RETURNING i.submission_id, i.state
            """,
            [
                (
                    o.pk,
                    o.state.value,
                    o.wait_seconds,
                    o.ticket,
                    o.decision,
                    o.asked,
                    o.permanent,
                    o.temporary,
                    o.temporary_until,
                    o.preliminary,
                    list(o.conditions),
                    list(o.reasons),
                    o.partner_reference[:80],
                    o.message,
                    o.raw,
                    o.attempts,
                )
                for o in outcomes
            ],
            template=(
                "(%s, %s, %s::float8, %s, %s, %s::numeric, %s::numeric, %s::numeric, %s::date, %s::boolean, "
                "%s::text[], %s::varchar[], %s, %s, %s::bytea, %s::int)"
            ),
            page_size=500,
            fetch=True,
        )
        _count_settled(cursor, [submission for submission, state in settled if state in FINAL_STATES])


def keep_numbers(account_id: int, address: str, numbers: Mapping[Buyer, str]) -> None:
    """What look-ups at this address of the account found, for whoever asks it about these buyers within a day."""
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            """
            INSERT INTO quotes_buyernumber (
                firm_id, account_id, found_at, address, country, id_type, id_value, number
            )
            SELECT a.firm_id, a.id, clock_timestamp(), v.address, v.country, v.id_type, v.id_value, v.number
            FROM (VALUES %s) AS v (account_id, address, country, id_type, id_value, number)
            JOIN quotes_partneraccount a ON a.id = v.account_id
            ON CONFLICT (account_id, country, id_type, id_value)
            DO UPDATE SET address = EXCLUDED.address, found_at = EXCLUDED.found_at, number = EXCLUDED.number
            """,
            [(account_id, address, *buyer, number) for buyer, number in numbers.items()],
        )


def forget_numbers() -> None:
    """Those that nobody may use any longer: what a partner calls a buyer is not ours to keep."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM quotes_buyernumber WHERE found_at < clock_timestamp() - interval '1 day'")


def give_up_on_silence() -> None:
    """Settles what waited past the account's patience: silence when the partner took the question, else failure.

    Patience begins with the first call about a question; for one that nobody may put, because the partner answers
    nobody or was switched off, it begins now.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE quotes_limitindication AS i
            SET give_up_at = clock_timestamp() + make_interval(secs => a.patience_seconds)
            FROM quotes_partneraccount a
            WHERE a.id = i.account_id AND i.state = 'open' AND i.give_up_at IS NULL
            AND (a.consecutive_failures >= %s OR NOT a.active OR NOT (a.sandbox OR a.live))
            """,
            [FAILURES_TO_OPEN],
        )
        cursor.execute(
            """
            UPDATE quotes_limitindication AS i SET
                state = CASE WHEN ticket = '' AND (message <> '' OR attempts = 0) THEN 'failed' ELSE 'silent' END,
                message = CASE WHEN message <> '' OR attempts > 0 THEN message
                    ELSE COALESCE(NULLIF(a.rest_reason, ''), %s) END,
                settled_at = clock_timestamp()
            FROM quotes_partneraccount a
            WHERE a.id = i.account_id AND i.id IN (
                SELECT i.id FROM quotes_limitindication i JOIN quotes_partneraccount a ON a.id = i.account_id
                WHERE i.state IN ('open', 'waiting', 'sent') AND i.give_up_at < clock_timestamp()
                AND (i.state <> 'sent' OR a.lease_until IS NULL OR a.lease_until < clock_timestamp())
                FOR UPDATE OF i SKIP LOCKED
            )
            RETURNING i.submission_id
            """,
            [NEVER_ASKED],
        )
        _count_settled(cursor, [submission for (submission,) in cursor.fetchall()])


def stop_asking(account_id: int, client_id: int, message: str) -> None:
    """Settles this client's questions that are still to be put to this account; what it took already it may answer."""
    with transaction.atomic(), connection.cursor() as cursor:
        about = (
            "FROM quotes_submission s JOIN quotes_markettest t ON t.id = s.market_test_id "
            "WHERE s.id = i.submission_id AND i.account_id = %s AND t.client_id = %s"
        )
        # One in the air is not asked again, should this call fail.
        cursor.execute(
            f"UPDATE quotes_limitindication AS i SET give_up_at = clock_timestamp() {about} AND i.state = 'sent'",
            [account_id, client_id],
        )
        cursor.execute(
            "UPDATE quotes_limitindication AS i SET state = 'failed', message = %s, settled_at = clock_timestamp() "
            f"{about} AND i.state = 'open' RETURNING i.submission_id",
            [message, account_id, client_id],
        )
        _count_settled(cursor, [submission for (submission,) in cursor.fetchall()])


def clients_without_mandate() -> list[tuple[int, int]]:
    """The (account, client) pairs with questions still to be put to a real insurer, and no mandate in force."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT s.account_id, t.client_id FROM quotes_submission s
            JOIN quotes_markettest t ON t.id = s.market_test_id JOIN quotes_partneraccount a ON a.id = s.account_id
            WHERE s.channel = 'api' AND s.ended_at IS NULL AND NOT a.sandbox AND EXISTS (
                SELECT 1 FROM quotes_limitindication i WHERE i.submission_id = s.id AND i.state IN ('open', 'sent')
            ) AND NOT EXISTS (
                SELECT 1 FROM quotes_mandate m WHERE m.client_id = t.client_id AND m.account_id = s.account_id
                AND m.status = 'accepted' AND m.valid_until >= {TODAY}
            )
            """
        )
        return cursor.fetchall()


def accounts_with_due_questions() -> list[int]:
    """Accounts that have work and no living runner."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id FROM quotes_partneraccount a
            WHERE a.active AND (a.sandbox OR a.live) AND (a.lease_until IS NULL OR a.lease_until < clock_timestamp())
            AND (a.rest_until IS NULL OR a.rest_until < clock_timestamp()) AND EXISTS (
                SELECT 1 FROM quotes_limitindication i
                WHERE i.account_id = a.id
                AND (i.state = 'sent' OR i.state IN ('open', 'waiting') AND i.next_call_at <= clock_timestamp())
                AND (i.give_up_at IS NULL OR i.give_up_at > clock_timestamp())
            )
            """
        )
        return [account for (account,) in cursor.fetchall()]


def _count_settled(cursor, submissions: list[int]) -> None:
    """One row per newly settled question in `submissions`: adds them to the counters and ends what is complete."""
    if not submissions:
        return
    counts = sorted((submission, submissions.count(submission)) for submission in set(submissions))
    execute_values(
        cursor.cursor,
        """
        UPDATE quotes_submission AS s SET
            settled_count = s.settled_count + v.settled,
            first_answer_at = COALESCE(s.first_answer_at, clock_timestamp()),
            last_answer_at = clock_timestamp(),
            ended_at = CASE WHEN s.settled_count + v.settled >= s.asked_count THEN clock_timestamp() END
        FROM (VALUES %s) AS v (id, settled) WHERE s.id = v.id
        """,
        counts,
    )
