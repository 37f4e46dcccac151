"""What the broker decides of the points of a list. Each decision writes one entry of the journal, and can be undone
for some seconds. A draft is corrected like a snapshot, until a market test freezes it.

    accept_candidate, accept_all   a line without identifier is that company
    refuse_candidate               it is not that one
    identify_point                 it is the company of this number
    settle, settle_all             set aside for the reason found, made one line, or the wrong number taken off
    leave                          as it is, and not asked about again

All raise Frozen and NotEditable, and Gone for what somebody settled meanwhile.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction

from clients.enums import PointKind, PointState, SetAside
from clients.models import Candidate, CleaningPoint, Exposure, JournalEntry, RiskSnapshot
from clients.portfolio.identifiers import Identifier
from clients.services.candidates import rank
from clients.services.cleaning import wake_cleaning
from clients.services.companies import Identity, company_keys_of
from clients.services.findings import find_points
from clients.services.journal import Changes, write_entry
from clients.services.lines import IDENTITY, identify_line, lock_list, merge_lines, store_lines
from factortaboite.accounts.models import User
from factortaboite.money import format_number, percent
from factortaboite.templatetags.ui import grouped
from factortaboite.typography import typeset

SET_ASIDE_KINDS = (
    PointKind.COLLECTIVE_PROCEDURE,
    PointKind.CLOSED_COMPANY,
    PointKind.PUBLIC_BODY,
    PointKind.RELATED_COMPANY,
    PointKind.PRIVATE_PERSON,
)
# Kinds that are settled together; two companies of one group are looked at one by one.
SETTLED_TOGETHER = (*SET_ASIDE_KINDS, PointKind.DUPLICATE, PointKind.UNKNOWN_NUMBER)
PAIRS = (PointKind.DUPLICATE, PointKind.SAME_GROUP)
UNITED, WITHOUT_NUMBER = ("réunie", "à une autre"), ("privée", "d’un SIREN que le registre ne connaît pas")

Found = Sequence[tuple[Exposure, Identifier]]
"""Lines and the companies they are."""


class Gone(Exception):
    """Settled meanwhile, by somebody else or by a correction of the line; the message is French."""


@transaction.atomic
def accept_candidate(candidate: Candidate, *, by: User) -> JournalEntry:
    """The line is this company; with a line that is already, they become one."""
    point = _open(candidate.point)
    said = f"{candidate.name} (proposition à {percent(candidate.similarity, 0)}, {candidate.source})"
    return _identify_one(point, Identifier("siren", candidate.siren), said, by=by)


@transaction.atomic
def identify_point(point: CleaningPoint, identifier: Identifier, *, by: User) -> JournalEntry:
    """The line is the company of this number, which the broker typed."""
    return _identify_one(_open(point), identifier, "saisi à la main", by=by)


@transaction.atomic
def accept_all(snapshot: RiskSnapshot, *, at_least: Decimal, by: User) -> JournalEntry:
    """Every line whose best proposal is that similar (a share) and stands alone is that company. One entry for all."""
    snapshot = lock_list(snapshot)
    points = list(
        snapshot.points.proposed(at_least)
        .select_related("exposure")
        .select_for_update(of=("self",))
        .order_by("-weight", "pk")
    )
    if not points:
        raise Gone("Plus aucune proposition n’atteint ce seuil.")
    sirens = _best_sirens(points)
    found = [(point.exposure, Identifier("siren", sirens[point.pk])) for point in points]
    doubles = _doubles(snapshot, found)
    sentence = f"{_lines(len(points), 'identifiée')} d’un coup, propositions à {percent(at_least, 0)} et plus"
    if doubles:
        sentence += f" ; {_lines(len(doubles), 'réunie')} à une autre de la même société"
    return _identify(snapshot, found, doubles, f"{sentence}.", by=by)


@transaction.atomic
def refuse_candidate(candidate: Candidate, *, by: User) -> JournalEntry:
    """The line is not this company."""
    point = _open(candidate.point)
    changes = Changes()
    changes.changing(CleaningPoint.objects.filter(pk=point.pk))
    changes.changing(Candidate.objects.filter(pk=candidate.pk))
    Candidate.objects.filter(pk=candidate.pk).update(is_refused=True)
    rank(point)
    point.save(update_fields=["best_similarity", "is_clear"])
    sentence = (
        f"{_name(point.exposure)} n’est pas {candidate.name} ({grouped(candidate.siren)}) : proposition refusée."
    )
    return _done(point.snapshot, sentence, [point.exposure_id], by=by, changes=changes)


@transaction.atomic
def leave(point: CleaningPoint, *, by: User) -> JournalEntry:
    """As it is: the broker has looked at it."""
    point = _open(point)
    changes = Changes()
    changes.changing(CleaningPoint.objects.filter(pk=point.pk))
    CleaningPoint.objects.filter(pk=point.pk).update(state=PointState.LEFT)
    if point.kind == PointKind.IDENTIFIER:
        sentence = f"{_name(point.exposure)} : aucune société retenue, l’acheteur reste écarté."
    elif point.other:
        sentence = f"{_name(point.exposure)} et {_name(point.other)} restent deux lignes."
    else:
        sentence = f"{_name(point.exposure)} laissé tel quel. {point.reason}"
    return _done(point.snapshot, sentence, [point.exposure_id], by=by, changes=changes)


@transaction.atomic
def settle(point: CleaningPoint, *, by: User) -> JournalEntry:
    """Does what the point says: the buyer leaves the insurable base, or its line becomes one with the other, or a
    number that is nobody's goes and the line is searched by its name."""
    point, changes = _open(point), Changes()
    if point.other:
        sentence = f"{_name(point.exposure)} et {_name(point.other)} réunis en une ligne."
    elif point.kind == PointKind.UNKNOWN_NUMBER:
        number = grouped(point.exposure.id_value)
        sentence = f"{_name(point.exposure)} : SIREN {number} retiré, inconnu du registre."
    else:
        sentence = f"{_name(point.exposure)} écarté. {point.reason}"
    _settle([point], changes)
    return _done(point.snapshot, sentence, [point.exposure_id], by=by, changes=changes)


