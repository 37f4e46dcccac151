"""Buyer lists from bytes to stored exposures, against the libraries alone and against openpyxl with bulk_create, into
the same indexed tables."""

import csv
import itertools
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from functools import partial
from io import BytesIO, StringIO

import django

django.setup()

import openpyxl  # noqa: E402
import python_calamine  # noqa: E402
import xlsxwriter  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks.report import report  # noqa: E402
from clients import services  # noqa: E402
from clients.enums import PortfolioFileStatus  # noqa: E402
from clients.models import Client, Company, Exposure, PortfolioFile, RiskSnapshot  # noqa: E402
from clients.portfolio.child import CPU_SECONDS, MEMORY  # noqa: E402
from clients.services.portfolio_files import pack  # noqa: E402
from factortaboite.accounts.models import BrokerFirm, User  # noqa: E402

HEADERS = ("Compte", "Intitulé", "SIREN", "Pays", "Encours TTC", "CA HT 12 mois", "Délai (jours)", "Observations")
# (lines, form, rounds, goal against the bare libraries)
SIZES = ((10_000, "xlsx", 7, 1.8), (100_000, "csv", 3, 1.6), (100_000, "xlsx", 3, 1.6))
OPENPYXL_GOAL = 0.25
MEMORY_MB = 300.0
# From a small process between: a child begins with its parent's memory in its books.
MEASURE = """
import resource, sys
from clients.portfolio.child import ListStream
for chunk in ListStream(sys.stdin.buffer.read()): pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)
"""
FEC_LINES, FEC_BUYERS = 1_000_000, 5_000
FEC_HEADER = (
    "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate"
    "|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise"
)
COPIED = (
    "firm_id bigint, snapshot_id bigint, line int, name text, id_value text, outstanding numeric, turnover numeric"
)

Rows = list[tuple]
bodies = itertools.count(30_000_000)  # other companies each time


def main() -> int:
    firm = BrokerFirm.objects.create(name="Banc d’essai des imports")
    broker = User.objects.create_user("imports@essai.example", firm=firm, role="broker")
    client = Client.objects.create(firm=firm, name="Client du banc")
    missed, ours = 0, 0.0
    for lines, form, rounds, goal in SIZES:
        times: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(rounds):
            for side, seconds in times.items():
                content = _content(lines, form)
                job = partial(_through_the_product, broker) if side == "ours" else _bare
                seconds.append(job(client, content, form, lines))
        ours = statistics.median(times["ours"])
        name = f"{lines} lines of {form} to exposures ÷ bare reading + COPY + INSERT, {rounds} rounds"
        missed |= report(name, ours, statistics.median(times["bare"]), goal)
    by_objects = _by_objects(client, _content(lines, "xlsx"), lines)
    missed |= report(f"{lines} lines of xlsx ÷ openpyxl + bulk_create", ours, by_objects, OPENPYXL_GOAL)
    for form in ("csv", "xlsx"):
        peak, _ = _cost_of_child(_content(lines, form))
        missed |= report(f"{lines} lines of {form}: child's peak memory ÷ allowed", peak, MEMORY_MB, 1.0, unit="MB")
    fec = _longest_fec()
    peak, seconds = _cost_of_child(fec)
    name = f"{FEC_LINES} lines of FEC, {len(fec) / 1e6:.0f} MB: child's"
    missed |= report(f"{name} peak memory ÷ its cap", peak, MEMORY / 2**20, 0.7, unit="MB")
    missed |= report(f"{name} processor time ÷ its cap", seconds, CPU_SECONDS, 0.7)
    return missed


def _cost_of_child(content: bytes) -> tuple[float, float]:
    """MB at the peak and seconds of the processor, while it reads the list."""
    measured = subprocess.run([sys.executable, "-c", MEASURE], input=content, capture_output=True, check=True)
    peak, seconds = measured.stdout.split()
    return float(peak), float(seconds)


