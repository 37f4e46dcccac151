import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from factortaboite.demo.portfolio import PORTFOLIO_PATH
from tests.files import traps

PROJECT = Path(__file__).resolve().parents[3]


def read_portfolio(path):
    # An address where no database answers: the command must not look for one.
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none", "SECRET_KEY": "test"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "manage.py", "read_portfolio", str(path)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=environment,
        check=False,
    )


def test_the_demo_file_as_json():
    done = read_portfolio(PORTFOLIO_PATH)
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert (data["encoding"], data["separator"], data["columns"]["peak"]) == ("cp1252", ";", "Encours maximum TTC")
    halbronne = data["rows"][0]
    # Without a balance column the peak stands in.
    assert (halbronne["outstanding"], halbronne["peak"]) == ("360000.00", "360000.00")
    assert [row["merged_lines"] for row in data["rows"] if row["merged_lines"]] == [[23]]
    assert data["ignored"][-1] == {"line": 26, "reason": "ligne de total"}


def test_an_empty_balance_stays_empty_where_there_is_a_balance_column(tmp_path):
    path = tmp_path / "liste.csv"
    path.write_bytes(traps.text("Nom;SIREN;Encours;Pointe\nA;552008443;;200\nB;404833048;1;1"))
    (a, _) = json.loads(read_portfolio(path).stdout)["rows"]
    assert (a["outstanding"], a["peak"]) == (None, "200.00")


@pytest.mark.parametrize(
    "content, sentence",
    [
        pytest.param(b"%PDF-1.7", "Ce fichier est un PDF", id="pdf"),
        pytest.param(traps.far_cell_xlsx(), "Ce classeur a des cellules au-delà", id="far-cell"),
        pytest.param(None, "ne s’ouvre pas", id="missing"),
    ],
)
def test_an_unreadable_file_is_one_sentence_and_code_2(content, sentence, tmp_path):
    path = tmp_path / "liste.xlsx"
    if content is not None:
        path.write_bytes(content)
    done = read_portfolio(path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
