"""What a whole FEC says once its entries are posted: the buyers, where each figure comes from, what to tell."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import chain

from clients.portfolio.accounts import Account, balance, to_euros, twelve_months
from clients.portfolio.fec_entries import Entries
from clients.portfolio.open_items import ALL_LATER, MOST_LISTED, Aged, estimated_sales, rows_of, short_history
from clients.portfolio.reading import Rejected, UnreadablePortfolio
from factortaboite.money import euros, format_number, net_of_vat

NO_BUYERS = (
    "Ce FEC n’a aucune écriture sur un compte client (411, 413 ou 416) : une comptabilité de trésorerie n’en tient "
    "pas. Demandez la liste des factures impayées ou la balance âgée."
)
NOBODY_NAMED = (
    "Ce FEC ne dit pas quels sont les clients : tout est au compte collectif, sans compte auxiliaire (CompAuxNum). "
    "Demandez la balance âgée ou le grand livre auxiliaire des clients."
)


def summed_up(entries: Entries, vat_rate: Decimal) -> Aged:
    """What the whole file says. Raises UnreadablePortfolio when it names no buyer."""
    if not entries.accounts:
        if entries.rejected:
            line, reason, _ = entries.rejected[0]
            raise UnreadablePortfolio(f"Aucune écriture de client n’a pu être lue. Ligne {line} : {reason}")
        if entries.later and entries.cut_off:
            raise UnreadablePortfolio(ALL_LATER.format(entries.cut_off))
        raise UnreadablePortfolio(NOBODY_NAMED if entries.collective else NO_BUYERS)
    cut_off = entries.cut_off or date.fromordinal(entries.last_day)
    # Sales are told apart by entry; an export in another order leaves only the debits of the buyers.
    by_entry = entries.sales.total != 0 and entries.sales.shared * 2 >= entries.sales.total

    def turnover(account: Account) -> Decimal:
        if by_entry:
            return to_euros(twelve_months(account.net_sales, cut_off))
        return net_of_vat(to_euros(twelve_months(account.debits, cut_off)), vat_rate)

    start = entries.first_day + entries.terms
    rows = rows_of(entries.accounts.values(), turnover, cut_off=cut_off, start=start)
    return Aged.gathered(
        chain(rows, entries.rejected, entries.ignored, map(_everybodys, entries.collective.values())),
        columns=_origins(entries, by_entry),
        headers=entries.headers,
        notices=_notices(entries, cut_off, None if by_entry else vat_rate),
        cut_off=cut_off,
    )


def _origins(entries: Entries, by_entry: bool) -> dict[str, str]:
    """Where each field comes from, in the file's own names."""
    headers, columns = entries.headers, entries.columns
    said = {"name": "CompAuxLib", "account": "CompAuxNum"}
    origins = {field: headers[columns[name]] for field, name in said.items() if name in columns}
    origins.setdefault("name", headers[columns.get("CompteLib", columns["CompteNum"])])
    origins.setdefault("account", headers[columns["CompteNum"]])
    amounts = ("Montant", "Sens") if entries.by_sign else ("Debit", "Credit")
    both = " + ".join(headers[columns[name]] for name in amounts)
    return {**origins, "outstanding": both, "peak": both, "turnover": "comptes 70" if by_entry else both}


def _notices(entries: Entries, cut_off: date, vat_rate: Decimal | None) -> Iterator[str]:
    yield f"FEC arrêté au {cut_off:%d/%m/%Y} : soldes TTC des comptes 411, 413 et 416, hors écritures lettrées."
    if "DateEcheance" not in entries.columns:
        yield f"Un FEC n’a pas d’échéances : elles sont estimées à {entries.terms} jours de la date de pièce."
    yield from short_history(entries.first_day, cut_off)
    if vat_rate is None:
        yield "Le chiffre d’affaires HT de chaque client vient des comptes 70 de ses écritures."
    else:
        yield estimated_sales("débits", vat_rate)
    if entries.later:
        yield f"Écritures de clients après le {cut_off:%d/%m/%Y}, laissées de côté : {_many(entries.later)}."
    if entries.others:
        yield f"Lignes d’autres comptes, qui ne concernent pas les clients : {_many(entries.others)}."
    if entries.unread > MOST_LISTED:
        yield f"{_many(entries.unread)} lignes sont illisibles : les {_many(MOST_LISTED)} premières sont listées."


def _many(count: int) -> str:
    return format_number(Decimal(count))


def _everybodys(account: Account) -> Rejected:
    owed = euros(to_euros(balance(account)))
    return Rejected(
        account.row.line,
        f"{owed} au compte {account.row.account} « {account.row.name} » sans compte auxiliaire : les écritures ne "
        "disent pas quel client doit cette somme.",
        (),
    )
