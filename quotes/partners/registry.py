"""The explicit list of connectors (settings.PARTNER_CONNECTORS), by code."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from quotes.partners.base import Connector


@cache
def connectors() -> dict[str, type[Connector]]:
    """In display order."""
    classes = [import_string(path) for path in settings.PARTNER_CONNECTORS]
    return {connector.code: connector for connector in classes}


def connector_class(code: str) -> type[Connector]:
    """Raises KeyError for a code that is not listed."""
    return connectors()[code]


def connector_choices() -> list[tuple[str, str]]:
    return [(code, connector.label) for code, connector in connectors().items()]
