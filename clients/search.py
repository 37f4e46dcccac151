"""Finding a company by what people remember of it: a piece of its name without accents, or its number."""

import unicodedata

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Lower, Replace
from django.db.models.lookups import Contains

ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyy'"


def fold(text: str) -> str:
    """Lower case, without accents, as `Folded` does it in the database."""
    lowered = unicodedata.normalize("NFC", text).lower().replace("œ", "oe")
    return lowered.translate(str.maketrans(ACCENTED, PLAIN)).strip()


class Folded(Func):
    """The same in PostgreSQL, without its `unaccent` extension, which not every server has."""

    function = "translate"
    output_field = CharField()

    def __init__(self, column: str) -> None:
        super().__init__(Replace(Lower(F(column)), Value("œ"), Value("oe")), Value(ACCENTED), Value(PLAIN))


def matching(text: str, *, name: str, number: str) -> Q:
    """The condition on a `name` column and a `number` column (compared without spaces, from its beginning)."""
    text = text.replace("\x00", "")  # which no text of PostgreSQL can hold
    condition = Q(Contains(Folded(name), Value(fold(text))))
    compact = "".join(text.split()).upper()
    if any(character.isdigit() for character in compact):
        condition |= Q(**{f"{number}__startswith": compact})
    return condition
