"""Hostile files from the drop to the last row: no worker dies, nothing is half imported, and the reason is said."""

import re
import resource
from decimal import Decimal

import pytest

from clients import services
from clients.enums import PortfolioFileStatus
from clients.models import Exposure, PortfolioFile, RiskSnapshot
from clients.portfolio import child
from clients.portfolio.child import read_in_child
from clients.portfolio.reader import UnreadablePortfolio
from tests.factories import ClientFactory, UserFactory
from tests.files.hostile import HOSTILE

BY_ID = {hostile.id: hostile for hostile in HOSTILE}


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.id)
def test_every_kind_gives_a_sentence_or_a_right_reading(hostile):
    before = cpu_seconds()
    if hostile.refusal:
        with pytest.raises(UnreadablePortfolio, match=hostile.refusal) as refusal:
            read_in_child(hostile.build(), hostile.filename)
        assert str(refusal.value).endswith(".")
        assert len(str(refusal.value)) < 300
    else:
        reading = read_in_child(hostile.build(), hostile.filename)
        read = [(row["name"], row["id_value"], decimal(row["outstanding"])) for row in reading["rows"]]
        assert tuple(read) == hostile.rows
        said = [*reading["notices"], *(rejected["reason"] for rejected in reading["rejected"])]
        said += [warning for row in reading["rows"] for warning in row["warnings"]]
        assert any(re.search(hostile.said, sentence) for sentence in said) or not hostile.said
        assert all(len(sentence) <= 500 for sentence in said)
        assert hostile.said or not reading["rejected"], "nothing is left out without a word"
    assert cpu_seconds() - before < child.CPU_SECONDS


def test_there_are_at_least_forty_kinds():
    assert len(BY_ID) == len(HOSTILE) >= 40


def dropped(content: bytes, filename: str) -> PortfolioFile:
    """A file through the services the upload and the worker call."""
    client = ClientFactory()
    file = services.store_portfolio_file(
        client=client, filename=filename, content=[content], by=UserFactory(firm=client.firm)
    )
    services.read_portfolio_file(file.pk)
    file.refresh_from_db()
    return file


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind",
    [
        "binary",
        "password-xls",
        "zip-bomb",
        "far-cell-under-another-root",
        "one-text-in-every-cell",
        "external-entity",
        "billion-laughs",
        "200001-lines",
        "truncated-xlsx",
    ],
)
def test_a_refused_file_says_why_and_leaves_nothing_behind(kind, monkeypatch):
    monkeypatch.setattr(services.portfolio_files, "enqueue_on_commit", lambda *args: None)
    hostile = BY_ID[kind]
    file = dropped(hostile.build(), hostile.filename)
    assert (file.status, file.reading, file.attempts) == (PortfolioFileStatus.UNREADABLE, None, 1)
    assert re.search(hostile.refusal, file.error)
    with pytest.raises(services.NotEditable):
        services.confirm_portfolio_file(file, figures={})
    assert not RiskSnapshot.objects.exists()
    assert not Exposure.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind", ["name-that-is-a-path", "zeros-in-cells", "1-mb-cell", "1e308", "formulas-for-names", "unseen-characters"]
)
def test_a_strange_file_that_can_be_read_is_stored_whole(kind, monkeypatch):
    monkeypatch.setattr(services.portfolio_files, "enqueue_on_commit", lambda *args: None)
    hostile = BY_ID[kind]
    snapshot = services.confirm_portfolio_file(dropped(hostile.build(), hostile.filename), figures={})
    stored = snapshot.exposures.order_by("line").values_list("name", "id_value", "outstanding")
    assert tuple(stored) == hostile.rows
