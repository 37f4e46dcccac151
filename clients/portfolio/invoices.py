"""Lists of invoices, one line each, as an aged balance: buckets from due dates, terms, peak when payments are dated.

The buyer stands on each line, or heads its invoices as in a detailed aged balance.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice

from clients.portfolio.countries import country_code
from clients.portfolio.dates import MIXED, MONTH_FIRST, UnreadableDate, cut_off_said, date_order, parse_date
from clients.portfolio.entry_columns import IDENTIFIERS, EntryLayout, find_layout
from clients.portfolio.identifiers import BadIdentifier, Identifier, identify
from clients.portfolio.ledger_lines import filled, heading, is_repeated_header, kind_of
from clients.portfolio.open_items import (
    DEFAULT_TERMS,
    FRENCH_VAT,
    LONGEST_TEXT,
    MAX_ENTRIES,
    MOST_LISTED,
    Account,
    Aged,
    month_of,
    to_cents,
    to_euros,
    to_row,
    twelve_months,
)
from clients.portfolio.reading import Ignored, Rejected, Row, UnreadablePortfolio
from clients.portfolio.texts import Record
from clients.portfolio.values import LONGEST_TERMS, Cell, as_text, decimal_separator, parse_amount, parse_terms, words
from factortaboite.money import UnreadableNumber, net_of_vat, percent

SAMPLE = 5000

TOO_LONG = "Cette liste dépasse 1 000 000 de factures : ne gardez que les factures ouvertes."
NO_HEADER = (
    "Aucun en-tête de liste de factures n’a été reconnu : il doit nommer le client, une date de facture ou "
    "d’échéance, et le montant dû."
)
_EUROS = frozenset(("", "e", "eur", "euro", "euros"))
_UNDATED = "Des factures n’ont ni échéance ni date : elles sont comptées comme non échues."


def read_invoices(
    records: Iterable[Record],
    *,
    cut_off: date | None = None,
    terms_days: int = DEFAULT_TERMS,
    vat_rate: Decimal = FRENCH_VAT,
    order: str | None = None,
) -> Aged:
    """The buyers of a list of invoices: balance and ageing TTC, terms granted in days (weighted by amounts).

    The 12-month peak TTC and the turnover HT are known only when paid invoices are in the list with the dates of
    their payment. `cut_off` leaves out later invoices; without it, the date in the titles, otherwise the last
    invoice's. Without due date, an invoice falls due after the line's own terms or `terms_days`. `vat_rate` (a share)
    serves where no column is HT. `order` ("dmy", "mdy", "ymd") is the order of dates that somebody chose.
    Raises UnreadablePortfolio without header, without any buyer, or beyond 1 000 000 lines.
    """
    stream = iter(records)
    sample = list(islice(stream, SAMPLE))
    layout = find_layout(sample)
    if layout is None or not layout.has_invoices:
        raise UnreadablePortfolio(NO_HEADER)
    invoices = _Invoices(layout, cut_off, terms_days, order)
    invoices.learn_from(sample)
    invoices.read(chain(sample[layout.first :], stream))
    return invoices.aged(vat_rate)


class _Invoices:
    """A list of invoices being read."""

    def __init__(self, layout: EntryLayout, cut_off: date | None, terms: int, order: str | None) -> None:
        self.layout = layout
        self.columns = layout.columns
        self.cut_off = cut_off
        self.terms = terms
        self.order = order
        self.near: date | None = None
        self.separators: dict[int, str | None] = {}
        self.accounts: dict[tuple[str, str], Account] = {}
        self.current: Row | None = None
        self.shape: tuple[int, bool] | None = None
        self.is_headed = self.has_paid_ones = False
        self.rejected: list[Rejected] = []
        self.ignored: list[Ignored] = []
        self.notices: list[str] = []
        self.last_day: date | None = None
        self.count = self.estimated = self.later = self.unread = self.settled = self.undated_payments = 0
        fields = ("open", "total", "net", "paid")
        self.numbers = [*(self.columns[field] for field in fields if field in self.columns), *layout.buckets]

    def learn_from(self, sample: Sequence[Record]) -> None:
        """The cut-off that the titles say, how the columns write numbers and dates, where the buyer stands."""
        titles = [(line, " ".join(map(as_text, cells)).strip()) for line, cells in sample[: self.layout.first]]
        self.cut_off = self.cut_off or cut_off_said(text for _, text in titles)
        for line, text in titles:
            if line != self.layout.header_line:
                self.ignored.append(Ignored(line, "titre au-dessus de l’en-tête" if text else "ligne vide"))
        body = [cells for _, cells in sample[self.layout.first :]]
        for column in self.numbers:
            self.separators[column] = decimal_separator(cells[column] for cells in body if column < len(cells))
        if self.order is None:
            self.near = self.cut_off
            fields = ("date", "due_date", "paid_on")
            dates = (filled(cells, self.columns, field) for cells in body for field in fields)
            self.order = date_order(dates, near=self.cut_off)
            if self.order == MONTH_FIRST:
                self.notices.append("Les dates sont lues mois/jour/année : certaines n’ont pas d’autre lecture.")
            elif self.order == MIXED:
                self.notices.append("Certaines dates ont le jour et le mois inversés : précisez leur ordre.")
        named = ("name", "account", *IDENTIFIERS)
        dated = [cells for cells in body if self._has_date(cells)]
        on_line = sum(any(filled(cells, self.columns, field) != "" for field in named) for cells in dated)
        self.is_headed = on_line * 2 < len(dated)

    def read(self, records: Iterable[Record]) -> None:
        """Adds every line. Raises UnreadablePortfolio beyond `MAX_ENTRIES`."""
        count = 0
        for line, cells in islice(records, MAX_ENTRIES + 1):
            count += 1
            try:
                reason = self._read_line(line, cells)
            except (UnreadableNumber, UnreadableDate, BadIdentifier) as error:
                self.unread += 1
                if len(self.rejected) < MOST_LISTED:
                    texts = tuple(as_text(cell)[:LONGEST_TEXT] for cell in cells)
                    self.rejected.append(Rejected(line, str(error), texts))
            else:
                if reason and len(self.ignored) < MOST_LISTED:
                    self.ignored.append(Ignored(line, reason))
        if count > MAX_ENTRIES:
            raise UnreadablePortfolio(TOO_LONG)

    def _read_line(self, line: int, cells: Sequence[Cell]) -> str:
        """Why the line is no invoice; empty when it is one, or heads a buyer's."""
        if not any(cell != "" for cell in cells):
            return "ligne vide"
        if is_repeated_header(cells, self.layout.headers):
            return "en-tête répété"
        if not self._has_date(cells):
            if kind_of(cells):
                return "ligne de total"
            head = heading(cells, self.numbers) if self.is_headed else None
            if head and head.shape == (self.shape or head.shape):
                self.shape = head.shape
                self.current = Row(line=line, name=head.name or head.account, account=head.account)
                return ""
        self._invoice(line, cells)
        return ""

    def _invoice(self, line: int, cells: Sequence[Cell]) -> None:
        if (currency := self._text(cells, "currency")) and words(currency) not in _EUROS:
            raise UnreadableNumber(f"Montants en {currency} : convertissez-les en euros.")
        issued, due, paid_on = (self._date(cells, field) for field in ("date", "due_date", "paid_on"))
        total, net, rest = self._amount(cells, "total"), self._amount(cells, "net"), self._open(cells)
        if rest is None:
            raise UnreadableNumber("Le montant de la facture manque.")
        account = self._account(line, cells)
        if self.cut_off is not None and issued is not None and issued > self.cut_off:
            self.later += 1
            return
        if issued is not None:
            self.last_day = max(issued, self.last_day or issued)
        if paid_on is not None and (self.cut_off is None or paid_on <= self.cut_off):
            rest = 0 if "open" not in self.columns else rest
        elif paid_on is not None:
            rest = total if total is not None else rest  # paid since: still open on the day of the cut-off
        self.count += 1
        self.settled += rest == 0
        self._age(account, rest, issued, due, cells)
        gross = total if total is not None else rest
        if issued is not None:
            self._move(account, gross, rest, issued, paid_on)
            month = month_of(issued)
            if net is not None:
                account.net_sales[month] = account.net_sales.get(month, 0) + net
            account.debits[month] = account.debits.get(month, 0) + gross
            if due is not None and gross > 0 and 0 <= (days := (due - issued).days) <= LONGEST_TERMS:
                account.weighted_days += days * gross
                account.weight += gross

    def _age(self, account: Account, rest: int, issued: date | None, due: date | None, cells: Sequence[Cell]) -> None:
        if not rest:
            return
        if due is None and issued is not None:
            due_day = issued.toordinal() + self._terms(account, cells)
            self.estimated += 1
        elif due is not None:
            due_day = due.toordinal()
        else:
            due_day = date.max.toordinal()
            if _UNDATED not in account.warnings:
                account.warnings += (_UNDATED,)
        account.open(rest, due=due_day)

    def _move(self, account: Account, gross: int, rest: int, issued: date, paid_on: date | None) -> None:
        """The invoice raises the balance on its day; what was paid of it lowers it, on the day that is said."""
        day = issued.toordinal()
        account.moves[day] = account.moves.get(day, 0) + gross
        if gross == rest:
            return
        if paid_on is None:
            self.undated_payments += 1
        paid_day = paid_on.toordinal() if paid_on else day
        account.moves[paid_day] = account.moves.get(paid_day, 0) - (gross - rest)

    def _account(self, line: int, cells: Sequence[Cell]) -> Account:
        """The buyer's account: by identifier, otherwise by its number, otherwise by its name."""
        row = self.current if self.is_headed else None
        if row is None:
            row = self._buyer(line, cells)
        if row.id_value:
            key = (row.country + row.id_type, row.id_value)
        else:
            key = ("account", row.account) if row.account else ("name", words(row.name))
        account = self.accounts.get(key)
        if account is None:
            account = self.accounts[key] = Account(row)
        if account.row.line != line:
            account.seen_at(line)
        return account

    def _buyer(self, line: int, cells: Sequence[Cell]) -> Row:
        country = country_code(self._text(cells, "country"))
        identifier, warnings = self._identifier(cells, country)
        name, account = self._text(cells, "name"), self._text(cells, "account")
        if not (name or account or identifier):
            raise UnreadableNumber("Ni nom, ni compte, ni identifiant : complétez la ligne.")
        return Row(
            line=line,
            name=name or account,
            id_type=identifier.id_type if identifier else "",
            id_value=identifier.id_value if identifier else "",
            country=(identifier.country if identifier else country) or "FR",
            city=self._text(cells, "city"),
            postcode=self._text(cells, "postcode"),
            account=account,
            warnings=warnings,
        )

    def _identifier(self, cells: Sequence[Cell], country: str | None) -> tuple[Identifier | None, tuple[str, ...]]:
        for field in IDENTIFIERS:
            if text := self._text(cells, field):
                found = identify(text, country=country, kind=field)
                if found is not None:
                    return found, found.warnings
        return None, ()

    def _open(self, cells: Sequence[Cell]) -> int | None:
        """What is still due of the invoice; all of it when the list does not say what was paid."""
        if (rest := self._amount(cells, "open")) is not None:
            return rest
        if self.layout.buckets:
            parts = [self._parsed(cells[column], column) for column in self.layout.buckets if column < len(cells)]
            found = [part for part in parts if part is not None]
            return sum(found) if found else None
        total = self._amount(cells, "total" if "total" in self.columns else "net")
        if total is None or "open" in self.columns:
            return total and 0  # an empty « reste dû » beside an amount: nothing is left
        return total - (self._amount(cells, "paid") or 0)

    def _terms(self, account: Account, cells: Sequence[Cell]) -> int:
        try:
            said = parse_terms(filled(cells, self.columns, "terms_days"))
        except UnreadableNumber:
            said = None
        if said is None:
            return self.terms
        account.row = account.row._replace(terms_days=max(said, account.row.terms_days or 0))
        return said

    def _has_date(self, cells: Sequence[Cell]) -> bool:
        found = (filled(cells, self.columns, field) for field in ("date", "due_date"))
        return any(not isinstance(cell, str) or cell[:1].isdigit() for cell in found)

    def _date(self, cells: Sequence[Cell], field: str) -> date | None:
        cell = filled(cells, self.columns, field)
        return parse_date(cell, order=self.order, near=self.near) if cell != "" else None

    def _amount(self, cells: Sequence[Cell], field: str) -> int | None:
        column = self.columns.get(field, len(cells))
        return self._parsed(cells[column], column) if column < len(cells) else None

    def _parsed(self, cell: Cell, column: int) -> int | None:
        amount = parse_amount(cell, decimal_separator=self.separators[column]) if cell != "" else None
        return to_cents(amount) if amount is not None else None

    def _text(self, cells: Sequence[Cell], field: str) -> str:
        return as_text(filled(cells, self.columns, field))[:LONGEST_TEXT]

    def aged(self, vat_rate: Decimal) -> Aged:
        """What the whole list says. Raises UnreadablePortfolio when it has no invoice."""
        if not self.accounts:
            if self.rejected:
                line, reason, _ = self.rejected[0]
                raise UnreadablePortfolio(f"Aucune facture n’a pu être lue. Ligne {line} : {reason}")
            raise UnreadablePortfolio("La liste n’a aucune facture : vérifiez le fichier ou la feuille.")
        # Open invoices alone say neither what was sold nor how high the balance went: half of a year's are paid.
        self.has_paid_ones = self.settled * 2 >= self.count
        has_history = self.has_paid_ones and not self.undated_payments
        cut_off = self.cut_off or self.last_day
        if cut_off is None:
            raise UnreadablePortfolio(
                "Cette liste n’a que des échéances : dites à quelle date elle est arrêtée, pour compter les retards."
            )
        rows = tuple(self._rows(cut_off, vat_rate, has_history))
        return Aged(
            columns=self._origins(has_history),
            rows=rows,
            rejected=tuple(sorted(self.rejected)),
            ignored=tuple(sorted(self.ignored)),
            headers=self.layout.headers,
            notices=tuple(self._notices(cut_off, vat_rate, has_history)),
            cut_off=cut_off,
        )

    def _rows(self, cut_off: date, vat_rate: Decimal, has_history: bool) -> Iterator[Row]:
        for account in self.accounts.values():
            turnover: Decimal | None = None
            if self.has_paid_ones:
                turnover = to_euros(twelve_months(account.net_sales, cut_off))
                if "net" not in self.columns:
                    turnover = net_of_vat(to_euros(twelve_months(account.debits, cut_off)), vat_rate)
            try:
                row = to_row(account, cut_off=cut_off, start=0, turnover=turnover, has_peak=has_history)
            except ValueError as error:
                self.rejected.append(Rejected(account.row.line, str(error), ()))
                continue
            if row.outstanding or row.peak or row.turnover:
                yield row
            elif len(self.ignored) < MOST_LISTED:
                self.ignored.append(Ignored(row.line, "factures soldées"))

    def _origins(self, has_history: bool) -> dict[str, str]:
        """Where each field comes from, in the file's own names."""
        fields = ("name", "account", *IDENTIFIERS, "country", "city", "postcode", "terms_days")
        origins = {field: self.layout.named(field) for field in fields if field in self.columns}
        if self.is_headed:
            origins["name"] = origins["account"] = "titres des clients"
        amount = next((field for field in ("open", "total", "net") if field in self.columns), None)
        buckets = " + ".join(self.layout.headers[column] for column in self.layout.buckets)
        origins["outstanding"] = self.layout.named(amount) if amount else buckets
        if {"date", "due_date"} <= self.columns.keys():
            origins["terms_days"] = f"{self.layout.named('date')} + {self.layout.named('due_date')}"
        if has_history:
            origins["peak"] = origins["outstanding"]
        if self.has_paid_ones:
            sold = next((field for field in ("net", "total") if field in self.columns), None)
            origins["turnover"] = self.layout.named(sold) if sold else origins["outstanding"]
        return origins

    def _notices(self, cut_off: date, vat_rate: Decimal, has_history: bool) -> Iterator[str]:
        yield f"Une ligne par facture : soldes TTC au {cut_off:%d/%m/%Y}, additionnés par client."
        yield from self.notices
        if self.estimated:
            yield f"Échéances manquantes, estimées à {self.terms} jours de la facture : {self.estimated}."
        if not has_history:
            yield "Les dates de règlement manquent : l’encours maximum sur douze mois n’est pas connu."
        if self.has_paid_ones and "net" not in self.columns:
            yield f"Le chiffre d’affaires est estimé : factures TTC, ramenées HT à {percent(vat_rate, 0)} de TVA."
        if self.later:
            yield f"Factures après le {cut_off:%d/%m/%Y}, laissées de côté : {self.later}."
        if self.unread > MOST_LISTED:
            yield f"{self.unread} lignes sont illisibles : les {MOST_LISTED} premières sont listées."
