"""What the tests of the quotes floor start from."""

import pytest

from quotes.partners.atradius import KNOWN_BUYERS


@pytest.fixture(autouse=True)
def nobody_known():
    """No connector remembers a buyer of an earlier test."""
    KNOWN_BUYERS.clear()
