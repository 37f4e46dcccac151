"""The clients in a firm's book."""

from django.db import transaction

from clients.models import Client, Company
from clients.services.companies import company_of
from factortaboite.accounts.models import User


@transaction.atomic
def create_client(
    *, by: User, siren: str, name: str, contact_name: str = "", contact_email: str = "", address: str = ""
) -> Client:
    """A new client of `by`'s firm, followed by `by`. `siren` has been checked by its key.

    Raises ValidationError when the firm has this client already.
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
        owner=by,
    )
    client.full_clean(exclude=["firm"], validate_constraints=False)
    client.validate_constraints()
    client.save()
    return client


@transaction.atomic
def change_client(client: Client) -> None:
    """Saves a client whose fields a form has changed; the company follows the SIREN."""
    if client.siren:
        client.company = _locked(company_of(client.siren))
    client.validate_constraints()
    client.save()


def _locked(company: Company) -> Company:
    """The same until the end: the second of two clicks finds the client that the first one wrote."""
    return Company.objects.select_for_update(no_key=True).get(pk=company.pk)
