"""The entries of a FEC, line by line: posted to the account of each buyer, sales shared among them.

Most of a FEC's million lines concern no buyer, so a line is looked at by its account first, and little is done for it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from operator import itemgetter
from typing import Any

from clients.portfolio.accounts import BUYERS, Account, account_key, month_of, to_cents
from clients.portfolio.dates import UnreadableDate, parse_date
from clients.portfolio.fec_sales import Sales
from clients.portfolio.open_items import MAX_ENTRIES, MOST_LISTED, EntryOptions
from clients.portfolio.reading import Ignored, Rejected, Row, UnreadablePortfolio
from clients.portfolio.terms import LONGEST_TERMS
from clients.portfolio.texts import Record
from clients.portfolio.values import LONGEST_TEXT, Cell, as_text, decimal_separator, parse_amount, words
from factortaboite.money import UnreadableNumber

TOO_LONG = (
    "Ce FEC dépasse 1 000 000 de lignes : demandez au comptable un export limité aux comptes 411, 413 et 416, ou la "
    "balance âgée des clients."
)

_PICKED = (
    "EcritureDate",
    "PieceDate",
    "DateEcheance",
    "CompAuxNum",
    "CompAuxLib",
    "EcritureLet",
    "JournalCode",
    "EcritureNum",
    "EcritureLib",
)
_TEXTS = frozenset((str,))
_DEBITS = frozenset(("d", "debit", "1", "+1", "+"))
_CREDITS = frozenset(("c", "credit", "-1", "-"))
_CARRIED_JOURNAL = re.compile(
    r"\b(?:a nouveaux?|anouveaux?|ouverture|reprises?|reports?)\b|^(?:an|ran|ano|anx|anv|anc)\d*$"
)
_CARRIED_LABEL = re.compile(
    r"(?:[aà][ -]?nouveaux?|r\.?a\.?n\.?|reports?|reprises?|ouverture|solde (?:d.ouverture|initial|ant[eé]rieur))\b",
    re.IGNORECASE,
)
_COLLECTIVE = frozenset(
    "client clients compte comptes collectif collectifs general divers diverse ventes vente prestations prestation de "
    "des du ou et la le les a sur services service biens bien france export etranger ue cee hors locaux creances "
    "creance effets recevoir douteux litigieux ttc autres particuliers professionnels comptant".split()
)


class Entries:
    """A FEC being read. `columns` gives the column of each field by its legal name; `limit` is the cut-off's day."""

    def __init__(self, columns: Mapping[str, int], headers: tuple[str, ...], options: EntryOptions) -> None:
        self.columns = columns
        self.headers = headers
        self.cut_off = options.cut_off
        self.limit = (options.cut_off or date.max).toordinal()
        self.terms = options.terms_days
        self.order = options.order
        self.near = None if options.order else options.cut_off or options.received_on
        self.accounts: dict[str, Account] = {}
        self.collective: dict[str, Account] = {}
        self.lost: dict[str, int] = {}  # the first unread line of each account
        self.rejected: list[Rejected] = []
        self.ignored: list[Ignored] = []
        self.days: dict[Cell, tuple[int, int]] = {}
        self.carrying_journals: dict[str, bool] = {}
        self.separator: str | None = None
        self.widest = len(headers)
        self.first_day, self.last_day = date.max.toordinal(), 0
        self.others = self.later = self.unread = 0
        self.by_sign = "Debit" not in columns or "Credit" not in columns
        amounts = ("Montant", "Sens") if self.by_sign else ("Debit", "Credit")
        # A field that the file does not have is picked from one empty cell past the last column.
        self.pick = itemgetter(*(columns.get(name, len(headers)) for name in (*_PICKED, *amounts)))
        self.sales = Sales()

    def pass_over(self, titles: Iterable[Record]) -> None:
        """Lines above the header."""
        for line, cells in titles:
            self.ignored.append(Ignored(line, "titre au-dessus de l’en-tête" if any(cells) else "ligne vide"))

    def learn_from(self, sample: Sequence[Record]) -> None:
        """How wide lines are, and how numbers are written: the law wants a decimal comma, some files have points, and
        `1.234` cannot be told without its column."""
        widths = Counter(len(cells) for _, cells in sample)
        self.widest = max(len(self.headers), max(widths, key=widths.__getitem__, default=0))
        columns = [self.columns[name] for name in ("Debit", "Credit", "Montant") if name in self.columns]
        cells = (cells[column] for _, cells in sample for column in columns if column < len(cells))
        self.separator = decimal_separator(cells)

    def read(self, records: Iterable[Record]) -> None:
        """Posts every line. Raises UnreadablePortfolio beyond `MAX_ENTRIES`."""
        account_column, width = self.columns["CompteNum"], len(self.headers)
        count = 0
        for line, cells in islice(records, MAX_ENTRIES + 1):
            count += 1
            number = cells[account_column] if account_column < len(cells) else ""
            if type(number) is not str:
                number = as_text(number)
            section = number[:3]
            if section in BUYERS or section[:2] == "70":
                try:
                    picked = self.pick([*cells, ""] if len(cells) == width else self._widened(cells))
                    if not _TEXTS.issuperset(map(type, picked)):
                        picked = (*picked[:3], *map(as_text, picked[3:9]), *picked[9:])
                    if section in BUYERS:
                        self._post(line, cells, picked, number, section)
                    else:
                        self._sell(picked)
                except (UnreadableNumber, UnreadableDate) as error:
                    self._reject(line, str(error), cells, number)
            elif number:
                self.others += 1
            elif len(self.ignored) < MOST_LISTED:
                self.ignored.append(Ignored(line, "sans numéro de compte" if any(cells) else "ligne vide"))
        if count > MAX_ENTRIES:
            raise UnreadablePortfolio(TOO_LONG)
        self.sales.close()

    def _widened(self, cells: Sequence[Cell]) -> list[Cell]:
        """A line that is not as wide as the header: its last cells may be missing, or empty if all lines are so."""
        width = len(self.headers)
        if len(cells) > self.widest or any(cells[width:]):
            raise UnreadableNumber("Plus de cellules que de colonnes : un séparateur se trouve dans un texte.")
        return [*cells[:width], *[""] * (width + 1 - len(cells[:width]))]

    def _post(self, line: int, cells: Sequence[Cell], picked: Sequence[Any], number: str, section: str) -> None:
        entry_date, piece_date, due_date, auxiliary, name, lettering, journal, entry, label, first, second = picked
        day, month = self.days.get(entry_date) or self._day(entry_date)
        if not day:
            raise UnreadableDate("La date de l’écriture manque.")
        if day > self.limit:
            self.later += 1
            return
        cents = self._signed(first, second) if self.by_sign else self._cents(first) - self._cents(second)
        piece_day = (self.days.get(piece_date) or self._day(piece_date))[0] or day
        due = self._day(due_date)[0] if due_date else 0
        terms_granted = due - piece_day if due else -1
        due = due or piece_day + self.terms
        account = self.accounts.get(auxiliary) if auxiliary else None
        if account is None:
            account = self._account(line, cells, auxiliary, name, number)
        else:
            account.seen_at(line)
        if day > self.last_day:
            self.last_day = day
        if day < self.first_day:
            self.first_day = day
        if lettering and section != "411":
            lettering = f"{section} {lettering}"  # a bill's lettering is not the invoice's
        account.post(cents, day=day, due=due, group=lettering)
        if section == "416":
            account.doubtful += cents
        if cents > 0 and 0 <= terms_granted <= LONGEST_TERMS:
            account.weighted_days += terms_granted * cents
            account.weight += cents
        if self._is_carried(cells, journal, label):
            if due not in account.carried:
                account.carried += (due,)
            return
        if cents > 0:
            account.debits[month] = account.debits.get(month, 0) + cents
        self.sales.buy((entry, journal, entry_date), month, account, cents)

    def _account(self, line: int, cells: Sequence[Cell], auxiliary: str, name: str, number: str) -> Account:
        """The buyer of a line: CompAuxNum, otherwise the account itself unless it is everybody's."""
        if not auxiliary:
            auxiliary = name or self._text(cells, "IdClient")
        key = auxiliary or account_key(number)
        if (account := self.accounts.get(key)) is not None:
            account.seen_at(line)
            return account
        name = name if auxiliary else self._text(cells, "CompteLib")
        if not auxiliary and _is_collective(number, name):
            return self.collective.setdefault(number, Account(Row(line=line, name=name, account=number)))
        account = Account(
            Row(
                line=line,
                name=(name or auxiliary or number)[:LONGEST_TEXT],
                account=(auxiliary or number)[:LONGEST_TEXT],
            )
        )
        self.accounts[key] = account
        account.lacks(self.lost.get(key))
        return account

    def _sell(self, picked: Sequence[Any]) -> None:
        """A line of sales: what its entry sold HT is shared among the entry's buyers."""
        entry_date, _, _, _, _, _, journal, entry, _, first, second = picked
        day, month = self.days.get(entry_date) or self._day(entry_date)
        if not 0 < day <= self.limit:
            return
        cents = self._signed(first, second) if self.by_sign else self._cents(first) - self._cents(second)
        self.sales.sell((entry, journal, entry_date), month, -cents)

    def _signed(self, amount: Cell, side: Cell) -> int:
        """The form with Montant and Sens."""
        said = as_text(side).strip().lower()
        if said in _DEBITS or words(said) == "debit":
            return self._cents(amount)
        if said in _CREDITS or words(said) == "credit":
            return -self._cents(amount)
        raise UnreadableNumber(f"Sens « {said[:20]} » : attendu D ou C, +1 ou -1.")

    def _cents(self, cell: Cell) -> int:
        if isinstance(cell, str):
            if not cell:
                return 0
            if cell[-3:-2] == "," and (digits := cell[:-3] + cell[-2:]).isdecimal() and len(digits) < 12:
                return int(digits)  # most cells, and much faster
        amount = parse_amount(cell, decimal_separator=self.separator)
        return to_cents(amount) if amount is not None else 0

    def _day(self, cell: Cell) -> tuple[int, int]:
        """The ordinal and month of a date; zeros when the cell says nothing."""
        if (known := self.days.get(cell)) is None:
            found = parse_date(cell, order=self.order, near=self.near)
            known = self.days[cell] = (found.toordinal(), month_of(found)) if found else (0, 0)
        return known

    def _text(self, cells: Sequence[Cell], name: str) -> str:
        column = self.columns.get(name, len(cells))
        return as_text(cells[column]) if column < len(cells) else ""

    def _is_carried(self, cells: Sequence[Cell], journal: str, label: str) -> bool:
        """An opening balance: its journal or its label says so."""
        carried = self.carrying_journals.get(journal)
        if carried is None:
            said = (journal, self._text(cells, "JournalLib"))
            carried = any(_CARRIED_JOURNAL.search(words(text)) for text in said)
            self.carrying_journals[journal] = carried
        return carried or (label[:1] in "aAàÀrRoOsS" and bool(_CARRIED_LABEL.match(label)))

    def _reject(self, line: int, reason: str, cells: Sequence[Cell], number: str) -> None:
        self.unread += 1
        if len(self.rejected) < MOST_LISTED:
            self.rejected.append(Rejected(line, reason, tuple(as_text(cell)[:LONGEST_TEXT] for cell in cells)))
        key = self._text(cells, "CompAuxNum") or account_key(number)
        self.lost.setdefault(key, line)
        if (account := self.accounts.get(key)) is not None:
            account.lacks(line)


def _is_collective(number: str, name: str) -> bool:
    """« 411000 Clients » is everybody's account; « 411DUPONT » or « 4110001 Dupont » is one buyer's."""
    said = set(words(name).split())
    return said <= _COLLECTIVE if said else not number[3:].strip("0")
