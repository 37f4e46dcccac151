"""A short run of `make fuzz`: damaged files are read or refused with a sentence, within 2 s and 500 MB."""

from clients.portfolio.choices import Told
from tests.fuzz.__main__ import failures
from tests.fuzz.mutations import damaged
from tests.fuzz.worker import what_is_wrong

FILES = 150


def test_damaged_files_are_read_or_refused_with_a_sentence():
    assert list(failures(1, FILES)) == []


def test_the_same_number_is_the_same_file():
    assert damaged(7) == damaged(7)
    assert len({damaged(seed)[0] for seed in range(50)}) > 40


def test_what_a_reader_may_not_do_is_seen(monkeypatch):
    monkeypatch.setattr("tests.fuzz.worker.open_list", lambda content, told: 1 / 0)
    assert "ZeroDivisionError" in what_is_wrong(b"", Told())


def test_a_file_that_kills_its_reader_is_told_and_the_next_ones_are_read(monkeypatch, tmp_path):
    interpreter = tmp_path / "python"
    dies_of_the_third = 'if [ "$3" = 1 ]; then echo \'{"seed": 3}\'; kill -ABRT $$; fi'
    interpreter.write_text(f'#!/bin/sh\n{dies_of_the_third}\necho \'{{"seed": 5, "wrong": "x"}}\'\n')
    interpreter.chmod(0o700)
    monkeypatch.setattr("tests.fuzz.__main__.sys.executable", str(interpreter))
    assert [(failure.seed, failure.wrong[:6]) for failure in failures(1, 9)] == [(3, "killed"), (5, "x")]
