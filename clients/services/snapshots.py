"""From a checked buyer list to the risk snapshot, and its corrections until a market test freezes it."""

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from clients.enums import PortfolioFileStatus
from clients.models import Company, Exposure, PortfolioFile, RiskSnapshot
from clients.portfolio.preview import Preview, PreviewLine
from clients.portfolio.reading import Row
from clients.services.portfolio_files import NotEditable, preview_of
from factortaboite.money import round_euros

# Identifiers whose key was checked: only those name a company that all firms share.
CHECKED_ID_TYPES = ("siren", "vat")


class Frozen(Exception):
    """A market test has used the snapshot; the message is French."""


@transaction.atomic
def confirm_portfolio_file(file: PortfolioFile, *, figures: Mapping[str, Decimal | None]) -> RiskSnapshot:
    """Writes the snapshot of a checked list: its exposures, with the file's TTC figures and the amounts to ask HT.

    `figures` are fields of RiskSnapshot: turnover parts, losses, margin. Confirming twice returns the same snapshot.
    Raises NotEditable when the file has not been read.
    """
    locked = PortfolioFile.objects.select_for_update(of=("self",)).defer("content").get(pk=file.pk)
    if locked.status == PortfolioFileStatus.CONFIRMED:
        return RiskSnapshot.objects.get(file=locked)
    if locked.status != PortfolioFileStatus.READ:
        raise NotEditable("Cette liste n’est pas encore lue.")
    snapshot = RiskSnapshot.objects.create(firm_id=locked.firm_id, client_id=locked.client_id, file=locked, **figures)
    _write_exposures(snapshot, preview_of(locked))
    locked.status = PortfolioFileStatus.CONFIRMED
    locked.save(update_fields=["status"])
    return snapshot


def _write_exposures(snapshot: RiskSnapshot, preview: Preview) -> None:
    companies = _companies([line.row for line in preview.lines if line.row.id_type in CHECKED_ID_TYPES])
    Exposure.objects.bulk_create([_exposure(snapshot, line, companies) for line in preview.lines], batch_size=1000)


def _identity(row: Row) -> tuple[str, str, str]:
    return row.country, row.id_type, row.id_value


def _companies(rows: list[Row]) -> dict[tuple[str, str, str], Company]:
    wanted = {_identity(row) for row in rows}
    Company.objects.bulk_create(
        [
            Company(country=country, id_type=id_type, id_value=id_value)
            for country, id_type, id_value in sorted(wanted)
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    found = Company.objects.filter(id_value__in={id_value for _, _, id_value in wanted})
    return {(company.country, company.id_type, company.id_value): company for company in found}


def _exposure(
    snapshot: RiskSnapshot, line: PreviewLine, companies: Mapping[tuple[str, str, str], Company]
) -> Exposure:
    row = line.row
    return Exposure(
        firm_id=snapshot.firm_id,
        snapshot=snapshot,
        company=companies.get(_identity(row)),
        line=row.line,
        merged_lines=list(row.merged_lines),
        name=row.name[:200],
        country=row.country,
        id_type=row.id_type,
        id_value=row.id_value,
        outstanding=_cents(row.outstanding),
        peak=_cents(row.peak),
        turnover=_cents(row.turnover),
        terms_days=row.terms_days,
        vat_rate=line.vat_rate,
        requested=_cents(line.amount),
        set_aside=line.reason,
        note=row.note[:200],
    )


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else round_euros(amount)


@transaction.atomic
def change_figures(snapshot: RiskSnapshot, *, figures: Mapping[str, Decimal | None]) -> None:
    """Turnover parts, losses and margin of a snapshot that no market test has used. Raises Frozen otherwise."""
    _lock(snapshot)
    for name, value in figures.items():
        setattr(snapshot, name, value)
    snapshot.save(update_fields=list(figures))


@transaction.atomic
def change_exposure(exposure: Exposure, *, requested: Decimal | None, set_aside: str) -> None:
    """The amount to ask (HT), or why the buyer is not asked (a SetAside value).

    Raises Frozen, and ValidationError (by field) for a buyer nobody can be asked about.
    """
    _lock(exposure.snapshot)
    if not set_aside and not exposure.id_value:
        raise ValidationError({"set_aside": "Sans identifiant, aucun assureur ne répond : cet acheteur reste écarté."})
    exposure.requested, exposure.set_aside = requested, set_aside
    exposure.save(update_fields=["requested", "set_aside"])


def _lock(snapshot: RiskSnapshot) -> None:
    if RiskSnapshot.objects.select_for_update(of=("self",)).get(pk=snapshot.pk).frozen_at:
        raise Frozen(
            "Un test à blanc utilise cette photographie : importez une nouvelle liste pour changer un montant."
        )
