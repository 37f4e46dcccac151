"""No text of anybody's becomes a formula or a link in a workbook that leaves the product."""

import re
import zipfile
from decimal import Decimal
from io import BytesIO

import pytest

from clients.models import Client, Exposure
from quotes.exports import market_test_workbook
from quotes.models import LimitIndication, Submission
from quotes.partners.base import Question
from quotes.partners.spreadsheet import write_request
from quotes.services.board import read_board
from tests.quotes.factories import MarketTestFactory

FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x","y")', "{=1+1}")


def request_to_a_partner(text: str) -> bytes:
    question = Question(text, text, "FR", "other", text, Decimal(1000))
    return write_request([question], broker=text, client=text, sandbox=True)


def comparison(text: str) -> bytes:
    market_test = MarketTestFactory(answered=True)
    Client.objects.update(name=text)
    Exposure.objects.update(name=text, id_value="", id_type="")
    Submission.objects.update(name=text)
    LimitIndication.objects.update(conditions=[text], message=text)
    market_test.refresh_from_db()
    return market_test_workbook(read_board(market_test))


@pytest.mark.django_db
@pytest.mark.parametrize("export", [request_to_a_partner, comparison])
@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_stays_a_text(export, text):
    with zipfile.ZipFile(BytesIO(export(text))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheets = [part for name, part in parts.items() if name.startswith("xl/worksheets/sheet")]
    assert sheets
    assert not any(re.search(r"<f[ >/]|<hyperlink|t=\"str\"", sheet) for sheet in sheets)
    assert "1+1" in (texts := parts["xl/sharedStrings.xml"]) or "@SUM" in texts or "HYPERLINK" in texts
