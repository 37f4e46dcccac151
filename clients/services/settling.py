"""What the broker decides of the points of a list. Each decision writes one entry of the journal, and can be undone
for some seconds. A draft is corrected like a snapshot, until a market test freezes it.

    accept_candidate, accept_all   a line without identifier is that company
    refuse_candidate               it is not that one
    identify_point                 it is the company of this number
    settle, settle_all             set aside for the reason found, made one line, or the wrong number taken off
    leave                          as it is, and not asked about again

All raise Frozen and NotEditable, and Gone for what somebody settled meanwhile.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection, transaction

from clients.enums import PointKind, PointState, SetAside
from clients.models import Candidate, CleaningPoint, Company, Exposure, JournalEntry, RiskSnapshot
from clients.portfolio.identifiers import Identifier
from clients.services.candidates import rank
from clients.services.cleaning import wake_cleaning
from clients.services.companies import company_of
from clients.services.findings import find_points
from clients.services.intake import CHECKED_ID_TYPES, COMPANIES_LOCK
from clients.services.journal import Changes, write_entry
from clients.services.lines import identify_line, lock_list, merge_lines
from clients.services.storing import update_rows
from factortaboite.accounts.models import User
from factortaboite.money import percent
from factortaboite.templatetags.ui import grouped
from factortaboite.typography import typeset

TOGETHER = 500
SET_ASIDE_KINDS = (
    PointKind.COLLECTIVE_PROCEDURE,
    PointKind.CLOSED_COMPANY,
    PointKind.PUBLIC_BODY,
    PointKind.RELATED_COMPANY,
    PointKind.PRIVATE_PERSON,
)
# Kinds that are settled together; two companies of one group are looked at one by one.
SETTLED_TOGETHER = (*SET_ASIDE_KINDS, PointKind.DUPLICATE, PointKind.UNKNOWN_NUMBER)
UNITED, WITHOUT_NUMBER = ("réunie", "à une autre"), ("privée", "d’un SIREN que le registre ne connaît pas")


class Gone(Exception):
    """Settled meanwhile, by somebody else or by a correction of the line; the message is French."""


@transaction.atomic
def accept_candidate(candidate: Candidate, *, by: User) -> JournalEntry:
    """The line is this company; with a line that is already, they become one."""
    point = _open(candidate.point)
    said = f"{candidate.name} (proposition à {percent(candidate.similarity, 0)}, {candidate.source})"
    return _identify(point, Identifier("siren", candidate.siren), said, by=by)


@transaction.atomic
def identify_point(point: CleaningPoint, identifier: Identifier, *, by: User) -> JournalEntry:
    """The line is the company of this number, which the broker typed."""
    return _identify(_open(point), identifier, "saisi à la main", by=by)


@transaction.atomic
def accept_all(snapshot: RiskSnapshot, *, at_least: Decimal, by: User) -> JournalEntry:
    """Every line whose best proposal is that similar (a share) and stands alone is that company. One entry for all."""
    snapshot = lock_list(snapshot)
    points = list(
        snapshot.points.proposed(at_least).select_related("exposure").select_for_update(of=("self",)).order_by("pk")
    )
    if not points:
        raise Gone("Plus aucune proposition n’atteint ce seuil.")
    sirens = _best_sirens(points)
    companies = _companies(set(sirens.values()))
    changes = Changes()
    changes.changing(CleaningPoint.objects.filter(pk__in=[point.pk for point in points]))
    changes.changing(Exposure.objects.filter(pk__in=[point.exposure_id for point in points]))
    identified = {
        exposure.id_value: exposure
        for exposure in snapshot.exposures.filter(id_type="siren", id_value__in=companies, country="FR")
    }
    alone, doubles = [], []
    for point in sorted(points, key=lambda point: (-point.weight, point.pk)):
        siren = sirens[point.pk]
        if siren in identified:
            doubles.append((identified[siren], point.exposure))
        else:
            identified[siren] = point.exposure
            identify_line(point.exposure, Identifier("siren", siren), companies[siren])
            alone.append(point.exposure)
    columns = ("company_id", "country", "id_type", "id_value", "set_aside")
    update_rows(Exposure, ({name: getattr(line, name) for name in ("id", *columns)} for line in alone), columns)
    CleaningPoint.objects.filter(pk__in=[point.pk for point in points]).update(state=PointState.TREATED)
    for keep, other in doubles:
        changes.changing(Exposure.objects.filter(pk=keep.pk))
        merge_lines(keep, other, changes)
    sentence = f"{_lines(len(points), 'identifiée')} d’un coup, propositions à {percent(at_least, 0)} et plus"
    if doubles:
        sentence += f" ; {_lines(len(doubles), 'réunie')} à une autre de la même société"
    return _done(snapshot, f"{sentence}.", [one.pk for one in identified.values()], by=by, changes=changes)


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
    point = _open(point)
    changes = Changes()
    sentence = _settle(point, changes)
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
    if kind in SET_ASIDE_KINDS:
        lines = Exposure.objects.filter(pk__in=[point.exposure_id for point in points])
        stored = CleaningPoint.objects.filter(pk__in=[point.pk for point in points])
        changes.changing(lines)
        changes.changing(stored)
        lines.update(set_aside=kind.value)
        stored.update(state=PointState.TREATED)
        sentence = f"{_lines(len(points), 'écartée')} d’un coup : {SetAside(kind.value).label}."
    else:
        for point in points:
            _settle(point, changes)
        done, what = UNITED if kind == PointKind.DUPLICATE else WITHOUT_NUMBER
        sentence = f"{_lines(len(points), done)} {what}, d’un coup."
    return _done(snapshot, sentence, [point.exposure_id for point in points], by=by, changes=changes)


def _settle(point: CleaningPoint, changes: Changes) -> str:
    """Does what the point says, and says it in French."""
    # As it is by now: another line may just have joined it.
    exposure = Exposure.objects.get(pk=point.exposure_id)
    changes.changing(Exposure.objects.filter(pk=exposure.pk))
    if point.other:
        sentence = f"{_name(exposure)} et {_name(point.other)} réunis en une ligne."
        merge_lines(exposure, point.other, changes)  # the point goes with its second line
        return sentence
    changes.changing(CleaningPoint.objects.filter(pk=point.pk))
    CleaningPoint.objects.filter(pk=point.pk).update(state=PointState.TREATED)
    if point.kind == PointKind.UNKNOWN_NUMBER:
        sentence = f"{_name(exposure)} : SIREN {grouped(exposure.id_value)} retiré, inconnu du registre."
        _search_again(exposure, changes)
        exposure.company, exposure.id_type, exposure.id_value = None, "", ""
        exposure.set_aside = SetAside.NO_IDENTIFIER
        exposure.save(update_fields=["company", "id_type", "id_value", "set_aside"])
        return sentence
    exposure.set_aside = SetAside(point.kind)
    exposure.save(update_fields=["set_aside"])
    return f"{_name(exposure)} écarté. {point.reason}"


def _search_again(exposure: Exposure, changes: Changes) -> None:
    """A line that was identified once: its search is open again."""
    searched = CleaningPoint.objects.filter(exposure=exposure, kind=PointKind.IDENTIFIER)
    changes.changing(searched)
    searched.update(state=PointState.OPEN)


def _identify(point: CleaningPoint, identifier: Identifier, said: str, *, by: User) -> JournalEntry:
    exposure, changes = point.exposure, Changes()
    changes.changing(CleaningPoint.objects.filter(pk=point.pk))
    CleaningPoint.objects.filter(pk=point.pk).update(state=PointState.TREATED)
    sentence = f"{_name(exposure)} identifié : {grouped(identifier.id_value)}, {said}."
    id_type, id_value, country, _ = identifier
    same = point.snapshot.exposures.filter(id_type=id_type, id_value=id_value, country=country)
    changes.changing(same)
    if keep := same.first():
        sentence += f" Réuni à {_name(keep)}, la même société."
        merge_lines(keep, exposure, changes)
    else:
        changes.changing(Exposure.objects.filter(pk=exposure.pk))
        is_checked = id_type in CHECKED_ID_TYPES
        company = company_of(id_value, id_type=id_type, country=country) if is_checked else None
        identify_line(exposure, identifier, company)
        exposure.save(update_fields=["company", "country", "id_type", "id_value", "set_aside"])
    return _done(point.snapshot, sentence, [(keep or exposure).pk], by=by, changes=changes)


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


def _companies(sirens: set[str]) -> dict[str, Company]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COMPANIES_LOCK])
    Company.objects.bulk_create(
        (Company(country="FR", id_type="siren", id_value=siren) for siren in sorted(sirens)),
        ignore_conflicts=True,
        batch_size=TOGETHER,
    )
    return {company.id_value: company for company in Company.objects.in_french_register().filter(id_value__in=sirens)}


def _name(exposure: Exposure) -> str:
    return f"« {exposure.name} » (ligne {exposure.line})"


def _lines(count: int, done: str) -> str:
    return f"1 ligne {done}" if count == 1 else f"{count} lignes {done}s"
