"""What tests of screens share: parts of pages, and how many queries a page takes."""

from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext


def part_of(response, selector: str) -> Tag:
    """The one element of a page or fragment, without what changes at every request (CSRF tokens)."""
    soup = BeautifulSoup(response.content, "html.parser")
    for token in soup.select("[name=csrfmiddlewaretoken]"):
        token.decompose()
    (part,) = soup.select(selector)
    return part


def swapped(browser: Browser, url: str, selector: str) -> Tag:
    """What htmx puts in place of `selector`: the whole answer must be that one element."""
    response = browser.get(url, headers={"HX-Request": "true"})
    assert response.status_code == 200
    contents = BeautifulSoup(response.content, "html.parser").contents
    roots = [part for part in contents if isinstance(part, Tag) or part.strip()]
    assert len(roots) == 1
    return part_of(response, selector)


def text_of(response) -> str:
    """What a person reads on the page, on one line, with plain spaces."""
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def count_queries(browser: Browser, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert browser.get(url).status_code == 200
    return len(queries)
