"""How long something took, as a person says it."""

from datetime import timedelta

from factortaboite.money import NBSP


def say_duration(duration: timedelta) -> str:
    """« 3,2 s », « 45 s », « 4 min », « 2 h 05 », « 3 jours »: two figures at most, no-break spaces inside."""
    seconds = max(duration.total_seconds(), 0)
    minutes = round(seconds / 60)
    if seconds < 9.95:
        return f"{seconds:.1f}".replace(".", ",") + f"{NBSP}s"
    if seconds < 59.5:
        return f"{seconds:.0f}{NBSP}s"
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    if minutes < 24 * 60:
        return f"{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02}"
    days = round(minutes / 24 / 60)
    return f"{days}{NBSP}{'jour' if days == 1 else 'jours'}"
