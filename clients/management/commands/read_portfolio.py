import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from clients.portfolio.child import read_in_child
from clients.portfolio.reader import UnreadablePortfolio

UNREADABLE = 2


class Command(BaseCommand):
    help = "Lit une liste d’acheteurs et affiche en JSON ce qui en a été compris, sans base de données."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FICHIER")
        parser.add_argument("--sheet", metavar="FEUILLE", help="feuille du classeur à lire")

    def handle(self, *args: Any, file: Path, sheet: str | None = None, **options: Any) -> None:
        try:
            reading = read_in_child(file.read_bytes(), file.name, sheet=sheet)
        except OSError:
            self._refuse(f"Le fichier « {file} » ne s’ouvre pas : vérifiez son nom et vos droits.")
        except UnreadablePortfolio as error:
            self._refuse(str(error))
        if "outstanding" not in reading["columns"]:
            # Without a balance, the peak is what the buyer may owe.
            for row in reading["rows"]:
                row["outstanding"] = row["peak"]
        self.stdout.write(json.dumps(reading, ensure_ascii=False, indent=2))

    def _refuse(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(UNREADABLE)
