"""General and auxiliary ledgers (*grands livres*) of the Sage, Cegid, Pennylane and EBP kind, as an aged balance.

Either each line carries its account, or the accounts are headed: « 411DUP Dupont SARL », entries, total. Lettering
codes keep their case: « a » and « A » are two groups at Pennylane's (DOMAIN.md §6.2).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain

from clients.portfolio.accounts import (
    BUYERS,
    SUPPLIERS,
    Account,
    account_key,
    balance,
    month_of,
    to_euros,
    twelve_months,
)
from clients.portfolio.dates import UnreadableDate, cut_off_said
from clients.portfolio.entry_columns import EntryLayout
from clients.portfolio.entry_table import EntryTable
from clients.portfolio.ledger_lines import (
    CLOSING,
    PAGE,
    TOTAL,
    begins_like_a_date,
    heading,
    kind_of,
)
from clients.portfolio.lines import is_repeated_header, is_repeated_title
from clients.portfolio.open_items import (
    AS_IT_SAYS,
    MOST_LISTED,
    Aged,
    EntryOptions,
    estimated_sales,
    rows_of,
    short_history,
)
from clients.portfolio.reading import Row
from clients.portfolio.terms import LONGEST_TERMS
from clients.portfolio.texts import Record
from clients.portfolio.values import LONGEST_TEXT, Cell, as_text, words
from factortaboite.money import UnreadableNumber, euros, net_of_vat

TOO_LONG = "Ce grand livre dépasse 1 000 000 de lignes : demandez celui des seuls comptes clients (411, 413 et 416)."
NO_HEADER = (
    "Aucun en-tête de grand livre n’a été reconnu : il doit nommer une date, un débit et un crédit, et le compte de "
    "chaque client doit être écrit au-dessus de ses écritures ou dans une colonne."
)
NO_DATE = "Ce grand livre n’a aucune écriture datée : demandez-le avec le détail des écritures, pas les seuls soldes."
NO_BUYERS = (
    "Ce grand livre n’a aucun compte client (411, 413 ou 416) : demandez le grand livre auxiliaire des clients."
)

_CHART = re.compile(r"[1-7]\d{5,}")
_CARRIED = re.compile(r"(?:a nouveaux?|reports?|ran|ouverture|reprises?|soldes? (?:initi|anteri|d ouverture))\w*\b")
_CARRIED_JOURNALS = frozenset(("an", "ran", "ano", "anx", "anv", "anc"))
_DEBITS, _CREDITS = frozenset(("d", "debit", "0")), frozenset(("c", "credit", "1"))


def read_ledger(records: Iterable[Record], options: EntryOptions = AS_IT_SAYS) -> Aged:
    """The buyers of a ledger: balance, ageing and 12-month peak TTC, sales of twelve months HT (estimated).

    Raises UnreadablePortfolio without header, without any buyer, or beyond 1 000 000 lines.
    """
    return _Ledger.read_all(records, options)


class _Ledger(EntryTable):
    """A ledger being read."""

    too_long, no_header = TOO_LONG, NO_HEADER
    number_fields = ("debit", "credit", "total", "progressive", "open")

    def __init__(self, layout: EntryLayout, options: EntryOptions) -> None:
        super().__init__(layout, options)
        self.accounts: dict[str, Account] = {}
        self.lost: dict[str, int] = {}  # the first unread line of each account
        self.current: Account | None = None
        self.is_flat = False
        self.totals: list[tuple[Account, int, int]] = []
        self.sales_journals = 0
        self.first_day, self.last_day = date.max.toordinal(), 0

    @staticmethod
    def fits(layout: EntryLayout) -> bool:
        return layout.has_movements

    def learn_shape(self, body: Sequence[Sequence[Cell]]) -> None:
        """Does each line carry its account, or is the account written above its entries?"""
        dated = [cells for cells in body if self.begins_like_a_date(cells)]
        carrying = (sum(self.cell(cells, field) != "" for cells in dated) for field in ("account", "name"))
        self.is_flat = max(carrying) * 2 > len(dated)

    def read_line(self, line: int, cells: Sequence[Cell]) -> str:
        """Why the line is no entry; empty when it is one, or heads an account."""
        if not any(cell != "" for cell in cells):
            return "ligne vide"
        dated = self.cell(cells, "date")
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
        if not is_entry and is_repeated_title(cells, self.titles):
            return "titre répété"
        day = self.day(cells, "date")
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
        self.refuse_other_currencies(cells)
        cents, due = self._cents(cells), self.day(cells, "due_date")
        account = self._account_of(line, cells)
        if self.cut_off is not None and day > self.cut_off:
            self.later += 1
            return
        ordinal = day.toordinal()
        self.first_day, self.last_day = min(ordinal, self.first_day), max(ordinal, self.last_day)
        due_day = due.toordinal() if due else ordinal + self.terms
        journal = words(self.text(cells, "journal"))
        lettering = self.text(cells, "lettering")
        section = account.section if account.section in BUYERS else ""
        account.post(cents, day=ordinal, due=due_day, group=lettering and f"{section} {lettering}")
        if section == "416":
            account.doubtful += cents
        if due and cents > 0 and 0 <= due_day - ordinal <= LONGEST_TERMS:
            account.weighted_days += (due_day - ordinal) * cents
            account.weight += cents
        label = words(self.text(cells, "label"))
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
        number = self.text(cells, "account")
        name = self.text(cells, "name")
        general = self.text(cells, "general")
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
            account.lacks(self.lost.get(key))
        else:
            account.seen_at(line)
        account.section = (general or number)[:3]
        return account

    def _cents(self, cells: Sequence[Cell]) -> int:
        """Debit less credit."""
        if "debit" in self.columns:
            return self._amount(cells, "debit") - self._amount(cells, "credit")
        side = words(self.text(cells, "side"))
        if side in _DEBITS:
            return self._amount(cells, "total")
        if side in _CREDITS:
            return -self._amount(cells, "total")
        raise UnreadableNumber(f"Sens « {side[:20]} » : attendu D ou C.")

    def _amount(self, cells: Sequence[Cell], field: str) -> int:
        return self.cents(cells, field) or 0

    def _has_amount(self, cells: Sequence[Cell]) -> bool:
        return any(self.cell(cells, field) != "" for field in ("debit", "credit", "total"))

    def reject(self, line: int, reason: str, cells: Sequence[Cell]) -> None:
        """The account that the line belongs to is told as well."""
        super().reject(line, reason, cells)
        account = self.current
        if self.is_flat:
            key = account_key(self.text(cells, "account") or self.text(cells, "name") or self.text(cells, "general"))
            self.lost.setdefault(key, line)
            account = self.accounts.get(key)
        if account is not None:
            account.lacks(line)

    def aged(self, vat_rate: Decimal) -> Aged:
        kept = self._buyers()
        self.refuse_unless_some(kept, "Aucune écriture", NO_BUYERS)
        self.refuse_unless_some(self.cut_off or self.last_day, "Aucune écriture", NO_DATE)
        cut_off = self.cut_off or date.fromordinal(self.last_day)
        self._check_totals()
        start = min(self.first_day, cut_off.toordinal()) + self.terms
        for account in kept:
            if account.opening:
                account.carried += (start,)

        def turnover(account: Account) -> Decimal:
            by_month = account.net_sales if self.sales_journals else account.debits
            return net_of_vat(to_euros(twelve_months(by_month, cut_off)), vat_rate)

        return Aged.gathered(
            chain(rows_of(kept, turnover, cut_off=cut_off, start=start), self.rejected, self.ignored),
            columns=self._origins(),
            headers=self.layout.headers,
            notices=self._notices(kept, cut_off, vat_rate),
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
        return [account for account in accounts if account.section not in SUPPLIERS]

    def _check_totals(self) -> None:
        """Where an account's printed total is not what its lines add up to, somebody has to look."""
        for account, printed, read in self.totals:
            if printed not in (read, read - account.opening) and not self.later and not account.warnings:
                account.warnings = (
                    f"Le total du compte est {euros(to_euros(printed))}, celui de ses lignes {euros(to_euros(read))}.",
                )

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
        yield from short_history(self.first_day, cut_off)
        yield estimated_sales("écritures des journaux de ventes" if self.sales_journals else "débits", vat_rate)
        if others := len(self.accounts) - len(kept):
            yield f"Comptes qui ne sont pas ceux de clients, ou sans écriture, laissés de côté : {others}."
        if self.later:
            yield f"Écritures après le {cut_off:%d/%m/%Y}, laissées de côté : {self.later}."
        if self.unread > MOST_LISTED:
            yield f"{self.unread} lignes sont illisibles : les {MOST_LISTED} premières sont listées."
