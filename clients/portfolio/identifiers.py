"""Company identifiers as files hold them: SIREN, SIRET, VAT numbers, foreign registers (DOMAIN.md §5)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from stdnum import get_cc_module
from stdnum.ch import uid as swiss_uid
from stdnum.eu.vat import MEMBER_STATES
from stdnum.fr import siret as fr_siret

from clients.portfolio.values import is_unknown

LA_POSTE = "356000000"
LONGEST_OTHER = 30

_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))  # twice each digit, its digits added
_FLOAT = re.compile(r"(\d{6,14})[.,]0+")
_SEPARATORS = re.compile(r"[\s.\-/_'’°:]+")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d+")
_IN_REGISTER = re.compile(r"(\d{3}[ .]?\d{3}[ .]?\d{3})(?!\d)")
# New Caledonia's own register, as files write it beside SIRENs: RID7, or RIDET with the establishment.
_RIDET = re.compile(r"NC\d{7}(?:\d{3})?", re.ASCII)
_LABEL = re.compile(r"^(?:N°\s*)?(?:SIREN|SIRET|TVA|VAT)\b\s*(?:N°)?")
_FRENCH_VAT = re.compile(r"(?:FR)?([0-9A-HJ-NP-Z]{2})([0-9]{9})")
_VAT_COUNTRIES = {state.upper(): state.upper() for state in MEMBER_STATES} | {
    "EL": "GR",
    "XI": "GB",
    "GB": "GB",
    "NO": "NO",
}
_FEWEST_VAT_DIGITS = 7


class BadIdentifier(ValueError):
    """The identifier fails its check; the French message says which."""


class Identifier(NamedTuple):
    """`id_type` is "siren", "vat" (value with its country prefix) or "other" (unchecked); `country` is ISO-2."""

    id_type: str
    id_value: str
    country: str = "FR"
    warnings: tuple[str, ...] = ()


def identify(text: str, *, country: str | None = None, kind: str = "id") -> Identifier | None:
    """What company the cell names; None when the cell says nothing.

    `country` is what the line's country column says (ISO-2), None without one. `kind` is the column the cell comes
    from: "siren", "siret", "vat" or "id". A French VAT number or a SIRET comes back as its SIREN.
    Raises BadIdentifier when a check fails.
    """
    compact = text if text.isascii() and text.isdigit() else _compact(text)
    if not compact.strip("0") or compact == "999999999":
        return None
    abroad = country if country not in ("FR", "MC") else None
    if compact.isascii() and compact.isdigit():
        return _foreign(compact, abroad, kind) if abroad else _french_digits(compact)
    prefix = compact[:2]
    if prefix == "FR":
        return _french_prefix(compact)
    if compact.startswith("CHE") and swiss_uid.is_valid(compact[:12]):
        return Identifier("vat", compact[:12], "CH")
    if _reads_as_vat(compact, country, kind):
        return _vat(prefix, compact, country)
    if abroad:
        return _foreign(compact, abroad, kind)
    if kind in ("siren", "siret") and _RIDET.fullmatch(compact):
        return _foreign(compact, "NC", kind)
    if match := _FRENCH_VAT.fullmatch(compact):
        return _french_vat(match[1], match[2])
    raise BadIdentifier(
        f"« {text} » n’est ni un SIREN (9 chiffres), ni un SIRET (14 chiffres), ni un n° de TVA. "
        "Pour un acheteur étranger, indiquez le pays."
    )


def identify_line(written: Iterable[tuple[str, str]], country: str | None) -> tuple[Identifier | None, list[str]]:
    """The first identifier of a line that passes its check, and what to say of the others (French sentences).

    `written` pairs each cell with the kind of its column. Raises BadIdentifier when none passes and one fails.
    """
    found: list[Identifier] = []
    failures: list[BadIdentifier] = []
    for kind, text in written:
        try:
            identifier = identify(text, country=country, kind=kind)
        except BadIdentifier as failure:
            failures.append(failure)
        else:
            found += [identifier] if identifier else []
    if not found:
        if failures:
            raise failures[0]
        return None, []
    warnings = [f"{failure} Un autre identifiant de la ligne est bon." for failure in failures]
    if len(found) > 1 and len({(each.country, each.id_value) for each in found}) > 1:
        warnings.append("Les identifiants de la ligne désignent deux sociétés : le premier est gardé.")
    return found[0], [*warnings, *found[0].warnings]


def _compact(text: str) -> str:
    """The identifier alone, in capitals, without separators; empty when the cell says that nothing is known."""
    if is_unknown(text):
        return ""
    upper = _LABEL.sub("", text.upper().strip())
    if "RCS" in upper and (registered := _IN_REGISTER.search(upper)):
        upper = registered[1]
    if number := _FLOAT.fullmatch(upper):
        upper = number[1]
    if _SCIENTIFIC.fullmatch(upper):
        raise BadIdentifier(
            f"« {text} » : le tableur a remplacé le numéro par une écriture scientifique, ses chiffres sont perdus."
        )
    return _SEPARATORS.sub("", upper)


def _french_digits(digits: str) -> Identifier:
    length = len(digits)
    if length == 9:
        if not _passes_luhn(digits):
            raise BadIdentifier(f"SIREN {digits} : la clé de contrôle (Luhn) est fausse.")
        return Identifier("siren", digits)
    if length == 14:
        return _siret(digits)
    if length == 11 and (match := _FRENCH_VAT.fullmatch(digits)) and _vat_key(match[2]) == match[1]:
        return _french_vat(match[1], match[2])
    if 6 <= length < 9 and _passes_luhn(padded := digits.zfill(9)):
        return Identifier("siren", padded, warnings=(f"SIREN {digits} complété par des zéros à gauche : {padded}.",))
    if 11 <= length < 14 and _is_siret(padded := digits.zfill(14)):
        warning = f"SIRET {digits} complété par des zéros à gauche : {padded}."
        return Identifier("siren", padded[:9], warnings=(warning,))
    raise BadIdentifier(
        f"« {digits} » a {length} chiffres : un SIREN en a 9, un SIRET 14, et la clé de contrôle (Luhn) ne tombe pas "
        "juste avec des zéros à gauche."
    )


def _passes_luhn(digits: str) -> bool:
    """Luhn's check for ASCII digits only: twenty times faster than a general one, which a long list feels."""
    ascii_digits = digits.encode()
    single, doubled = ascii_digits[-1::-2].translate(_VALUES), ascii_digits[-2::-2].translate(_DOUBLED)
    return (sum(single) + sum(doubled)) % 10 == 0


