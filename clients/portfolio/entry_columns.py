"""Which column of a ledger or of a list of invoices holds what: more fields than a list of buyers has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clients.portfolio.buckets import find_ageing
from clients.portfolio.contents import holds_identifiers
from clients.portfolio.dates import is_date
from clients.portfolio.headers import LONGEST_HEADER, LONGEST_KEPT
from clients.portfolio.texts import Record
from clients.portfolio.values import Cell, as_text, words

SEARCHED_LINES = 60
IDENTIFIERS = ("siren", "siret", "vat", "id")

# Most explicit first, as in DOMAIN.md §6.2: the bare « date » and « solde » come last.
_ALIASES: tuple[tuple[str, str], ...] = (
    ("siren", "siren|n siren|numero siren|siren client"),
    ("siret", "siret|n siret|numero siret|siret client"),
    ("vat", "tva intracommunautaire|tva intracom|n tva|n tva intracommunautaire|numero de tva|vat number|tva"),
    ("id", "identifiant"),
    ("general", "compte collectif|collectif|n compte collectif|compte general|n compte general|cg num"),
    ("account", "compte auxiliaire|compte tiers|n compte tiers|compte client|code tiers|code client|n client"),
    ("account", "numero client|reference client|ref client|auxiliaire|compauxnum|ct num|id client|customer code"),
    ("account", "identifiant du tiers|id tiers"),
    ("account", "n de compte|n compte|numero de compte|numero compte|compte|comptenum|code auxiliaire"),
    ("name", "raison sociale|denomination|nom 1|nom du client|nom client|nom du tiers|nom tiers|client|clients|tiers"),
    ("name", "intitule du compte|intitule compte|libelle du compte|libelle de compte|libelle compte|compauxlib"),
    ("name", "intitule du tiers|ct intitule|libelle client|societe|acheteur|debiteur|customer|customer name|buyer"),
    ("due_date", "date d echeance|date echeance|echeance|dt echeance|due date|date limite de paiement|ec echeance"),
    (
        "due_date",
        "date echeance facture|echeance le|date ech|echeance nette|ech net|echeance net|date d echeance nette",
    ),
    ("paid_on", "date de reglement|date reglement|date de paiement|date paiement|date d encaissement|payee le"),
    ("paid_on", "paye le|regle le|reglee le|date dernier reglement|payment date|paid on"),
    ("date", "date de facture|date facture|date facturation|date d emission|date emission|invoice date"),
    ("date", "date d ecriture|date ecriture|date comptable|date operation|date de l operation|date mouvement"),
    (
        "date",
        "date de piece|date piece|date pce|date document|date du document|ecrituredate|piecedate|ec date|jm date|date",
    ),
    ("invoice", "n de facture|n facture|no facture|numero de facture|numero facture|facture|facture n|ref facture"),
    ("invoice", "n de piece|n piece|no piece|numero de piece|numero piece|piece|ref piece|reference piece|document"),
    ("invoice", "n document|n doc|pieceref|ec piece|invoice|invoice number|invoice no|reference|ref"),
    ("journal", "code journal|journal|jnl|jrn|jl|jal|cj|journalcode"),
    ("lettering", "lettrage|code lettrage|lettre|let|lett|rapprochement|ecriturelet|ec lettrage|l"),
    ("progressive", "solde progressif|solde cumule|solde courant|cumul|progressif|running balance"),
    ("debit", "montant debit|debit eur|debit euro|debit euros|mouvement debit|mouvements debit|debit"),
    ("credit", "montant credit|credit eur|credit euro|credit euros|mouvement credit|mouvements credit|credit"),
    ("open", "reste a payer|reste du|restant du|reste a regler|reste a encaisser|montant restant du|solde restant"),
    (
        "open",
        "montant ouvert|solde facture|solde du|montant du|total du|a encaisser|impaye|montant impaye|open amount",
    ),
    ("open", "amount due|balance due|solde|encours|outstanding"),
    ("total", "montant ttc|total ttc|ttc|montant facture|montant de la facture|montant de facture|total facture"),
    (
        "total",
        "montant initial|montant en devise interne|montant en dev int|montant en di|ec montant|montant|amount|total",
    ),
    ("net", "montant ht|total ht|ht|montant hors taxes|net ht"),
    ("paid", "montant regle|deja regle|regle|encaisse|montant encaisse|montant paye|acompte|paid"),
    ("side", "sens|ec sens|d c|debit credit|s"),
    ("kind", "type|type de piece|type piece|type de document|type document|type de facture|type facture|nature"),
    ("terms_days", "delai de paiement|delai de reglement|delai|conditions de paiement|conditions de reglement"),
    ("terms_days", "mode de reglement|nb jours|payment terms"),
    ("country", "code pays|pays|country"),
    ("city", "ville|city"),
    ("postcode", "code postal|cp"),
    ("currency", "devise|monnaie|currency"),
    ("label", "libelle ecriture|libelle de l ecriture|libelle mouvement|libelle|designation|ecriturelib|intitule|nom"),
)
_PAIRS = tuple((field, alias) for field, aliases in _ALIASES for alias in aliases.split("|"))
_BUYERS = frozenset(("client", "clients", "tiers", "customer"))
_UNITS = (" ttc", " eur", " euros", " en euros", " en eur", " e")


@dataclass(frozen=True)
class EntryLayout:
    """Where the fields stand. `buckets` are the ageing columns of a detailed aged balance."""

    columns: Mapping[str, int]
    headers: tuple[str, ...]
    header_line: int
    first: int
    buckets: tuple[int, ...] = ()

    @property
    def has_movements(self) -> bool:
        """Debits and credits with their dates: a ledger."""
        return "date" in self.columns and ({"debit", "credit"} <= self.columns.keys() or self._is_signed)

    @property
    def has_invoices(self) -> bool:
        """Dated amounts, one per invoice."""
        dated = "date" in self.columns or "due_date" in self.columns
        return dated and bool({"open", "total", "net"} & self.columns.keys() or self.buckets)

    @property
    def _is_signed(self) -> bool:
        return {"total", "side"} <= self.columns.keys()

    def cell(self, cells: Sequence[Cell], field: str) -> Cell:
        """The cell of a field; empty when the file has no such column or the line is shorter."""
        column = self.columns.get(field, len(cells))
        return cells[column] if column < len(cells) else ""

    def named(self, field: str) -> str:
        """The header of a field, as the file writes it."""
        return self.headers[self.columns[field]]


def find_layout(records: Sequence[Record]) -> EntryLayout | None:
    """The layout of the line that names the most fields of a ledger or of invoices, None when there is none."""
    best: EntryLayout | None = None
    for index, (line, cells) in enumerate(records[:SEARCHED_LINES]):
        if sum(cell != "" for cell in cells) < 3 or any(map(_is_data, cells)):
            continue
        headers = tuple(as_text(cell)[:LONGEST_KEPT] for cell in cells)
        columns = match_columns(headers)
        ageing = find_ageing(headers)
        buckets = tuple(column for column in (ageing.columns if ageing else ()) if column not in columns.values())
        layout = EntryLayout(columns, headers, line, index + 1, buckets)
        if (layout.has_movements or layout.has_invoices) and (best is None or len(columns) > len(best.columns)):
            best = layout
    return best and _checked_by_contents(best, records)


def _checked_by_contents(layout: EntryLayout, records: Sequence[Record]) -> EntryLayout:
    """« TVA » may head amounts, and « Identifiant » internal codes: as in a list of buyers, their cells decide."""
    body, country = records[layout.first :], layout.columns.get("country")
    columns = {
        field: column
        for field, column in layout.columns.items()
        if field not in ("vat", "id") or holds_identifiers(body, column, country, field)
    }
    return replace(layout, columns=columns)


def match_columns(headers: Sequence[str]) -> dict[str, int]:
    """The column of each field, by its header: the whole header, then without its unit."""
    said = [words(header) if len(header) <= LONGEST_HEADER else "" for header in headers]
    bare = [_without_unit(text) for text in said]
    columns: dict[str, int] = {}
    for texts in (said, bare):
        for field, alias in _PAIRS:
            if field not in columns and alias in texts:
                column = texts.index(alias)
                if column not in columns.values():
                    columns[field] = column
    if "name" not in columns:
        # Beside an account, « Intitulé » or « Nom » is the buyer's. « Libellé » names the buyer of an invoice too, but
        # says what an entry is about.
        named = [column for column, text in enumerate(said) if text in ("intitule", "nom")]
        if named and "account" in columns:
            columns["name"] = named[0]
            columns = {field: column for field, column in columns.items() if field == "name" or column != named[0]}
        elif "label" in columns and not {"debit", "credit"} <= columns.keys():
            columns["name"] = columns["label"]
    for column, text in enumerate(said):
        if text in _BUYERS and column not in columns.values():
            columns.setdefault("account", column)  # « Client » beside a name is its number
        for field in ("siret", "siren"):
            if field not in columns and field in text.split() and column not in columns.values():
                columns[field] = column
    return columns


def _without_unit(text: str) -> str:
    for unit in _UNITS:
        text = text.removesuffix(unit)
    return text


def _is_data(cell: Cell) -> bool:
    return not isinstance(cell, str) or is_date(cell) or sum(c.isdigit() for c in cell) > 8
