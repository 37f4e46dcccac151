"""Lists of invoices, one line each, as an aged balance: buckets from due dates, terms, peak when payments are dated.

The buyer stands on each line, or heads its invoices as in a detailed aged balance.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import chain

from clients.portfolio.accounts import Account, month_of, to_euros, twelve_months
from clients.portfolio.countries import country_code
from clients.portfolio.credits import is_credit_kind, is_credit_note, is_credit_side
from clients.portfolio.entry_columns import IDENTIFIERS, EntryLayout
from clients.portfolio.entry_table import EntryTable
from clients.portfolio.identifiers import identify_line
from clients.portfolio.ledger_lines import Heading, heading, kind_of
from clients.portfolio.lines import is_repeated_header, is_repeated_title
from clients.portfolio.open_items import AS_IT_SAYS, MOST_LISTED, Aged, EntryOptions, estimated_sales, rows_of
from clients.portfolio.reading import Row, UnreadablePortfolio
from clients.portfolio.terms import LONGEST_TERMS, Terms, read_terms
from clients.portfolio.texts import Record
from clients.portfolio.values import Cell, as_text, words
from factortaboite.money import UnreadableNumber, net_of_vat

TOO_LONG = "Cette liste dépasse 1 000 000 de factures : ne gardez que les factures ouvertes."
NO_HEADER = (
    "Aucun en-tête de liste de factures n’a été reconnu : il doit nommer le client, une date de facture ou "
    "d’échéance, et le montant dû."
)
NO_INVOICE = "La liste n’a aucune facture : vérifiez le fichier ou la feuille."
NO_CUT_OFF = "Cette liste n’a que des échéances : dites à quelle date elle est arrêtée, pour compter les retards."
_STARS = re.compile(r"\*{1,9}(?:\s|$)")
_UNDATED = "Des factures n’ont ni échéance ni date : elles sont comptées comme non échues."


def read_invoices(records: Iterable[Record], options: EntryOptions = AS_IT_SAYS) -> Aged:
    """The buyers of a list of invoices: balance and ageing TTC, terms granted in days (weighted by amounts).

    The 12-month peak TTC and the turnover HT are known only when paid invoices are in the list with the dates of
    their payment. Without due date, an invoice falls due after the line's own terms, otherwise the estimated ones.
    Raises UnreadablePortfolio without header, without any buyer, or beyond 1 000 000 lines.
    """
    return _Invoices.read_all(records, options)


class _Invoices(EntryTable):
    """A list of invoices being read."""

    too_long, no_header = TOO_LONG, NO_HEADER
    date_fields = ("date", "due_date", "paid_on")
    number_fields = ("open", "total", "net", "paid")

    def __init__(self, layout: EntryLayout, options: EntryOptions) -> None:
        super().__init__(layout, options)
        self.accounts: dict[tuple[str, str], Account] = {}
        self.current: Row | None = None
        self.is_headed = self.is_outlined = self.has_paid_ones = False
        self.last: Account | None = None
        self.last_sum = self.whole_sum = 0  # cents due on its lines since another buyer's, and on all of them
        self.last_day: date | None = None
        self.count = self.estimated = self.settled = self.undated_payments = 0

    @staticmethod
    def fits(layout: EntryLayout) -> bool:
        return layout.has_invoices

    def learn_shape(self, body: Sequence[Sequence[Cell]]) -> None:
        """Does each line name its buyer, is the buyer written above its invoices, or on the first one only?"""
        dated = [cells for cells in body if self._is_dated(cells)]
        if self.columns.get("name") == self.columns.get("label") and any(map(self._heading, body)):
            # « Facture 12 » under « Libellé » names nobody where the buyer heads the invoices.
            columns = {field: column for field, column in self.columns.items() if field != "name"}
            self.layout = replace(self.layout, columns=columns)
            self.columns, self.cell = columns, self.layout.cell
        buyers = [self._written(cells) for cells in dated if any(self._written(cells))]
        is_sparse = len(buyers) * 2 < len(dated)
        is_once = len(buyers) * 10 <= len(dated) * 9 and len(set(buyers)) == len(buyers)
        self.is_headed = is_sparse and (not buyers or any(map(self._heading, body)))
        self.is_outlined = bool(buyers) and not self.is_headed and (is_sparse or is_once)
        if self.is_outlined:
            self.notices.append(
                "Le client n’est écrit que sur sa première facture : celles qui suivent sont comptées avec elle."
            )

    def _written(self, cells: Sequence[Cell]) -> tuple[str, ...]:
        """What a line says of its buyer."""
        return tuple(self.text(cells, field) for field in ("account", "name", *IDENTIFIERS))

    def _is_dated(self, cells: Sequence[Cell]) -> bool:
        """Is there a date, or what looks like one, and an amount?"""
        filled = (column < len(cells) and cells[column] != "" for column in self.numbers)
        return self.begins_like_a_date(cells) and any(filled)

    def _heading(self, cells: Sequence[Cell]) -> Heading | None:
        return None if self._is_dated(cells) or kind_of(cells) else heading(cells, self.numbers)

    def read_line(self, line: int, cells: Sequence[Cell]) -> str:
        """Why the line is no invoice; empty when it is one, or heads a buyer's."""
        if not any(cell != "" for cell in cells):
            return "ligne vide"
        if is_repeated_header(cells, self.layout.headers):
            return "en-tête répété"
        if not self._is_dated(cells):
            if not self.begins_like_a_date(cells) and (kind_of(cells) or self._adds_up(cells)):
                return "ligne de total"
            head = self._heading(cells) if self.is_headed else None
            if head and head.shape == (self.shape or head.shape):
                self.shape = head.shape
                self.current = Row(line=line, name=head.name or head.account, account=head.account)
                return ""
            if is_repeated_title(cells, self.titles):
                return "titre répété"
        self._invoice(line, cells)
        return ""

    def _adds_up(self, cells: Sequence[Cell]) -> bool:
        """Is the line a total that does not say so: SAP's stars, or a sum without any number of an invoice, of the
        lines of the buyer that it names (« Résultat Dupont ») or of all?"""
        if _STARS.match(next((as_text(cell) for cell in cells if cell != ""), "")):
            return True
        if self.last is None or self.text(cells, "invoice"):
            return False
        if (due := self._open(cells)) == self.whole_sum and len(self.accounts) > 1:
            return True
        row = self.last.row
        named = tuple(f" {text}" for text in (row.name, row.account, row.id_value) if text)
        return due == self.last_sum and all(not text or f" {text}".endswith(named) for text in self._written(cells))

    def _invoice(self, line: int, cells: Sequence[Cell]) -> None:
        self.refuse_other_currencies(cells)
        issued, due, paid_on = (self.day(cells, field) for field in ("date", "due_date", "paid_on"))
        total, net, rest = self.cents(cells, "total"), self.cents(cells, "net"), self._open(cells)
        if self._is_credit(cells):
            total, net, rest = (cents and -abs(cents) for cents in (total, net, rest))
        if rest is None:
            raise UnreadableNumber("Le montant de la facture manque.")
        account = self._account(line, cells)
        self.last_sum = rest + (self.last_sum if account is self.last else 0)
        self.whole_sum += rest
        self.last = account
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
        if rest < 0:
            due_day = 0  # a credit pays the oldest invoices
        elif due is None and issued is not None:
            due_day = self._terms(account, cells).due(issued).toordinal()
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
        row = self.current
        if row is None or (not self.is_headed and any(self._written(cells))):
            row = self._buyer(line, cells)
            self.current = row if self.is_outlined else None
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
        country = country_code(self.text(cells, "country"))
        written = ((field, self.text(cells, field)) for field in IDENTIFIERS)
        identifier, warnings = identify_line(written, country)
        name, account = self.text(cells, "name"), self.text(cells, "account")
        if not (name or account or identifier):
            raise UnreadableNumber("Ni nom, ni compte, ni identifiant : complétez la ligne.")
        return Row(
            line=line,
            name=name or account,
            id_type=identifier.id_type if identifier else "",
            id_value=identifier.id_value if identifier else "",
            country=(identifier.country if identifier else country) or "FR",
            city=self.text(cells, "city"),
            postcode=self.text(cells, "postcode"),
            account=account,
            warnings=tuple(warnings),
        )

    def _open(self, cells: Sequence[Cell]) -> int | None:
        """What is still due of the invoice; all of it when the list does not say what was paid."""
        if (rest := self.cents(cells, "open")) is not None:
            return rest
        if self.layout.buckets:
            parts = [self.cents_in(cells, column) for column in self.layout.buckets if column < len(cells)]
            found = [part for part in parts if part is not None]
            return sum(found) if found else None
        total = self.cents(cells, "total" if "total" in self.columns else "net")
        if total is None or "open" in self.columns:
            return total and 0  # an empty « reste dû » beside an amount: nothing is left
        return total - (self.cents(cells, "paid") or 0)

    def _is_credit(self, cells: Sequence[Cell]) -> bool:
        """Is the line a credit note or a payment? It lowers the balance, whatever the sign of its amount."""
        return (
            is_credit_kind(self.text(cells, "kind"))
            or is_credit_side(self.text(cells, "side"))
            or is_credit_note(self.text(cells, "label"))
        )

    def _terms(self, account: Account, cells: Sequence[Cell]) -> Terms:
        try:
            said = read_terms(self.cell(cells, "terms_days"))
        except UnreadableNumber:
            said = None
        if said is None:
            self.estimated += 1
            return Terms(self.terms)
        account.row = account.row._replace(terms_days=max(said.on_average, account.row.terms_days or 0))
        return said

    def aged(self, vat_rate: Decimal) -> Aged:
        self.refuse_unless_some(self.accounts, "Aucune facture", NO_INVOICE)
        # Open invoices alone say neither what was sold nor how high the balance went: half of a year's are paid.
        self.has_paid_ones = self.settled * 2 >= self.count
        has_history = self.has_paid_ones and not self.undated_payments
        cut_off = self.cut_off or self.last_day or self.received_on
        if cut_off is None:
            raise UnreadablePortfolio(NO_CUT_OFF)

        def turnover(account: Account) -> Decimal | None:
            if not self.has_paid_ones:
                return None
            if "net" in self.columns:
                return to_euros(twelve_months(account.net_sales, cut_off))
            return net_of_vat(to_euros(twelve_months(account.debits, cut_off)), vat_rate)

        rows = rows_of(self.accounts.values(), turnover, cut_off=cut_off, start=0, has_peak=has_history)
        return Aged.gathered(
            chain(rows, self.rejected, self.ignored),
            columns=self._origins(has_history),
            headers=self.layout.headers,
            notices=self._notices(cut_off, vat_rate, has_history),
            cut_off=cut_off,
        )

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
        yield f"Soldes TTC au {cut_off:%d/%m/%Y}, additionnés par client."
        yield from self.notices
        if self.cut_off is None and self.last_day is None:
            yield "Cette liste n’a que des échéances : les retards sont comptés au jour où elle est arrivée."
        if self.estimated:
            yield f"Échéances manquantes, estimées à {self.terms} jours de la facture : {self.estimated}."
        if not has_history:
            yield "Les dates de règlement manquent : l’encours maximum sur douze mois n’est pas connu."
        if self.has_paid_ones and "net" not in self.columns:
            yield estimated_sales("factures", vat_rate)
        if self.later:
            yield f"Factures après le {cut_off:%d/%m/%Y}, laissées de côté : {self.later}."
        if self.unread > MOST_LISTED:
            yield f"{self.unread} lignes sont illisibles : les {MOST_LISTED} premières sont listées."
