"""Who runs a partner account, and how well the partner is: on the account's row, by the database's clock alone.

One runner at a time holds an account's lease; whatever it writes here is conditional on still holding it.
"""

from uuid import UUID

from django.db import connection, transaction

LEASE_END = "clock_timestamp() + interval '3 seconds'"


def take_lease(account_id: int, holder: UUID) -> bool:
    """Elects the runner of this account. What the previous one left in the air is asked again: the partner sees the
    same reference, so it can tell a repeat."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE quotes_partneraccount SET lease_holder = %s, lease_until = {LEASE_END} "
            "WHERE id = %s AND active AND (sandbox OR live) "
            "AND (lease_until IS NULL OR lease_until < clock_timestamp())",
            [holder, account_id],
        )
        if not cursor.rowcount:
            return False
        cursor.execute(
            "UPDATE quotes_limitindication SET state = CASE WHEN ticket = '' THEN 'open' ELSE 'waiting' END, "
            "next_call_at = clock_timestamp() WHERE account_id = %s AND state = 'sent'",
            [account_id],
        )
    return True


def renew_lease(account_id: int, holder: UUID) -> bool:
    """False when somebody else is the runner now: stop at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE quotes_partneraccount SET lease_until = {LEASE_END} "
            "WHERE id = %s AND lease_holder = %s AND lease_until > clock_timestamp()",
            [account_id, holder],
        )
        return bool(cursor.rowcount)


def release_lease(account_id: int, holder: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quotes_partneraccount SET lease_holder = NULL, lease_until = NULL "
            "WHERE id = %s AND lease_holder = %s",
            [account_id, holder],
        )


def rest_seconds(account_id: int) -> float:
    """How long the partner still wants to be left alone; zero or less when it may be asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(EXTRACT(EPOCH FROM rest_until - clock_timestamp()), 0) FROM quotes_partneraccount "
            "WHERE id = %s",
            [account_id],
        )
        return float(cursor.fetchone()[0])


def keep_health(account_id: int, holder: UUID, failures: int, seconds: float, reason: str) -> None:
    """Leaves the account alone for so long, whoever runs it next; zero seconds says that it is well again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quotes_partneraccount SET consecutive_failures = %s, rest_reason = %s, "
            "rest_until = CASE WHEN %s > 0 THEN clock_timestamp() + make_interval(secs => %s) END "
            "WHERE id = %s AND lease_holder = %s",
            [failures, reason, seconds, seconds, account_id, holder],
        )
