"""General and auxiliary ledgers (*grands livres*) of the Sage, Cegid, Pennylane and EBP kind, as an aged balance.

Either each line carries its account, or the accounts are headed: « 411DUP Dupont SARL », entries, total. Lettering
codes keep their case: « a » and « A » are two groups at Pennylane's (DOMAIN.md §6.2).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice

from clients.portfolio.dates import MIXED, MONTH_FIRST, UnreadableDate, cut_off_said, date_order, parse_date
from clients.portfolio.entry_columns import EntryLayout, find_layout
from clients.portfolio.ledger_lines import (
    CLOSING,
    PAGE,
    TOTAL,
    begins_like_a_date,
    filled,
    heading,
    is_repeated_header,
    kind_of,
)
from clients.portfolio.open_items import (
    BUYERS,
    DEFAULT_TERMS,
    FRENCH_VAT,
    LONGEST_TEXT,
    MAX_ENTRIES,
    MOST_LISTED,
    Account,
    Aged,
    account_key,
    balance,
    month_of,
    to_cents,
    to_euros,
    to_row,
    twelve_months,
    year_before,
)
from clients.portfolio.reading import Ignored, Rejected, Row, UnreadablePortfolio
from clients.portfolio.texts import Record
from clients.portfolio.values import LONGEST_TERMS, Cell, as_text, decimal_separator, parse_amount, words
from factortaboite.money import UnreadableNumber, euros, net_of_vat, percent

SAMPLE = 5000

TOO_LONG = "Ce grand livre dépasse 1 000 000 de lignes : demandez celui des seuls comptes clients (411, 413 et 416)."
NO_HEADER = (
    "Aucun en-tête de grand livre n’a été reconnu : il doit nommer une date, un débit et un crédit, et le compte de "
    "chaque client doit être écrit au-dessus de ses écritures ou dans une colonne."
)
NO_DATE = "Ce grand livre n’a aucune écriture datée : demandez-le avec le détail des écritures, pas les seuls soldes."
NO_BUYERS = (
    "Ce grand livre n’a aucun compte client (411, 413 ou 416) : demandez le grand livre auxiliaire des clients."
)

_SUPPLIERS = ("401", "403", "404", "408", "409")
_CHART = re.compile(r"[1-7]\d{5,}")
_EUROS = frozenset(("", "e", "eur", "euro", "euros"))
_CARRIED = re.compile(r"(?:a nouveaux?|reports?|ran|ouverture|reprises?|soldes? (?:initi|anteri|d ouverture))\w*\b")
_CARRIED_JOURNALS = frozenset(("an", "ran", "ano", "anx", "anv", "anc"))
_DEBITS, _CREDITS = frozenset(("d", "debit", "0")), frozenset(("c", "credit", "1"))


def read_ledger(
    records: Iterable[Record],
    *,
    cut_off: date | None = None,
    terms_days: int = DEFAULT_TERMS,
    vat_rate: Decimal = FRENCH_VAT,
    order: str | None = None,
) -> Aged:
    """The buyers of a ledger: balance, ageing and 12-month peak TTC, sales of twelve months HT (estimated).

    `cut_off` leaves out later entries; without it, the date in the titles, otherwise the last entry's. Due dates are
    read where a column has them, otherwise the entry's date plus `terms_days`. `vat_rate` (a share) takes the VAT out
    of the debits. `order` ("dmy", "mdy", "ymd") is the order of dates that somebody chose.
    Raises UnreadablePortfolio without header, without any buyer, or beyond 1 000 000 lines.
    """
    stream = iter(records)
    sample = list(islice(stream, SAMPLE))
    layout = find_layout(sample)
    if layout is None or not layout.has_movements:
        raise UnreadablePortfolio(NO_HEADER)
    ledger = _Ledger(layout, cut_off, terms_days, order)
    ledger.learn_from(sample)
    ledger.read(chain(sample[layout.first :], stream))
    return ledger.aged(vat_rate)


class _Ledger:
    """A ledger being read."""

    def __init__(self, layout: EntryLayout, cut_off: date | None, terms: int, order: str | None) -> None:
        self.layout = layout
        self.columns = layout.columns
        self.cut_off = cut_off
        self.terms = terms
        self.order = order
        self.near: date | None = None
        self.accounts: dict[str, Account] = {}
        self.current: Account | None = None
        self.shape: tuple[int, bool] | None = None
        self.is_flat = False
        self.separator: str | None = None
        self.rejected: list[Rejected] = []
        self.ignored: list[Ignored] = []
        self.notices: list[str] = []
        self.totals: list[tuple[Account, int, int]] = []
        self.sales_journals = 0
        self.first_day, self.last_day = date.max.toordinal(), 0
        self.later = self.unread = 0
        self.numbers = [
            self.columns[f] for f in ("debit", "credit", "total", "progressive", "open") if f in self.columns
        ]

    def learn_from(self, sample: Sequence[Record]) -> None:
        """The cut-off that the titles say, how the columns write numbers and dates, whether lines carry accounts."""
        titles = [(line, " ".join(map(as_text, cells)).strip()) for line, cells in sample[: self.layout.first]]
        self.cut_off = self.cut_off or cut_off_said(text for _, text in titles)
        for line, text in titles:
            if line != self.layout.header_line:
                self.ignored.append(Ignored(line, "titre au-dessus de l’en-tête" if text else "ligne vide"))
        body = [cells for _, cells in sample[self.layout.first :]]
        self.separator = decimal_separator(cells[c] for cells in body for c in self.numbers if c < len(cells))
        if self.order is None:
            self.near = self.cut_off
            dates = (filled(cells, self.columns, field) for cells in body for field in ("date", "due_date"))
            self.order = date_order(dates, near=self.cut_off)
            if self.order == MONTH_FIRST:
                self.notices.append("Les dates sont lues mois/jour/année : certaines n’ont pas d’autre lecture.")
            elif self.order == MIXED:
                self.notices.append("Certaines dates ont le jour et le mois inversés : précisez leur ordre.")
        dated = [cells for cells in body if filled(cells, self.columns, "date") != ""]
        carrying = sum(filled(cells, self.columns, "account") != "" for cells in dated)
        carrying = max(carrying, sum(filled(cells, self.columns, "name") != "" for cells in dated))
        self.is_flat = carrying * 2 > len(dated)

    def read(self, records: Iterable[Record]) -> None:
        """Posts every line. Raises UnreadablePortfolio beyond `MAX_ENTRIES`."""
        count = 0
        for line, cells in islice(records, MAX_ENTRIES + 1):
            count += 1
            try:
                reason = self._read_line(line, cells)
            except (UnreadableNumber, UnreadableDate) as error:
                self._reject(line, str(error), cells)
            else:
                if reason and len(self.ignored) < MOST_LISTED:
                    self.ignored.append(Ignored(line, reason))
        if count > MAX_ENTRIES:
            raise UnreadablePortfolio(TOO_LONG)

    def _read_line(self, line: int, cells: Sequence[Cell]) -> str:
        """Why the line is no entry; empty when it is one, or heads an account."""
        if not any(cell != "" for cell in cells):
            return "ligne vide"
        dated = filled(cells, self.columns, "date")
        if dated != "" and is_repeated_header(cells, self.layout.headers):
            return "en-tête répété"
        if not begins_like_a_date(dated) and (kind := kind_of(cells)):
            return self._carry(line, cells, kind)
        is_entry = self.is_flat or (begins_like_a_date(dated) and self._has_amount(cells))
        head = None if is_entry else heading(cells, self.numbers)
        if head and head.shape == (self.shape or head.shape):
            self.shape = head.shape
            self.current = self._account(line, head.account, head.name, "")
            return ""
        day = parse_date(dated, order=self.order, near=self.near)
        if day is None:
            if self._has_amount(cells):
                raise UnreadableDate("La date de l’écriture manque.")
            return "ni date ni montant"
        self._post(line, cells, day)
        return ""

    def _carry(self, line: int, cells: Sequence[Cell], kind: str) -> str:
        """A line that sums up others: only a balance brought forward counts, and a total that checks the account."""
        account = self.current
        is_first = account is not None and not account.moves and not account.opening
        if account is None or kind == TOTAL or (kind in (PAGE, CLOSING) and not is_first):
            if account is not None and kind == TOTAL and "total general" not in words(" ".join(map(as_text, cells))):
                self.totals.append((account, self._cents(cells), balance(account)))
            return "report de page" if kind == PAGE else "ligne de total"
        if kind == PAGE and words(" ".join(map(as_text, cells))).startswith("a reporter"):
            return "report de page"
        cents = self._cents(cells) or self._amount(cells, "progressive")
        opened_on = cut_off_said([" ".join(map(as_text, cells))])
        if opened_on is not None and kind == CLOSING and self.cut_off is not None and opened_on >= self.cut_off:
            return "ligne de total"
        if opened_on is None:
            account.opening += cents
        else:
            day = opened_on.toordinal()
            account.post(cents, day=day, due=day + self.terms, group="")
            account.carried += (day + self.terms,)
        account.seen_at(line)
        return ""

    def _post(self, line: int, cells: Sequence[Cell], day: date) -> None:
        if (currency := as_text(filled(cells, self.columns, "currency"))) and words(currency) not in _EUROS:
            raise UnreadableNumber(f"Montants en {currency} : convertissez-les en euros.")
        cents = self._cents(cells)
        account = self._account_of(line, cells)
        if self.cut_off is not None and day > self.cut_off:
            self.later += 1
            return
        ordinal = day.toordinal()
        self.first_day, self.last_day = min(ordinal, self.first_day), max(ordinal, self.last_day)
        due = parse_date(filled(cells, self.columns, "due_date"), order=self.order, near=self.near)
        due_day = due.toordinal() if due else ordinal + self.terms
        journal = words(as_text(filled(cells, self.columns, "journal")))
        lettering = as_text(filled(cells, self.columns, "lettering"))
        section = account.section if account.section in BUYERS else ""
        account.post(cents, day=ordinal, due=due_day, group=lettering and f"{section} {lettering}")
        if section == "416":
            account.doubtful += cents
        if due and cents > 0 and 0 <= due_day - ordinal <= LONGEST_TERMS:
            account.weighted_days += (due_day - ordinal) * cents
            account.weight += cents
        label = words(as_text(filled(cells, self.columns, "label")))
        if journal in _CARRIED_JOURNALS or _CARRIED.match(label):
            account.carried += (due_day,)
            return
        month = month_of(day)
        if journal[:1] == "v":  # VE, VT, VTE, VEN: sales in every package seen
            self.sales_journals += 1
            account.net_sales[month] = account.net_sales.get(month, 0) + cents
        if cents > 0:
            account.debits[month] = account.debits.get(month, 0) + cents

    def _account_of(self, line: int, cells: Sequence[Cell]) -> Account:
        number = as_text(filled(cells, self.columns, "account"))
        name = as_text(filled(cells, self.columns, "name"))
        general = as_text(filled(cells, self.columns, "general"))
        if self.is_flat and (number or name or general):
            account = self._account(line, number or name or general, name, general)
            account.section = (general or number)[:3]
            return account
        if self.current is None:
            raise UnreadableNumber("Aucun compte n’est écrit au-dessus de cette écriture ni sur sa ligne.")
        self.current.seen_at(line)
        return self.current

    def _account(self, line: int, number: str, name: str, general: str) -> Account:
        key = account_key(number)
        account = self.accounts.get(key)
        if account is None:
            row = Row(line=line, name=(name or number)[:LONGEST_TEXT], account=number[:LONGEST_TEXT])
            account = self.accounts[key] = Account(row)
        else:
            account.seen_at(line)
        account.section = (general or number)[:3]
        return account

    def _cents(self, cells: Sequence[Cell]) -> int:
        """Debit less credit."""
        if "debit" in self.columns:
            return self._amount(cells, "debit") - self._amount(cells, "credit")
        side = words(as_text(filled(cells, self.columns, "side")))
        if side in _DEBITS:
            return self._amount(cells, "total")
        if side in _CREDITS:
            return -self._amount(cells, "total")
        raise UnreadableNumber(f"Sens « {side[:20]} » : attendu D ou C.")

    def _amount(self, cells: Sequence[Cell], field: str) -> int:
        cell = filled(cells, self.columns, field)
        amount = parse_amount(cell, decimal_separator=self.separator) if cell != "" else None
        return to_cents(amount) if amount is not None else 0

    def _has_amount(self, cells: Sequence[Cell]) -> bool:
        return any(filled(cells, self.columns, field) != "" for field in ("debit", "credit", "total"))

    def _reject(self, line: int, reason: str, cells: Sequence[Cell]) -> None:
        self.unread += 1
        if len(self.rejected) < MOST_LISTED:
            self.rejected.append(Rejected(line, reason, tuple(as_text(cell)[:LONGEST_TEXT] for cell in cells)))
        account = self.current
        if self.is_flat:
            account = self.accounts.get(account_key(as_text(filled(cells, self.columns, "account"))))
        if account is not None and not account.warnings:
            account.warnings = (f"La ligne {line} n’a pas pu être lue : le solde est incomplet.",)

    def aged(self, vat_rate: Decimal) -> Aged:
        """What the whole ledger says. Raises UnreadablePortfolio when it has no buyer."""
        kept = self._buyers()
        if not kept:
            if self.rejected:
                line, reason, _ = self.rejected[0]
                raise UnreadablePortfolio(f"Aucune écriture n’a pu être lue. Ligne {line} : {reason}")
            raise UnreadablePortfolio(NO_BUYERS)
        if self.cut_off is None and not self.last_day:
            raise UnreadablePortfolio(NO_DATE)
        cut_off = self.cut_off or date.fromordinal(self.last_day)
        self._check_totals()
        rows = tuple(self._rows(kept, cut_off, vat_rate))
        return Aged(
            columns=self._origins(),
            rows=rows,
            rejected=tuple(sorted(self.rejected)),
            ignored=tuple(sorted(self.ignored)),
            headers=self.layout.headers,
            notices=tuple(self._notices(kept, cut_off, vat_rate)),
            cut_off=cut_off,
        )

    def _buyers(self) -> list[Account]:
        """The accounts of buyers: 411, 413 and 416 in a general ledger, all but suppliers in an auxiliary one."""
        accounts = [account for account in self.accounts.values() if account.moves or account.opening]
        buyers = [account for account in accounts if account.section in BUYERS]
        if buyers:
            return buyers
        if all(_CHART.fullmatch(account.row.account) for account in accounts):
            return []
        return [account for account in accounts if account.section not in _SUPPLIERS]

    def _check_totals(self) -> None:
        """Where an account's printed total is not what its lines add up to, somebody has to look."""
        for account, printed, read in self.totals:
            if printed not in (read, read - account.opening) and not self.later and not account.warnings:
                account.warnings = (
                    f"Le total du compte est {euros(to_euros(printed))}, celui de ses lignes {euros(to_euros(read))}.",
                )

    def _rows(self, kept: Sequence[Account], cut_off: date, vat_rate: Decimal) -> Iterator[Row]:
        start = min(self.first_day, cut_off.toordinal()) + self.terms
        for account in kept:
            if account.opening:
                account.carried += (start,)
            by_month = account.net_sales if self.sales_journals else account.debits
            turnover = net_of_vat(to_euros(twelve_months(by_month, cut_off)), vat_rate)
            try:
                row = to_row(account, cut_off=cut_off, start=start, turnover=turnover)
            except ValueError as error:
                self.rejected.append(Rejected(account.row.line, str(error), ()))
                continue
            if row.outstanding or row.peak or row.turnover:
                yield row
            elif len(self.ignored) < MOST_LISTED:
                self.ignored.append(Ignored(row.line, "compte soldé et sans mouvement sur douze mois"))

    def _origins(self) -> dict[str, str]:
        """Where each field comes from, in the file's own names."""
        amounts = " + ".join(self.layout.named(f) for f in ("debit", "credit", "total", "side") if f in self.columns)
        heads = "titres des comptes"
        origins = {
            field: self.layout.named(field) if self.is_flat and field in self.columns else heads
            for field in ("name", "account")
        }
        return {**origins, "outstanding": amounts, "peak": amounts, "turnover": amounts}

    def _notices(self, kept: Sequence[Account], cut_off: date, vat_rate: Decimal) -> Iterator[str]:
        yield f"Grand livre arrêté au {cut_off:%d/%m/%Y} : soldes TTC, hors écritures lettrées."
        yield from self.notices
        if "due_date" not in self.columns:
            yield f"Sans colonne d’échéance, elles sont estimées à {self.terms} jours de la date d’écriture."
        if self.first_day > year_before(cut_off).toordinal() + 31:
            yield (
                f"Les écritures commencent le {date.fromordinal(self.first_day):%d/%m/%Y} : l’encours maximum et le "
                "chiffre d’affaires couvrent moins de douze mois."
            )
        debits = "écritures des journaux de ventes" if self.sales_journals else "débits"
        yield f"Le chiffre d’affaires est estimé : {debits} TTC, ramenés HT à {percent(vat_rate, 0)} de TVA."
        if others := len(self.accounts) - len(kept):
            yield f"Comptes qui ne sont pas ceux de clients, ou sans écriture, laissés de côté : {others}."
        if self.later:
            yield f"Écritures après le {cut_off:%d/%m/%Y}, laissées de côté : {self.later}."
        if self.unread > MOST_LISTED:
            yield f"{self.unread} lignes sont illisibles : les {MOST_LISTED} premières sont listées."
