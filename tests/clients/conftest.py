import pytest
from django.test import Client as Browser

from tests.factories import UserFactory


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def browser(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def reader_browser(user) -> Browser:
    """Somebody of the same firm who may only look."""
    browser = Browser()
    browser.force_login(UserFactory(firm=user.firm, reader=True))
    return browser


@pytest.fixture
def stranger_browser(db) -> Browser:
    """The direction of another firm."""
    browser = Browser()
    browser.force_login(UserFactory(direction=True))
    return browser