def _longest_fec() -> bytes:
    """A year of invoices of three lines each (buyer, sale, VAT), half of them paid and lettered."""
    lines = [FEC_HEADER]
    for number in range(FEC_LINES // 4):
        day, buyer = f"2026{number % 12 + 1:02}{number % 28 + 1:02}", number % FEC_BUYERS
        paid = f"L{number}" if number % 2 else ""
        head, tail = f"VE|Ventes|{number}|{day}", f"F{number}|{day}|Facture {number} Établissements {buyer}"
        client = f"411000|Clients|C{buyer:06}|Établissements {buyer} Négoce SARL"
        lines += [
            f"{head}|{client}|{tail}|{number % 9000 + 120},00|0,00|{paid}||{day}||",
            f"{head}|707000|Ventes de marchandises|||{tail}|0,00|{number % 9000 + 100},00|||{day}||",
            f"{head}|445710|TVA collectée|||{tail}|0,00|20,00|||{day}||",
            f"BQ|Banque|R{number}|{day}|{client}|{tail}|0,00|{number % 9000 + 120},00|{paid}||{day}||"
            if paid
            else f"OD|Divers|D{number}|{day}|622600|Honoraires|||{tail}|1,00|0,00|||{day}||",
        ]
    return "\r\n".join(lines).encode("iso-8859-15")


def _siren(body: int) -> str:
    digits = [int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(f"{body:08}")]
    return f"{body:08}{-sum(digit // 10 + digit % 10 for digit in digits) % 10}"


def _rows(lines: int) -> Rows:
    rows = []
    for line in range(1, lines + 1):
        amount = 1_000 + (line * 7919) % 500_000
        name = f"Établissements {line} Négoce SARL" if line % 3 else f"Transports {line} SAS"
        note = "bon payeur" if line % 4 else ""
        rows.append((f"411{line:06}", name, _siren(next(bodies)), "FR", amount + 0.5, float(amount * 6), 45, note))
    return rows


def _content(lines: int, form: str) -> bytes:
    """A list of buyers whom no company row knows yet."""
    return _workbook(_rows(lines)) if form == "xlsx" else _text(_rows(lines))


def _workbook(rows: Rows) -> bytes:
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("Clients")
    for line, row in enumerate([HEADERS, *rows]):
        sheet.write_row(line, 0, row)
    book.close()
    return target.getvalue()


def _text(rows: Rows) -> bytes:
    lines = [HEADERS, *([*row[:4], _french(row[4]), _french(row[5]), *row[6:]] for row in rows)]
    return "".join(";".join(map(str, line)) + "\r\n" for line in lines).encode("cp1252")


def _french(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def _through_the_product(broker: User, client: Client, content: bytes, form: str, lines: int) -> float:
    """Drop, reading in the child, confirmation; without the worker's queue, which would read it a second time."""
    started = time.perf_counter()
    with transaction.atomic():
        file = PortfolioFile.objects.create(
            firm=client.firm, client=client, filename=f"banc.{form}", packed=pack([content])[0], uploaded_by=broker
        )
    services.read_portfolio_file(file.pk)
    file.refresh_from_db(fields=["status"])
    if file.status != PortfolioFileStatus.READ:
        sys.exit(f"the list was not read: {file.error}")
    snapshot = services.confirm_portfolio_file(file, figures={})
    return _checked(snapshot, lines, time.perf_counter() - started)


def _bare(client: Client, content: bytes, form: str, lines: int) -> float:
    """What the libraries take alone: cells as they come, no check, no child, nothing kept beside."""
    started = time.perf_counter()
    if form == "xlsx":
        rows = python_calamine.load_workbook(BytesIO(content)).get_sheet_by_index(0).to_python()[1:]
    else:
        rows = list(csv.reader(StringIO(content.decode("cp1252")), delimiter=";"))[1:]
        for row in rows:
            row[4:6] = [amount.replace(" ", "").replace(",", ".") for amount in row[4:6]]
    with transaction.atomic(), connection.cursor() as cursor:
        snapshot = RiskSnapshot.objects.create(firm=client.firm, client=client)
        copied = "".join(
            f"{client.firm_id}\t{snapshot.pk}\t{line}\t{row[1]}\t{row[2]}\t{row[4]}\t{row[5]}\n"
            for line, row in enumerate(rows, start=2)
        )
        cursor.execute(f"CREATE TEMPORARY TABLE bare ({COPIED}) ON COMMIT DROP")
        cursor.copy_expert("COPY bare FROM STDIN", BytesIO(copied.encode()))
        cursor.execute(
            f"INSERT INTO {Company._meta.db_table} (country, id_type, id_value, registered_name, source)"
            " SELECT 'FR', 'siren', id_value, '', '' FROM bare ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            f"INSERT INTO {Exposure._meta.db_table} (firm_id, snapshot_id, company_id, line, merged_lines, account,"
            " name, city, postcode, country, id_type, id_value, outstanding, turnover, vat_rate, requested, set_aside,"
            " note, warnings, ageing)"
            " SELECT firm_id, snapshot_id, company.id, line, '{}', '', name, '', '', 'FR', 'siren', bare.id_value,"
            " outstanding, turnover, 0.2, outstanding, '', '', '{}', '{}'"
            f" FROM bare JOIN {Company._meta.db_table} company"
            " ON company.country = 'FR' AND company.id_type = 'siren' AND company.id_value = bare.id_value"
            " ON CONFLICT DO NOTHING"
        )
    return _checked(snapshot, lines, time.perf_counter() - started)


def _by_objects(client: Client, content: bytes, lines: int) -> float:
    """The same job as most projects write it."""
    started = time.perf_counter()
    sheet = openpyxl.load_workbook(BytesIO(content), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    with transaction.atomic():
        snapshot = RiskSnapshot.objects.create(firm=client.firm, client=client)
        Company.objects.bulk_create(
            [Company(country="FR", id_type="siren", id_value=row[2]) for row in rows],
            batch_size=1000,
            ignore_conflicts=True,
        )
        wanted = [row[2] for row in rows]
        found = Company.objects.filter(country="FR", id_type="siren", id_value__in=wanted)
        companies = dict(found.values_list("id_value", "pk"))
        Exposure.objects.bulk_create(
            [
                Exposure(
                    firm_id=client.firm_id,
                    snapshot=snapshot,
                    company_id=companies[row[2]],
                    line=line,
                    name=row[1],
                    id_type="siren",
                    id_value=row[2],
                    outstanding=Decimal(str(row[4])),
                    turnover=Decimal(str(row[5])),
                    vat_rate=Decimal("0.2"),
                    requested=Decimal(str(row[4])),
                )
                for line, row in enumerate(rows, start=2)
            ],
            batch_size=1000,
        )
    return _checked(snapshot, lines, time.perf_counter() - started)


def _checked(snapshot: RiskSnapshot, lines: int, seconds: float) -> float:
    """The seconds, once it is sure that every line was stored."""
    stored = snapshot.exposures.exclude(company=None).count()
    if stored != lines:
        sys.exit(f"{stored} exposures with their company stored of {lines}: the measure is void")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