@transaction.atomic
def settle_all(snapshot: RiskSnapshot, *, kind: PointKind, by: User) -> JournalEntry:
    """Does so for all the points of a kind in SETTLED_TOGETHER. One entry for all."""
    if kind not in SETTLED_TOGETHER:
        raise ValueError(f"settled one by one: {kind}")
    snapshot = lock_list(snapshot)
    points = list(
        snapshot.points.pending()
        .filter(kind=kind)
        .select_related("exposure", "other")
        .select_for_update(of=("self",))
        .order_by("-weight", "pk")
    )
    if not points:
        raise Gone("Tout est déjà réglé.")
    changes = Changes()
    count = _settle(points, changes)
    if kind in SET_ASIDE_KINDS:
        sentence = f"{_lines(count, 'écartée')} d’un coup : {SetAside(kind.value).label}."
    else:
        done, what = UNITED if kind == PointKind.DUPLICATE else WITHOUT_NUMBER
        sentence = f"{_lines(count, done)} {what}, d’un coup."
    return _done(snapshot, sentence, [point.exposure_id for point in points], by=by, changes=changes)


def _settle(points: Sequence[CleaningPoint], changes: Changes) -> int:
    """Does what points of one kind say; of how many lines."""
    kind = PointKind(points[0].kind)
    if kind in PAIRS:
        return merge_lines(((point.exposure, point.other) for point in points), changes)  # the points go with them
    lines = Exposure.objects.filter(pk__in=[point.exposure_id for point in points])
    stored = CleaningPoint.objects.filter(pk__in=[point.pk for point in points])
    changes.changing(lines)
    changes.changing(stored)
    stored.update(state=PointState.TREATED)
    if kind == PointKind.UNKNOWN_NUMBER:
        # A line that was identified once: its search is open again.
        searched = CleaningPoint.objects.filter(exposure__in=lines, kind=PointKind.IDENTIFIER)
        changes.changing(searched)
        searched.update(state=PointState.OPEN)
        lines.update(company=None, id_type="", id_value="", set_aside=SetAside.NO_IDENTIFIER)
    else:
        lines.update(set_aside=SetAside(kind.value))
    return len(points)


