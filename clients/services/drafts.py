"""A list that was read and waits for the broker's eye: what it amounts to, its corrections, its confirmation."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from clients.enums import UNINSURABLE, ClientStage, PortfolioFileStatus, SetAside
from clients.models import Company, Exposure, PortfolioFile, RiskSnapshot, SkippedLine
from clients.portfolio.identifiers import Identifier
from clients.portfolio.reading import Row
from clients.portfolio.rejected import buyer_in
from clients.portfolio.selection import amount_needed, reason_not_to_ask
from clients.services.client_answers import take_with_list
from clients.services.companies import company_of
from clients.services.intake import CHECKED_ID_TYPES
from clients.services.journal import write_entry
from clients.services.selection import choose_largest
from clients.services.stages import advance_client
from factortaboite.accounts.models import User
from factortaboite.typography import typeset

# The parts of the turnover that buyers set aside for a reason make up, as RiskSnapshot names them.
PARTS = {
    "private_persons_turnover": SetAside.PRIVATE_PERSON,
    "public_bodies_turnover": SetAside.PUBLIC_BODY,
    "related_companies_turnover": SetAside.RELATED_COMPANY,
    "procedure_turnover": SetAside.COLLECTIVE_PROCEDURE,
    "other_excluded_turnover": SetAside.CLOSED_COMPANY,
}


class NotEditable(Exception):
    """The file has been confirmed, or is not read yet; the message is French."""


@dataclass(frozen=True)
class Fate:
    """The buyers that share an end: asked (`set_aside` ""), or set aside for one reason. Amounts HT."""

    set_aside: str
    abroad: bool
    buyers: int
    requested: Decimal
    turnover: Decimal
    merged_lines: int


@dataclass(frozen=True)
class DraftSummary:
    """What confirming a list would do: every line of the file is a buyer, merged into one, to correct, or ignored."""

    fates: tuple[Fate, ...]
    to_correct: int
    ignored: int

    @property
    def buyers(self) -> int:
        return sum(fate.buyers for fate in self.fates)

    @property
    def asked(self) -> int:
        return sum(fate.buyers for fate in self.fates if not fate.set_aside)

    @property
    def total(self) -> Decimal:
        """To ask, HT."""
        return sum((fate.requested for fate in self.fates if not fate.set_aside), Decimal(0))

    @property
    def unidentified(self) -> int:
        """Buyers that registries may identify."""
        return sum(fate.buyers for fate in self.fates if fate.set_aside == SetAside.NO_IDENTIFIER)

    @property
    def merged_count(self) -> int:
        """Lines of the file that stand under another line of the same company."""
        return sum(fate.merged_lines for fate in self.fates)

    def turnover(self, reason: str) -> Decimal:
        """HT, of the buyers set aside for one of the reasons in UNINSURABLE."""
        return sum((fate.turnover for fate in self.fates if fate.set_aside == reason), Decimal(0))

    @property
    def export_turnover(self) -> Decimal:
        """HT, of the insurable buyers outside France."""
        insurable = (fate for fate in self.fates if fate.set_aside not in UNINSURABLE)
        return sum((fate.turnover for fate in insurable if fate.abroad), Decimal(0))

    @property
    def parts(self) -> dict[str, Decimal]:
        """What the list itself says of the turnover's parts, HT, as RiskSnapshot names them."""
        return {name: self.turnover(reason) for name, reason in PARTS.items()} | {
            "export_turnover": self.export_turnover
        }

    @property
    def named_turnover(self) -> Decimal:
        """HT, of every buyer the file names."""
        return sum((fate.turnover for fate in self.fates), Decimal(0))


def summary_of(file: PortfolioFile) -> DraftSummary:
    """Two queries, whatever the size. The file must have been read."""
    fates = (
        Exposure.objects.filter(snapshot__file=file)
        .order_by()
        .values("set_aside", abroad=~Q(country="FR"))
        .annotate(
            buyers=Count("pk"),
            asked=Sum("requested", default=Decimal(0)),
            sold=Sum("turnover", default=Decimal(0)),
            merged=Sum("merged_lines__len", default=0),
        )
    )
    skipped = dict(file.skipped_lines.order_by().values_list("is_rejected").annotate(Count("pk")))
    return DraftSummary(
        fates=tuple(
            Fate(row["set_aside"], row["abroad"], row["buyers"], row["asked"], row["sold"], row["merged"])
            for row in fates
        ),
        to_correct=skipped.get(True, 0),
        ignored=skipped.get(False, 0),
    )


def read_rejected(line: SkippedLine, file: PortfolioFile) -> Row:
    """What can be read of a line that the reader rejected."""
    return buyer_in(line.cells, line=line.line, headers=file.reading["headers"], columns=file.reading["columns"])


def proposed_amount(exposure: Exposure) -> Decimal | None:
    """What the buyer needs by its own figures, HT, whatever somebody asked."""
    return amount_needed(_as_row(exposure), vat_rate=exposure.vat_rate)


