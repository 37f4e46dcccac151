"""Finding a company by what people remember of it: its number, the beginning of its name, a piece of it, or a piece
with a mistake in it. Accents, apostrophes, hyphens and points do not count.

    matching(text, …)      the condition: pieces of the name, or the beginning of the number
    best_matches(rows, …)  the few rows that begin so, then those that contain it
    alike(rows, …)         when there are none: rows that resemble it, mistakes included
"""

import unicodedata

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.expressions import Combinable, F, Func
from django.db.models.lookups import Contains, StartsWith

# What one letter is compared as, then what does not count at all. The function of the database says the same
# (migration `clients.0007`): to change them, write a migration that makes another function and its indexes.
LETTERS = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’'-\u00a0\u202f"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyy     "
IGNORED = ".,"
_TRANSLATION = str.maketrans(LETTERS, PLAIN, IGNORED)

# One wrong letter in some words is found by the first, at a third of the second's cost; two letters exchanged in a
# single word only by the second.
LIKENESS = (0.6, 0.4)


def fold(text: str) -> str:
    """Lower case, without accents nor marks, as `Folded` does it in the database."""
    lowered = unicodedata.normalize("NFC", text.replace("\x00", "")).lower().replace("œ", "oe").replace("æ", "ae")
    return lowered.translate(_TRANSLATION).replace("  ", " ").replace("  ", " ").strip(" ")


class Folded(Func):
    """The same of a column, by a function of the database, so that indexes can hold it. In the order of its letters'
    codes on every server: such an index finds beginnings, and sorts."""

    function = "clients_fold"
    template = '(%(function)s(%(expressions)s) COLLATE "C")'
    output_field = CharField()

    def __init__(self, column: str | Combinable) -> None:
        super().__init__(F(column) if isinstance(column, str) else column)


def number_in(text: str) -> str:
    """The text as the beginning of a company's number, without spaces; empty when it has no digit."""
    compact = "".join(text.replace("\x00", "").split()).upper()
    return compact if any(character.isdigit() for character in compact) else ""


def matching(text: str, *, name: str, number: str) -> Q:
    """The condition on a `name` column (all the words, in any order: « Martin Transports ») and a `number` column
    (compared without spaces, from its beginning)."""
    folded, digits = fold(text), number_in(text)
    condition = _holding(folded, name) if folded else Q(pk__in=[])
    if digits:
        condition |= Q(**{f"{number}__startswith": digits})
    return condition


def _holding(folded: str, name: str) -> Q:
    return Q(*(Contains(Folded(name), word) for word in folded.split()))


def best_matches(rows: QuerySet, text: str, *, name: str, limit: int, number: str) -> list[Model]:
    """At most `limit` rows: the number, then names that begin with the text (the same name first), then names that
    contain it."""
    found: list[Model] = []
    if digits := number_in(text):
        found += rows.filter(**{f"{number}__startswith": digits}).order_by(number, "pk")[:limit]
    for step in (beginning, containing):
        if len(found) < limit:
            others = rows.exclude(pk__in=[row.pk for row in found])
            found += step(others, text, name=name, limit=limit - len(found))
    return found


def beginning(rows: QuerySet, text: str, *, name: str, limit: int) -> list[Model]:
    """At most `limit` rows whose name begins with the text: the same name first."""
    folded = fold(text)
    if not folded:
        return []
    return list(rows.filter(StartsWith(Folded(name), folded)).order_by(Folded(name), "pk")[:limit])


def containing(rows: QuerySet, text: str, *, name: str, limit: int) -> list[Model]:
    """At most `limit` rows whose name contains the words of the text. Which ones, when there are more, is left to the
    database: nobody reads on, and sorting the many that hold a common word would cost the most."""
    folded = fold(text)
    if not folded:
        return []
    found = rows.filter(_holding(folded, name)).order_by()[:limit]
    return sorted(found, key=lambda row: (fold(getattr(row, name)), row.pk))


def alike(rows: QuerySet, text: str, *, name: str, limit: int) -> list:
    """At most `limit` rows a piece of whose name resembles the text, the most alike first; of those that resemble it
    closely when there are any."""
    folded = fold(text)
    if not folded:
        return []
    similar = rows.filter(TrigramWordSimilar(Folded(name), folded))
    likeness = TrigramWordSimilarity(folded, Folded(name)).desc()
    with transaction.atomic(), connection.cursor() as cursor:
        for least in LIKENESS:
            # The operator, which the index knows, takes its threshold from here; the transaction ends it.
            cursor.execute("SET LOCAL pg_trgm.word_similarity_threshold = %s", [least])
            if found := list(similar.order_by(likeness, Folded(name), "pk")[:limit]):
                return found
    return []
