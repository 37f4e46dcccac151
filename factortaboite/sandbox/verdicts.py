"""What a simulated insurer decides on a buyer: the demo's table, else a rule that always gives the same answer."""

import hashlib
from dataclasses import dataclass

from factortaboite.demo.buyers import DEMO_BUYERS

INSURERS = {"allianz-trade": "A", "atradius": "B", "coface": "C"}
# What each twin must be able to say in its own codes.
MOTIVES = ("no_financials", "old_financials", "weak_financials", "losses", "late_payments", "new_company")

_DEMO_ANSWERS = {buyer.id_value: buyer.answers for buyer in DEMO_BUYERS if buyer.answers}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whole euros. `temporary` is the part of `granted` that ends; `motive` is why less than asked was granted."""

    granted: int
    temporary: int = 0
    motive: str = ""
    conditional: bool = False
    referred: bool = False
    silent: bool = False


def verdict(partner: str, identifier: str, asked: int) -> Verdict:
    """The same for the same partner, identifier and amount, in every process; never more than `asked`.

    One buyer in five goes to an underwriter first. Of those outside the demo, 55 % are granted in full (one in five of
    them under a condition), 25 % in part, in whole thousands (one in three of them with a temporary share), 20 % not.
    """
    digits = hashlib.sha256(f"{partner}:{identifier}".encode()).digest()
    draw, detail, motive = digits[0] * 100 // 256, digits[1], MOTIVES[digits[2] % len(MOTIVES)]
    referred = digits[3] % 5 == 0
    if identifier in _DEMO_ANSWERS:
        answer = _DEMO_ANSWERS[identifier][INSURERS[partner]] if partner in INSURERS else None
        if answer is None:
            return Verdict(0, silent=True)
        granted = min(int(answer), asked)
        return Verdict(granted, motive="" if granted == asked else motive, referred=referred)
    if draw < 55:
        return Verdict(asked, conditional=detail % 5 == 0, referred=referred)
    granted = asked * (2 + detail % 7) // 10 // 1000 * 1000 if draw < 80 else 0
    temporary = granted // 2000 * 1000 if detail % 3 == 0 else 0
    return Verdict(granted, temporary=temporary, motive=motive, referred=referred)
