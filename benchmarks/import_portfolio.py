"""10 000 buyers of an .xlsx from bytes to stored exposures, against calamine and COPY into the same indexed tables."""

import statistics
import sys
import time
from io import BytesIO

import django

django.setup()

import python_calamine  # noqa: E402
import xlsxwriter  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks.report import report  # noqa: E402
from clients import services  # noqa: E402
from clients.enums import PortfolioFileStatus  # noqa: E402
from clients.models import Client, Company, Exposure, PortfolioFile, RiskSnapshot  # noqa: E402
from factortaboite.accounts.models import BrokerFirm, User  # noqa: E402

BUYERS = 10_000
ROUNDS = 7
GOAL = 1.8
HEADERS = ("Compte", "Intitulé", "SIREN", "Pays", "Encours TTC", "CA HT 12 mois", "Délai (jours)", "Observations")
COPIED = (
    "firm_id bigint, snapshot_id bigint, line int, name text, id_value text, outstanding numeric, turnover numeric"
)


def main() -> int:
    firm = BrokerFirm.objects.create(name="Banc d’essai des imports")
    broker = User.objects.create_user("imports@essai.example", firm=firm, role="broker")
    client = Client.objects.create(firm=firm, name="Client du banc")
    ours, bare = [], []
    for number in range(ROUNDS):
        # Other companies each time: both sides insert them. The clock runs from bytes to commit.
        ours.append(_through_the_product(client, broker, _workbook(2 * number)))
        bare.append(_bare(client, _workbook(2 * number + 1)))
    print(f"{BUYERS} lines of xlsx, medians of {ROUNDS} interleaved rounds")
    return report(
        "xlsx to exposures ÷ calamine + COPY + INSERT", statistics.median(ours), statistics.median(bare), GOAL
    )


def _workbook(series: int) -> bytes:
    """Buyers of a series of its own, so that no company is known yet."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("Clients")
    sheet.write_row(0, 0, HEADERS)
    for line in range(1, BUYERS + 1):
        amount = 1_000 + (line * 7919) % 500_000
        siren = _siren(30_000_000 + series * BUYERS + line)
        name = f"Établissements {line} Négoce SARL" if line % 3 else f"Transports {line} SAS"
        sheet.write_row(
            line,
            0,
            (f"411{line:06}", name, siren, "FR", amount + 0.5, amount * 6, 45, "bon payeur" if line % 4 else ""),
        )
    book.close()
    return target.getvalue()


def _siren(body: int) -> str:
    digits = [int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(f"{body:08}")]
    return f"{body:08}{-sum(digit // 10 + digit % 10 for digit in digits) % 10}"


def _through_the_product(client: Client, broker: User, content: bytes) -> float:
    """Drop, reading in the child, confirmation; without the worker's queue, which would read it a second time."""
    started = time.perf_counter()
    with transaction.atomic():
        file = PortfolioFile.objects.create(
            firm=client.firm, client=client, filename="banc.xlsx", content=content, uploaded_by=broker
        )
    services.read_portfolio_file(file.pk)
    file.refresh_from_db(fields=["status"])
    if file.status != PortfolioFileStatus.READ:
        sys.exit(f"the list was not read: {file.error}")
    snapshot = services.confirm_portfolio_file(file, figures={})
    seconds = time.perf_counter() - started
    _check(snapshot)
    return seconds


def _bare(client: Client, content: bytes) -> float:
    """What the libraries take alone: cells as they come, no check, no child, nothing kept beside."""
    started = time.perf_counter()
    sheet = python_calamine.load_workbook(BytesIO(content)).get_sheet_by_index(0)
    with transaction.atomic(), connection.cursor() as cursor:
        snapshot = RiskSnapshot.objects.create(firm=client.firm, client=client)
        lines = "".join(
            f"{client.firm_id}\t{snapshot.pk}\t{line}\t{row[1]}\t{row[2]}\t{row[4]}\t{row[5]}\n"
            for line, row in enumerate(sheet.to_python()[1:], start=2)
        )
        cursor.execute(f"CREATE TEMPORARY TABLE bare ({COPIED}) ON COMMIT DROP")
        cursor.copy_expert("COPY bare FROM STDIN", BytesIO(lines.encode()))
        cursor.execute(
            f"INSERT INTO {Company._meta.db_table} (country, id_type, id_value, registered_name, source)"
            " SELECT 'FR', 'siren', id_value, '', '' FROM bare ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            f"INSERT INTO {Exposure._meta.db_table} (firm_id, snapshot_id, company_id, line, merged_lines, name,"
            " country, id_type, id_value, outstanding, turnover, vat_rate, requested, set_aside, note)"
            " SELECT firm_id, snapshot_id, company.id, line, '{}', name, 'FR', 'siren', bare.id_value, outstanding,"
            f" turnover, 0.2, outstanding, '', '' FROM bare JOIN {Company._meta.db_table} company"
            " ON company.country = 'FR' AND company.id_type = 'siren' AND company.id_value = bare.id_value"
            " ON CONFLICT DO NOTHING"
        )
    seconds = time.perf_counter() - started
    _check(snapshot)
    return seconds


def _check(snapshot: RiskSnapshot) -> None:
    stored = snapshot.exposures.exclude(company=None).count()
    if stored != BUYERS:
        sys.exit(f"{stored} exposures with their company stored of {BUYERS}: the measure is void")


if __name__ == "__main__":
    sys.exit(main())
