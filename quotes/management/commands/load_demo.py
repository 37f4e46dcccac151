from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from quotes.demo import PASSWORD, PEOPLE, PORTFOLIO_FILE, demo_client, load_demo_firm, load_demo_pipeline


class Command(BaseCommand):
    help = "Crée le cabinet de démonstration (une seule fois) et rappelle ses identifiants."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--market-test", action="store_true", help="lance aussi le test à blanc du client, s’il n’en a aucun"
        )

    def handle(self, *args, **options) -> None:
        firm = load_demo_firm()
        load_demo_pipeline(firm)
        if options["market_test"] and not demo_client(firm).market_tests.exists():
            call_command("market_test", PORTFOLIO_FILE, proposal=settings.BASE_DIR / "var" / "offre-valmorin.pdf")
        self.stdout.write(f"\nIdentifiants de démonstration (mot de passe : {PASSWORD})")
        for email, _, _, role in PEOPLE:
            self.stdout.write(f"  {email:36} {role.label}")