def _siret(digits: str) -> Identifier:
    if not _passes_luhn(digits[:9]):
        raise BadIdentifier(f"SIRET {digits} : la clé de contrôle (Luhn) du SIREN {digits[:9]} est fausse.")
    if not _is_siret(digits):
        raise BadIdentifier(f"SIRET {digits} : la clé de contrôle (Luhn) est fausse.")
    return Identifier("siren", digits[:9])


def _is_siret(digits: str) -> bool:
    # La Poste numbers its offices by another rule (sum of digits multiple of 5); Luhn stays good for it too.
    return _passes_luhn(digits) or (digits.startswith(LA_POSTE) and fr_siret.is_valid(digits))


def _french_prefix(compact: str) -> Identifier:
    if match := _FRENCH_VAT.fullmatch(compact):
        return _french_vat(match[1], match[2])
    digits = compact[2:]
    if digits.isascii() and digits.isdigit() and len(digits) in (9, 14):
        return _french_digits(digits)
    raise BadIdentifier(f"« {compact} » : un n° de TVA français compte FR, une clé de 2 caractères et 9 chiffres.")


def _vat_key(siren: str) -> str:
    return f"{int(siren + '12') % 97:02d}"


def _french_vat(key: str, siren: str) -> Identifier:
    """The SIREN inside a French VAT number. Keys with letters follow another sum and are accepted as they are."""
    if key.isdigit() and key != _vat_key(siren):
        raise BadIdentifier(f"N° de TVA FR{key}{siren} : la clé est fausse, elle devrait être {_vat_key(siren)}.")
    if siren.startswith("000"):
        return Identifier("vat", f"FR{key}{siren}", "MC")
    if not _passes_luhn(siren):
        raise BadIdentifier(f"N° de TVA FR{key}{siren} : la clé de contrôle (Luhn) du SIREN {siren} est fausse.")
    return Identifier("siren", siren)


def _reads_as_vat(compact: str, country: str | None, kind: str) -> bool:
    """« HRB 12345 » begins like a Croatian number and is a German register: letters alone do not make a VAT number."""
    vat_country = _VAT_COUNTRIES.get(compact[:2])
    if vat_country is None:
        return False
    if kind == "vat" or vat_country == country:
        return True
    return country in (None, "FR") and sum(c.isdigit() for c in compact) >= _FEWEST_VAT_DIGITS


def _vat(prefix: str, compact: str, country: str | None) -> Identifier:
    vat_country = _VAT_COUNTRIES[prefix]
    module = get_cc_module(vat_country, "vat")
    if module is None or not module.is_valid(compact[2:] if prefix in ("EL", "XI", "GB", "NO") else compact):
        raise BadIdentifier(f"N° de TVA {compact} : le contrôle du format ou de la clé du pays {vat_country} échoue.")
    if country in (None, vat_country):
        return Identifier("vat", compact, vat_country)
    warning = f"Le n° de TVA dit {vat_country}, la colonne pays dit {country} : le n° de TVA l’emporte."
    return Identifier("vat", compact, vat_country, (warning,))


def _foreign(compact: str, country: str, kind: str) -> Identifier:
    prefix = "EL" if country == "GR" else country
    module = get_cc_module(country, "vat") if country in _VAT_COUNTRIES.values() else None
    if module is not None and module.is_valid(compact.removeprefix(prefix)):
        return Identifier("vat", prefix + compact.removeprefix(prefix), country)
    if module is not None and kind == "vat":
        raise BadIdentifier(f"N° de TVA {compact} : le contrôle du format ou de la clé du pays {country} échoue.")
    is_french = kind in ("siren", "siret") and len(compact) in (9, 14) and compact.isascii() and compact.isdigit()
    if is_french and _passes_luhn(compact):
        return Identifier("siren", compact[:9], warnings=(f"Le SIREN est français, la colonne pays dit {country}.",))
    if len(compact) > LONGEST_OTHER:
        raise BadIdentifier(f"L’identifiant « {compact} » dépasse {LONGEST_OTHER} caractères.")
    return Identifier("other", compact, country, (f"Identifiant {compact} ({country}) non vérifié.",))
