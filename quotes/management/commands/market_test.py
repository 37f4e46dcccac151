"""The main job without a screen: a buyer list in, partners asked, compared, a PDF proposal out."""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clients.enums import PortfolioFileStatus
from clients.models import Client, PortfolioFile
from clients.services import confirm_portfolio_file, store_portfolio_file, summary_of
from factortaboite.accounts.models import User
from factortaboite.servers.local import run_beside_servers, servers_are_running
from quotes.demo import PORTFOLIO_FILE, TURNOVER, demo_client, load_demo_firm
from quotes.enums import Channel, ProposalStatus
from quotes.management.results import as_json, as_table
from quotes.models import MarketTest, PartnerAccount, Proposal
from quotes.services.market_tests import LaunchRefused, compare, launch_market_test
from quotes.services.proposals import prepare_proposal

READ_SECONDS = 60
RENDER_SECONDS = 90
POLL_SECONDS = 0.1

Found = TypeVar("Found")


class Command(BaseCommand):
    help = "Interroge les assureurs sur une liste d’acheteurs, compare leurs réponses et prépare l’offre en PDF."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--partners", default="", help="codes des partenaires, séparés par des virgules")
        parser.add_argument("--proposal", type=Path, metavar="OUT.pdf", help="écrit l’offre à cet endroit")
        parser.add_argument("--json", type=Path, metavar="OUT.json", help="écrit le résultat à cet endroit")
        parser.add_argument("--client", default="", metavar="NAME", help="nom du client à qui appartient la liste")

    def handle(self, *args, **options) -> None:
        if not options["file"].is_file():
            raise CommandError(f"Le fichier « {options['file']} » n’existe pas.")
        if not servers_are_running():
            sys.exit(run_beside_servers([sys.argv[0], *sys.argv[1:]]))
        self.console = Console(file=self.stdout._out, highlight=False)
        started = time.monotonic()
        firm = load_demo_firm()
        broker = User.objects.filter(firm=firm, role="broker").earliest("pk")
        accounts = _chosen_accounts(broker, options["partners"])
        file = self._read(options["file"], options["client"], broker)
        snapshot = confirm_portfolio_file(file, figures=_figures(file), by=broker)
        try:
            market_test = launch_market_test(snapshot=snapshot, accounts=accounts, launch_key=uuid4(), by=broker)
        except LaunchRefused as error:
            raise CommandError(str(error)) from error
        self._follow(market_test)
        comparison = compare(market_test)
        self.console.print(as_table(comparison))
        if options["json"]:
            result = as_json(comparison, file, snapshot, elapsed_seconds=time.monotonic() - started)
            options["json"].write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        if comparison.recommended is None:
            raise CommandError("Aucun partenaire ne couvre ces acheteurs : il n’y a pas d’offre à préparer.")
        proposal = self._render(prepare_proposal(market_test=market_test, by=broker))
        if options["proposal"]:
            options["proposal"].parent.mkdir(parents=True, exist_ok=True)
            options["proposal"].write_bytes(proposal.document.content)
            self.console.print(f"Offre {proposal.number} : {options['proposal']}")

    def _read(self, path: Path, client_name: str, by: User) -> PortfolioFile:
        content = path.read_bytes()
        client = _client(client_name, content, by)
        file = store_portfolio_file(client=client, filename=path.name, content=[content], by=by)

        def settled() -> PortfolioFile | None:
            file.refresh_from_db(fields=["status", "error", "reading"])
            return None if file.status == PortfolioFileStatus.PENDING else file

        _wait(settled, READ_SECONDS, "La lecture du fichier n’a pas abouti : les exécutants sont-ils démarrés ?")
        if file.status == PortfolioFileStatus.UNREADABLE:
            raise CommandError(file.error)
        return file

    def _follow(self, market_test: MarketTest) -> None:
        """The progress of every partner, until the last machine has answered or was given up."""
        columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            submissions = list(market_test.submissions.filter(channel=Channel.API))
            bars = {row.pk: progress.add_task(row.name, total=row.asked_count) for row in submissions}
            while True:
                submissions = list(market_test.submissions.filter(channel=Channel.API))
                for row in submissions:
                    progress.update(bars[row.pk], completed=row.settled_count)
                if all(row.ended_at for row in submissions):
                    return
                time.sleep(POLL_SECONDS)

    def _render(self, proposal: Proposal) -> Proposal:
        def ready() -> Proposal | None:
            proposal.refresh_from_db(fields=["status"])
            return proposal if proposal.status == ProposalStatus.READY else None

        return _wait(ready, RENDER_SECONDS, "La mise en page de l’offre n’a pas abouti.")


def _wait(condition: Callable[[], Found | None], seconds: float, failure: str) -> Found:
    deadline = time.monotonic() + seconds
    while (found := condition()) is None:
        if time.monotonic() > deadline:
            raise CommandError(failure)
        time.sleep(POLL_SECONDS)
    return found


def _chosen_accounts(by: User, codes: str) -> list[PartnerAccount]:
    """Every partner that is asked by machine, or those named: by code, or by the format they speak."""
    accounts = list(PartnerAccount.objects.visible_to(by).active().filter(channel=Channel.API))
    wanted = [code.strip().lower() for code in codes.split(",") if code.strip()]
    if not wanted:
        return accounts
    chosen = [account for account in accounts if {account.code, account.connector} & set(wanted)]
    if unknown := [code for code in wanted if not any(code in (a.code, a.connector) for a in chosen)]:
        known = ", ".join(account.code for account in accounts)
        raise CommandError(f"Partenaire inconnu : {', '.join(unknown)}. Partenaires possibles : {known}.")
    return chosen


def _client(name: str, content: bytes, by: User) -> Client:
    """The client of that name, made when there is none; without a name, the one whose very file this is."""
    clients = Client.objects.visible_to(by)
    if not name and content == PORTFOLIO_FILE.read_bytes():
        return demo_client(by.firm)
    sha256 = hashlib.sha256(content).hexdigest()
    if not name and (known := clients.filter(files__sha256=sha256).first()):
        return known
    name = name or "Client sans nom"
    return clients.filter(name__iexact=name).first() or Client.objects.create(firm_id=by.firm_id, name=name, owner=by)


def _figures(file: PortfolioFile) -> dict[str, Decimal | None]:
    """The client's turnover as its last snapshot has it; else what the list itself adds up to, when it says so."""
    previous = file.client.snapshots.confirmed().exclude(total_turnover=None).first()
    if previous:
        return {name: getattr(previous, name) for name in TURNOVER}
    if file.client == demo_client(file.client.firm):
        return dict(TURNOVER)
    summary = summary_of(file)
    if not summary.named_turnover:
        return {}
    return {"total_turnover": summary.named_turnover, **summary.parts}