@transaction.atomic
def correct_line(
    file: PortfolioFile,
    *,
    line: int,
    name: str,
    identifier: Identifier | None,
    country: str,
    requested: Decimal | None,
    set_aside: str,
    vat_rate: Decimal,
    by: User,
) -> Exposure:
    """Writes the broker's words over one line; a rejected line becomes a buyer.

    `requested` is HT, None for the computed proposal. `set_aside` is a SetAside value, or "" to ask the buyer.
    Raises ValidationError (by field) for a company that stands on another line already, NotEditable, and KeyError when
    the file has no such line.
    """
    draft = _lock(file)
    exposure = draft.exposures.filter(line=line).first() or _from_rejected(file, draft, line)
    exposure.name, exposure.vat_rate = name, vat_rate
    exposure.country = identifier.country if identifier else country
    exposure.id_type, exposure.id_value = (identifier.id_type, identifier.id_value) if identifier else ("", "")
    exposure.company = _company_of(identifier)
    exposure.warnings = list(identifier.warnings) if identifier else []
    _refuse_double(exposure)
    row = _as_row(exposure)._replace(requested=requested, set_aside=set_aside)
    exposure.requested = amount_needed(row, vat_rate=vat_rate)
    exposure.set_aside = reason_not_to_ask(row, exposure.requested)
    exposure.save()
    file.skipped_lines.filter(line=line).delete()
    sentence = typeset(f"Ligne {line} de « {file.filename} » corrigée : {exposure}.")
    write_entry(sentence, client=draft.client, by=by, snapshot=draft, exposure=exposure)
    return exposure


def _company_of(identifier: Identifier | None) -> Company | None:
    if identifier is None or identifier.id_type not in CHECKED_ID_TYPES:
        return None
    return company_of(identifier.id_value, id_type=identifier.id_type, country=identifier.country)


def _from_rejected(file: PortfolioFile, draft: RiskSnapshot, line: int) -> Exposure:
    rejected = file.skipped_lines.filter(line=line, is_rejected=True).first()
    if rejected is None:
        raise KeyError(line)
    kept = read_rejected(rejected, file)._asdict()
    for name in ("id_type", "id_value", "country", "requested", "set_aside", "warnings", "merged_lines", "ageing"):
        del kept[name]
    return Exposure(firm_id=draft.firm_id, snapshot=draft, **kept)


def _as_row(exposure: Exposure) -> Row:
    return Row(
        line=exposure.line,
        id_value=exposure.id_value,
        country=exposure.country,
        outstanding=exposure.outstanding,
        peak=exposure.peak,
        turnover=exposure.turnover,
        terms_days=exposure.terms_days,
    )


def _refuse_double(corrected: Exposure) -> None:
    if not corrected.id_value:
        return
    same = {name: getattr(corrected, name) for name in ("snapshot", "country", "id_type", "id_value")}
    if other := Exposure.objects.filter(**same).exclude(line=corrected.line).first():
        raise ValidationError(
            {"identifier": f"C’est l’identifiant de {other.name}, ligne {other.line} : corrigez plutôt cette ligne."}
        )


@transaction.atomic
def keep_largest(file: PortfolioFile, *, top: int | None, by: User) -> None:
    """Asks the `top` largest buyers only, or all of them (None). Buyers set aside for another reason stay so."""
    draft = _lock(file)
    choose_largest(draft, top=top, limit=draft.discretionary_limit)
    file.reading = {**file.reading, "top": top}
    file.save(update_fields=["reading"])
    kept = f"les {top} plus gros seulement" if top else "tous les acheteurs"
    write_entry(typeset(f"Liste « {file.filename} » : {kept}."), client=draft.client, by=by, snapshot=draft)


@transaction.atomic
def confirm_portfolio_file(
    file: PortfolioFile, *, figures: Mapping[str, Decimal | None], by: User | None = None
) -> RiskSnapshot:
    """Makes a checked list the client's snapshot, and says so in the client's journal. `by` is None for a command.

    `figures` are fields of RiskSnapshot: turnover parts, losses, margin. Confirming twice returns the same snapshot.
    Raises NotEditable when the file has not been read.
    """
    locked = PortfolioFile.objects.select_for_update(of=("self",)).defer("packed").get(pk=file.pk)
    if locked.status == PortfolioFileStatus.CONFIRMED:
        return locked.snapshot
    if locked.status != PortfolioFileStatus.READ:
        raise NotEditable("Cette liste n’est pas encore lue.")
    snapshot = locked.snapshot
    for name, value in figures.items():
        setattr(snapshot, name, value)
    snapshot.taken_on = timezone.localdate()
    snapshot.confirmed_at = timezone.now()
    snapshot.save()
    locked.status = PortfolioFileStatus.CONFIRMED
    locked.save(update_fields=["status"])
    write_entry(_imported(locked, summary_of(locked)), client=locked.client, by=by, snapshot=snapshot)
    take_with_list(snapshot, by=by)
    advance_client(snapshot.client, to=ClientStage.SNAPSHOT, by=by)
    return snapshot


def _imported(file: PortfolioFile, summary: DraftSummary) -> str:
    buyers = f"{summary.buyers} acheteur{'s' if summary.buyers > 1 else ''}, dont {summary.asked} à demander"
    left_out = f" ; lignes laissées à corriger : {summary.to_correct}" if summary.to_correct else ""
    return f"Liste « {file.filename} » importée : {buyers}{left_out}."


def _lock(file: PortfolioFile) -> RiskSnapshot:
    """The draft of a file that stays as it is until the end of the transaction."""
    locked = PortfolioFile.objects.select_for_update(of=("self",)).defer("packed").get(pk=file.pk)
    if locked.status != PortfolioFileStatus.READ:
        raise NotEditable("Cette liste n’est plus modifiable : elle a été confirmée, ou sa lecture n’est pas finie.")
    file.reading = locked.reading
    return locked.snapshot
