import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from clients.portfolio import child
from clients.portfolio.child import FAILED, TOO_HEAVY, ListStream, open_in_child, read_in_child
from clients.portfolio.choices import Told
from clients.portfolio.copying import copied
from clients.portfolio.reader import UnreadablePortfolio, open_list, read_portfolio
from clients.portfolio.reading import to_json
from clients.portfolio.sheets import open_grids
from tests.files import traps

LIST = "Nom;SIREN;Encours;Observations\nÉtoile dûe;000100016;12 500,505;RJ\nB;000100025;1;\nTotal;;12 501,505;"


def test_the_child_reads_what_we_would_read():
    content = traps.text(LIST)
    assert read_in_child(content, "liste.csv") == json.loads(json.dumps(to_json(read_portfolio(content, "liste.csv"))))


def test_the_child_streams_what_we_would_read(monkeypatch):
    """In chunks of whole lines, and what the end of the list taught about its beginning apart."""
    monkeypatch.setattr(child, "CHUNK_BYTES", 0)
    twice = "\n".join(f"Élan {number};{siren};100,00" for number in range(3000) for siren in ("000100016", ""))
    content = traps.text("Nom;SIREN;Encours\n" + twice)
    stream, reader = ListStream(content, Told("liste.csv")), open_list(content)
    chunks = list(stream)
    assert len(chunks) > 2
    assert all(chunk.endswith(b"\n") for chunk, _ in chunks)
    said = b"".join(chunk for chunk, corrects in chunks if not corrects).decode()
    assert said == "".join(copied(line, reader.reading) for line in reader.lines())
    corrected = b"".join(chunk for chunk, corrects in chunks if corrects).decode()
    assert corrected == "".join(copied(line, reader.reading) for line in reader.corrections())
    assert corrected.count("\n") == 1
    assert stream.about == json.loads(json.dumps(reader.reading.about()))


def test_options_reach_the_child():
    content = traps.xlsx(("A", [["Nom", "X", "Y"], ["a", 1, 2]]), ("B", [["Nom", "X", "Y"], ["b", 3, 4]]))
    stream = ListStream(content, Told("\x00é.xlsx", {"sheet": "B", "columns": {"outstanding": "Y"}}))
    ((chunk, corrects),) = stream
    assert (stream.about["sheet"], stream.about["columns"]["outstanding"], corrects) == ("B", "Y", False)
    assert chunk.decode().splitlines()[-1].split("\t")[4:11] == ["b", "", "", "FR", "", "", "4"]


def test_a_refusal_keeps_its_sentence():
    with pytest.raises(UnreadablePortfolio, match="Ce fichier est un PDF"):
        read_in_child(b"%PDF-1.7")


def test_a_table_comes_back_cell_by_cell():
    content = traps.xlsx(("A", [["Nom", "Accordé", "Jusqu’au"], ["é", 12.5, date(2026, 12, 31)]]))
    assert open_in_child(content) == open_grids(content)[0].records
    assert open_in_child(content)[1] == (2, ["é", Decimal("12.5"), date(2026, 12, 31)])
    with pytest.raises(UnreadablePortfolio, match="Ce fichier est un PDF"):
        open_in_child(b"%PDF-1.7")


@pytest.mark.parametrize("trap", [traps.far_cell_xlsx, traps.zip_bomb_xlsx, traps.entity_bomb_xlsx])
def test_hostile_workbooks_are_refused(trap):
    with pytest.raises(UnreadablePortfolio) as refusal:
        read_in_child(trap())
    assert str(refusal.value) not in (TOO_HEAVY, FAILED)


def test_a_workbook_that_outgrows_the_memory_kills_the_child_only(caplog):
    with pytest.raises(UnreadablePortfolio, match="trop de temps ou de mémoire"):
        read_in_child(traps.memory_hungry_xlsx())
    assert "ended with" in caplog.text


@pytest.mark.parametrize(
    "script, sentence",
    [
        pytest.param("kill -ABRT $$", TOO_HEAVY, id="aborted"),
        pytest.param("kill -XCPU $$", TOO_HEAVY, id="out-of-processor-time"),
        pytest.param("exit 1", FAILED, id="crashed"),
    ],
)
def test_a_child_that_dies_leaves_a_sentence(script, sentence, tmp_path, monkeypatch):
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\n{script}\n")
    interpreter.chmod(0o700)
    monkeypatch.setattr(child.sys, "executable", str(interpreter))
    with pytest.raises(UnreadablePortfolio) as refusal:
        read_in_child(b"x")
    assert str(refusal.value) == sentence


def test_a_child_that_hangs_is_stopped(tmp_path, monkeypatch):
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    interpreter.chmod(0o700)
    monkeypatch.setattr(child.sys, "executable", str(interpreter))
    monkeypatch.setattr(child, "WALL_SECONDS", 0.5)
    with pytest.raises(UnreadablePortfolio, match="trop de temps"):
        read_in_child(b"x")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_file_beyond_200_mb_starts_no_child(monkeypatch):
    monkeypatch.setattr(child.subprocess, "Popen", lambda *args, **options: pytest.fail("a child was started"))
    monkeypatch.setattr(child, "MAX_BYTES", 100)
    with pytest.raises(UnreadablePortfolio, match="200 Mo"):
        read_in_child(b"x" * 101)


def test_the_child_caps_itself_and_imports_no_framework():
    program = (
        "import resource, sys; from clients.portfolio import child\n"
        "sys.argv = ['child', 'list']\n"
        "child.main()\n"
        "limits = [resource.getrlimit(limit) for limit in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)]\n"
        "print(limits, any(name.split('.')[0] in ('django', 'celery') for name in sys.modules), file=sys.stderr)\n"
    )
    given = json.dumps(Told().as_json()).encode() + b"\n" + traps.text(LIST)
    done = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, check=True)
    gibibyte = 2**30
    assert done.stderr.decode().split("\n")[0] == f"[({gibibyte}, {gibibyte}), (20, 20), (0, 0)] False"
