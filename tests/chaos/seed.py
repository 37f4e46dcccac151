"""Run beside a site’s database: its people, a list of buyers to ask, a witness of every step of a question."""

import json

import django

django.setup()

from decimal import Decimal  # noqa: E402

from django.db import connection  # noqa: E402
from django.db.models.functions import Coalesce, Now  # noqa: E402

from clients.models import Exposure, RiskSnapshot  # noqa: E402
from quotes.demo import PASSWORD, PEOPLE, SANDBOX_PATIENCE, demo_client, load_demo_firm  # noqa: E402
from quotes.models import LimitIndication, PartnerAccount  # noqa: E402
from tests.chaos import BUYERS, CONCURRENT  # noqa: E402

# Written by the database itself, so that it also sees what a dying process did.
WITNESS = """
CREATE TABLE witness (
    reference text NOT NULL, submission bigint NOT NULL, step text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(), transaction bigint NOT NULL DEFAULT txid_current()
);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was_final boolean := OLD.state IN ('answered', 'failed', 'silent');
    is_final boolean := NEW.state IN ('answered', 'failed', 'silent');
BEGIN
    INSERT INTO witness (reference, submission, step) SELECT NEW.reference, NEW.submission_id, CASE
        WHEN was_final THEN 'changed'
        WHEN is_final THEN 'settled'
        WHEN OLD.state = 'sent' AND NEW.state = 'open' THEN 'reopened'
    END WHERE was_final OR is_final OR OLD.state = 'sent' AND NEW.state = 'open';
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON quotes_limitindication FOR EACH ROW EXECUTE FUNCTION witness();
"""


def main() -> None:
    firm = load_demo_firm()
    accounts = PartnerAccount.objects.filter(firm=firm, code__in="abc")
    # What is under way keeps the patience it was asked with.
    patience_ends = Coalesce("give_up_at", Now() + SANDBOX_PATIENCE)
    LimitIndication.objects.filter(settled_at=None).update(give_up_at=patience_ends)
    accounts.update(calls_per_second=None, max_concurrent=CONCURRENT, patience_seconds=300)
    snapshot = RiskSnapshot.objects.create(firm=firm, client=demo_client(firm))
    Exposure.objects.bulk_create(
        Exposure(
            firm=firm,
            snapshot=snapshot,
            line=line,
            name=f"Acheteur {line}",
            id_type="siren",
            id_value=f"{line:09d}",
            vat_rate=Decimal("0.20"),
            requested=Decimal(1000 * line),
        )
        for line in range(1, BUYERS + 1)
    )
    with connection.cursor() as cursor:
        cursor.execute(WITNESS)
    committers = [email for email, _, _, role in PEOPLE if role in ("direction", "broker")]
    accounts_asked = list(accounts.values_list("pk", flat=True))
    print(json.dumps([snapshot.pk, accounts_asked, committers, PASSWORD]))


main()
