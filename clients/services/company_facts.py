"""What a registry says of a company, written down: facts with source and days, the company's columns, what changed."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from clients.models import Company, CompanyEvent, CompanyFact, CompanyStatus, EventKind, FactKind
from clients.registries import CompanyFacts, VatCheck


def store_facts(company: Company, facts: CompanyFacts) -> Company:
    """Writes down what a registry says: each fact with its source and days, the company's columns, what changed.

    One that a registry no longer knows keeps what was known of it: it may be the registry that lost it.
    """
    if not facts.is_known:
        status = CompanyStatus.UNKNOWN
        return _store(
            company,
            source=facts.source,
            stated_on=None,
            values={FactKind.STATUS: status},
            columns={"status": status},
        )
    office = facts.head_office
    status = CompanyStatus.CLOSED if facts.is_closed else CompanyStatus.ACTIVE
    # Sirene does not say since when: what another registry said of it stays.
    closed_on = {} if facts.is_closed and facts.closed_on is None else {"closed_on": facts.closed_on}
    stored = _store(
        company,
        source=facts.source,
        stated_on=facts.updated_on,
        values={
            FactKind.NAME: facts.name,
            FactKind.ACRONYM: facts.acronym,
            FactKind.STATUS: status,
            FactKind.CREATED: facts.created_on.isoformat() if facts.created_on else "",
            FactKind.CLOSED: facts.closed_on.isoformat() if facts.closed_on else "",
            FactKind.HEAD_OFFICE: office.siret if office else "",
            FactKind.ADDRESS: office.address if office else "",
            FactKind.LEGAL_CATEGORY: facts.legal_category,
            FactKind.NAF: facts.naf,
            FactKind.NAF_2025: facts.naf_2025,
            FactKind.SIZE: facts.size,
        },
        columns={
            "registered_name": facts.name,
            "status": status,
            "is_hidden": facts.is_hidden,
            "created_on": facts.created_on,
            **closed_on,
            "head_office_siret": office.siret if office else "",
            "address": office.address if office else "",
            "postcode": office.postcode if office else "",
            "city": office.city if office else "",
            "legal_category": facts.legal_category,
            "naf": facts.naf,
            "naf_2025": facts.naf_2025,
            "size": facts.size,
        },
    )
    if facts.is_hidden:
        _forget_what_is_kept_back(stored)
    return stored


def _forget_what_is_kept_back(company: Company) -> None:
    """Whoever asks to be kept from the public is kept from our history too."""
    hidden = {FactKind.NAME: company.registered_name, FactKind.ADDRESS: company.address}
    company.facts.filter(kind__in=[kind for kind, shown in hidden.items() if not shown]).delete()
    if not company.registered_name:
        company.events.filter(kind=EventKind.RENAMED).delete()
    if not company.address:
        company.events.filter(kind=EventKind.MOVED).delete()


def store_vat_check(company: Company, check: VatCheck) -> Company:
    """Writes down what VIES says of a VAT number, like `store_facts`."""
    if not check.is_valid:
        return _store(
            company,
            source=check.source,
            stated_on=None,
            values={FactKind.VAT: "", FactKind.STATUS: CompanyStatus.UNKNOWN},
            columns={"status": CompanyStatus.UNKNOWN},
        )
    return _store(
        company,
        source=check.source,
        stated_on=None,
        values={
            FactKind.VAT: check.number,
            FactKind.STATUS: CompanyStatus.ACTIVE,
            FactKind.NAME: check.name,
            FactKind.ADDRESS: check.address,
        },
        columns={"registered_name": check.name, "status": CompanyStatus.ACTIVE, "address": check.address},
    )


@transaction.atomic
def _store(
    company: Company, *, source: str, stated_on: date | None, values: dict[FactKind, str], columns: dict[str, object]
) -> Company:
    today = timezone.localdate()
    company = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    replaced = _store_values(company, source, stated_on, values, today)
    if company.checked_on:
        CompanyEvent.objects.bulk_create(_changes(company, source, replaced, columns, today), ignore_conflicts=True)
    for name, value in columns.items():
        setattr(company, name, _fitting(name, value))
    company.source, company.checked_on = source, today
    company.save()
    return company


def _store_values(
    company: Company, source: str, stated_on: date | None, values: dict[FactKind, str], today: date
) -> dict[str, str]:
    """The former values of the facts that this source now tells otherwise, by kind."""
    current = {fact.kind: fact for fact in company.facts.filter(source=source, is_current=True)}
    replaced, confirmed, new = {}, [], []
    for kind, value in values.items():
        value = value[: CompanyFact._meta.get_field("value").max_length]
        known = current.get(kind)
        if known and known.value == value:
            confirmed.append(known.pk)
            continue
        if known:
            replaced[kind] = known
        if value:
            new.append(
                CompanyFact(
                    company=company,
                    kind=kind,
                    value=value,
                    source=source,
                    stated_on=stated_on,
                    first_seen_on=today,
                    last_seen_on=today,
                )
            )
    company.facts.filter(pk__in=confirmed).update(last_seen_on=today, stated_on=stated_on)
    company.facts.filter(pk__in=[fact.pk for fact in replaced.values()]).update(is_current=False)
    CompanyFact.objects.bulk_create(new)
    return {kind: fact.value for kind, fact in replaced.items()}


def _changes(
    company: Company, source: str, replaced: dict[str, str], columns: dict[str, object], today: date
) -> list[CompanyEvent]:
    """What happened to a company since it was last asked about. Names and addresses are compared within one source:
    two registries spell them differently."""
    found: list[tuple[EventKind, str, object]] = []
    before, now = company.status, columns["status"]
    if (before, now) == (CompanyStatus.ACTIVE, CompanyStatus.CLOSED):
        found.append((EventKind.CLOSED, "L’entreprise a cessé son activité.", columns.get("closed_on")))
    elif (before, now) == (CompanyStatus.CLOSED, CompanyStatus.ACTIVE):
        found.append((EventKind.REOPENED, "L’entreprise est de nouveau en activité.", None))
    name, office = columns.get("registered_name"), columns.get("head_office_siret")
    if name and FactKind.NAME in replaced:
        found.append((EventKind.RENAMED, f"« {replaced[FactKind.NAME]} » devient « {name} ».", None))
    if office and FactKind.HEAD_OFFICE in replaced:
        found.append((EventKind.MOVED, f"Nouveau siège : {columns['address'] or office}.", None))
    return [
        CompanyEvent(
            company=company,
            kind=kind,
            source=source,
            reference=f"{kind}-{today.isoformat()}",
            published_on=today,
            happened_on=day,
            title=title[: CompanyEvent._meta.get_field("title").max_length],
        )
        for kind, title, day in found
    ]


def _fitting(name: str, value: object) -> object:
    """A registry's text may be longer than ours; its facts are codes of a known length or texts for people."""
    longest = Company._meta.get_field(name).max_length
    return value[:longest] if longest and isinstance(value, str) else value
