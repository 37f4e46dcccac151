"""The clients in a firm's book."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from clients.models import Client, Company
from clients.services.companies import company_of
from clients.services.journal import write_entry
from factortaboite.accounts.models import User
from factortaboite.templatetags.french import french_date
from factortaboite.typography import typeset

FORM_FIELDS = ("name", "siren", "contact_name", "contact_email", "address", "owner", "first_contact_on")


@transaction.atomic
def create_client(
    *,
    by: User,
    siren: str,
    name: str,
    contact_name: str = "",
    contact_email: str = "",
    address: str = "",
    owner: User | None = None,
    first_contact_on: date | None = None,
) -> Client:
    """A new client of `by`'s firm, followed by `owner`, or by `by`. `siren` has been checked by its key.

    The ten days run from the first contact, which is today if nothing else is said. Raises ValidationError when the
    firm has this client already.
    """
    company = _locked(company_of(siren))
    client = Client(
        firm_id=by.firm_id,
        company=company,
        siren=siren,
        name=name,
        contact_name=contact_name,
        contact_email=contact_email,
        address=address,
        owner=owner or by,
        first_contact_on=first_contact_on or timezone.localdate(),
    )
    client.full_clean(exclude=["firm"], validate_constraints=False)
    client.validate_constraints()
    client.save()
    return client


@transaction.atomic
def change_client(client: Client, *, by: User) -> None:
    """Saves a client whose fields a form has changed; the company follows the SIREN, the journal tells the changes."""
    if client.siren:
        client.company = _locked(company_of(client.siren))
    client.validate_constraints()
    # Not where it stands: that may move meanwhile.
    changes = _changes(client)
    client.save(update_fields=[*FORM_FIELDS, "company"])
    if changes:
        write_entry(typeset(f"Fiche modifiée : {', '.join(changes)}."), client=client, by=by)


def _changes(client: Client) -> list[str]:
    """What the form says otherwise than what is stored: each field with its new value."""
    stored = Client.objects.get(pk=client.pk)
    changes = []
    for name in FORM_FIELDS:
        value = getattr(client, name)
        if value != getattr(stored, name):
            said = french_date(value) if isinstance(value, date) else value or "vide"
            changes.append(f"{Client._meta.get_field(name).verbose_name} « {said} »")
    return changes


def _locked(company: Company) -> Company:
    """The same until the end: the second of two clicks finds the client that the first one wrote."""
    return Company.objects.select_for_update(no_key=True).get(pk=company.pk)
