"""Frozen dataclasses to plain JSON data and back, so that a proposal keeps for good what was shown."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def freeze(value: Any) -> Any:
    """`value` as JSON data. Decimals become strings with the decimals they have, so that nothing is lost."""
    if is_dataclass(value):
        return {item.name: freeze(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [freeze(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def thaw(kind: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass `kind` from what `freeze` made of it, also before `kind` had all its fields: those that are
    missing keep their defaults. Raises TypeError or ValueError on anything else."""
    hints = get_type_hints(kind)
    known = [item.name for item in fields(kind) if item.name in data]  # type: ignore[arg-type]
    return kind(**{name: _read(hints[name], data[name]) for name in known})


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if NoneType in get_args(hint):
        (hint,) = (member for member in get_args(hint) if member is not NoneType)
    if get_origin(hint) is tuple:
        member = get_args(hint)[0]
        return tuple(_read(member, item) for item in value)
    if is_dataclass(hint):
        return thaw(hint, value)  # type: ignore[arg-type]
    return date.fromisoformat(value) if hint is date else hint(value)
