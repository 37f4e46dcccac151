import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clients.models import Alert, Duty, WatchState
from clients.services.watch import make_due, perform
from clients.services.watch_report import report_on_watch
from factortaboite.servers.local import run_beside_servers, servers_are_running

WAIT_SECONDS = 2.0


class Command(BaseCommand):
    help = "Lit dès maintenant les registres pour tous les portefeuilles et lève les alertes, comme chaque nuit."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mail", action="store_true", help="envoie aussi le courriel du matin s’il est dû")

    def handle(self, *args: Any, mail: bool, **options: Any) -> None:
        if not servers_are_running():
            sys.exit(run_beside_servers([sys.argv[0], *sys.argv[1:]]))
        before = Alert.objects.count()
        for duty in Duty:
            if duty != Duty.DIGEST or mail:
                self._work(duty)
        self.stdout.write(f"Nouvelles alertes : {Alert.objects.count() - before}")
        self.stdout.write(report_on_watch().sentence)

    def _work(self, duty: Duty) -> None:
        """One go after the other until the duty is done, or its registry is away; beside the workers, if need be."""
        make_due(duty)
        while True:
            if not perform(duty):
                self.stdout.write(f"{duty.label.capitalize()} : un autre passage est en cours, attente…")
                time.sleep(WAIT_SECONDS)
            state = WatchState.objects.get(duty=duty)
            if state.failures:
                self.stderr.write(f"{duty.label.capitalize()} : {state.trouble}")
                return
            if state.started_at is None:
                self.stdout.write(f"{duty.label.capitalize()} : à jour")
                return
