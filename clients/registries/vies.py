"""VIES (European Commission): whether a VAT number of the Union is valid, and whose it is.

Format: OUTSIDE_SYSTEMS.md §2.5. Member states answer behind it, and are often away.
"""

from stdnum.eu.vat import MEMBER_STATES

from clients.registries.base import PATIENCE_SECONDS, RegistryRefused, RegistryUnavailable, VatCheck
from clients.registries.line import Line
from clients.registries.pace import Pace
from clients.registries.reading import Record

LINE = Line("vies", "VIES", Pace("vies", 2))
COUNTRIES = {state.upper() for state in MEMBER_STATES} - {"GR"} | {"EL", "XI"}
LONGEST_NUMBER = 14
KNOWN_ERRORS = {"VALID": True, "INVALID": False, "INVALID_INPUT": False}
AWAY = frozenset(
    {"GLOBAL_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ", "MS_UNAVAILABLE", "SERVICE_UNAVAILABLE", "TIMEOUT"}
)
NOT_GIVEN = "---"


def check_vat(number: str, *, patience_seconds: float = PATIENCE_SECONDS) -> VatCheck:
    """What VIES says of a VAT number with its country prefix (Greece is EL, Northern Ireland XI).

    Raises RegistryRefused for a number that is not of the Union, and RegistryUnavailable when the member state does
    not answer, which says nothing about the number.
    """
    compact = "".join(character for character in number.upper() if character.isalnum() or character in "+*")
    country, rest = compact[:2], compact[2:]
    if country not in COUNTRIES or not 2 <= len(rest) <= LONGEST_NUMBER or not rest.isascii():
        raise RegistryRefused(f"« {number[:40]} » n’est pas un n° de TVA de l’Union européenne.")
    answer = Record(LINE.get(f"/ms/{country}/vat/{rest}", patience_seconds=patience_seconds), LINE)
    code, is_valid = answer.text("userError"), answer.flag("isValid")
    if code in AWAY:
        raise RegistryUnavailable(f"VIES : l’administration du pays {country} ne répond pas ({code}).")
    if answer.one_of("userError", KNOWN_ERRORS) is not is_valid:
        raise LINE.unreadable("elle se contredit")
    if (answer.text("vatNumber") or rest) not in (rest, compact):
        raise LINE.unreadable("elle porte sur un autre numéro")
    name, address = answer.text("name"), answer.text("address")
    return VatCheck(
        source=LINE.source,
        number=compact,
        is_valid=is_valid,
        name="" if name == NOT_GIVEN else name,
        address="" if address == NOT_GIVEN else address,
    )
