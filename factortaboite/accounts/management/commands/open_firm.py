from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse

from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import BrokerFirm, User


class Command(BaseCommand):
    help = "Ouvre un cabinet et le compte de sa direction, qui invite ensuite les autres."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("firm", metavar="CABINET")
        parser.add_argument("email", metavar="E-MAIL")
        parser.add_argument("first_name", metavar="PRÉNOM")
        parser.add_argument("last_name", metavar="NOM")

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        firm = BrokerFirm(name=options["firm"])
        user = User(firm=firm, role=Role.DIRECTION, email=options["email"].lower())
        user.first_name, user.last_name = options["first_name"], options["last_name"]
        user.set_unusable_password()
        try:
            firm.full_clean()
            user.full_clean(exclude=["firm", "password"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        firm.save()
        user.save()
        address = settings.SITE_URL + reverse("account_reset_password")
        self.stdout.write(f"Cabinet ouvert. {user.email} choisit son mot de passe à cette adresse : {address}")