def _identify_one(point: CleaningPoint, identifier: Identifier, said: str, *, by: User) -> JournalEntry:
    found = [(point.exposure, identifier)]
    doubles = _doubles(point.snapshot, found)
    sentence = f"{_name(point.exposure)} identifié : {grouped(identifier.id_value)}, {said}."
    for keep, _ in doubles:
        sentence += f" Réuni à {_name(keep)}, la même société."
    return _identify(point.snapshot, found, doubles, sentence, by=by)


def _doubles(snapshot: RiskSnapshot, found: Found) -> list[tuple[Exposure, Exposure]]:
    """The lines that join another of the same company: one that the list holds, or the first that was found."""
    numbers = [identifier.id_value for _, identifier in found]
    holders = {
        (line.country, line.id_type, line.id_value): line
        for line in snapshot.exposures.filter(id_value__in=numbers).order_by()
    }
    pairs = [(holders.setdefault(_identity(identifier), line), line) for line, identifier in found]
    return [(keep, other) for keep, other in pairs if keep is not other]


def _identify(
    snapshot: RiskSnapshot, found: Found, doubles: list[tuple[Exposure, Exposure]], sentence: str, *, by: User
) -> JournalEntry:
    """Lines that are to be identified get their companies, and the `doubles` among them join others."""
    joining = {other.pk for _, other in doubles}
    alone = [(line, identifier) for line, identifier in found if line.pk not in joining]
    points = CleaningPoint.objects.filter(exposure__in=[line.pk for line, _ in found], kind=PointKind.IDENTIFIER)
    changes = Changes()
    changes.changing(points)
    changes.changing(Exposure.objects.filter(pk__in=[line.pk for line, _ in alone]))
    companies = company_keys_of(_identity(identifier) for _, identifier in alone)
    for line, identifier in alone:
        identify_line(line, identifier, companies.get(_identity(identifier)))
    store_lines((line for line, _ in alone), (*IDENTITY, "set_aside"))
    points.update(state=PointState.TREATED)
    if doubles:
        merge_lines(doubles, changes)
    left = {line.pk for line, _ in alone} | {keep.pk for keep, _ in doubles}
    return _done(snapshot, sentence, list(left), by=by, changes=changes)


def _identity(identifier: Identifier) -> Identity:
    return identifier.country, identifier.id_type, identifier.id_value


def _open(point: CleaningPoint) -> CleaningPoint:
    """The point as it is now, its list locked. Raises Gone when nothing is left to settle."""
    snapshot = RiskSnapshot.objects.select_related("client").filter(pk=point.snapshot_id).first()
    if snapshot is None:
        raise Gone("Cette liste n’existe plus.")
    lock_list(snapshot)
    pending = CleaningPoint.objects.pending().select_related("snapshot__client", "exposure", "other")
    if not (found := pending.filter(pk=point.pk).first()):
        raise Gone("C’est déjà réglé, par vous ou par un collègue.")
    return found


def _done(snapshot: RiskSnapshot, sentence: str, lines: list[int], *, by: User, changes: Changes) -> JournalEntry:
    """Looks at the changed lines again, has their companies asked about, and writes the entry."""
    find_points(snapshot, among=lines)
    wake_cleaning(snapshot)
    exposure = Exposure.objects.filter(pk=lines[0]).first() if len(lines) == 1 else None
    return write_entry(
        typeset(sentence), client=snapshot.client, snapshot=snapshot, exposure=exposure, by=by, changes=changes
    )


def _best_sirens(points: Iterable[CleaningPoint]) -> dict[int, str]:
    """The SIREN of the best proposal of each point, by its key."""
    candidates = Candidate.objects.filter(point__in=points, is_refused=False).order_by(
        "point_id", "-similarity", "siren"
    )
    return dict(candidates.distinct("point_id").values_list("point_id", "siren"))


def _name(exposure: Exposure) -> str:
    return f"« {exposure.name} » (ligne {exposure.line})"


def _lines(count: int, done: str) -> str:
    return f"1 ligne {done}" if count == 1 else f"{format_number(Decimal(count))} lignes {done}s"
