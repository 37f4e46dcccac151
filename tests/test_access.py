"""Who may open what: every URL of the product stands in this table, and every cell of it is tried.

Anonymous visitors are sent to the login, people of another firm get 404 wherever a page is about an object, and a
role that may not do something gets 403.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client as Browser
from django.urls import get_resolver, reverse
from django.utils import timezone

from clients.enums import PortfolioFileStatus
from clients.models import BulkDecision, RiskAudit, SavedView
from clients.services.journal import write_entry
from factortaboite.accounts.enums import Role
from factortaboite.accounts.models import BrokerFirm, User
from factortaboite.mail.models import OutgoingMail
from quotes.enums import ProposalStatus
from quotes.models import MandateDocument, PartnerAccount, ProposalDocument, ProposalLink, TariffVersion
from quotes.services.market_tests import launch_market_test
from quotes.services.proposals import prepare_proposal
from tests.factories import (
    AccountsReceivedFactory,
    AlertFactory,
    CandidateFactory,
    CleaningPointFactory,
    ClientAnswerFactory,
    ClientRequestFactory,
    LossSignatureFactory,
    LossStatementFactory,
    PortfolioFileFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]

TOKEN = "a-token-that-was-mailed"
EVERYBODY = frozenset(Role)
PREPARERS = EVERYBODY - {Role.READER}
COMMITTERS = PREPARERS - {Role.ASSISTANT}
DIRECTION = frozenset({Role.DIRECTION})


@dataclass(frozen=True)
class Rule:
    """`roles` may open the page; `about` names the object of its path; `post` when it only takes a form."""

    roles: frozenset[Role] = EVERYBODY
    about: str = ""
    post: bool = False
    is_public: bool = False
    argument: str = "pk"
    line: bool = False
    also: tuple[str, str] | None = None  # a second argument, and the object it names


PUBLIC = Rule(is_public=True)
LINK = Rule(is_public=True, about="token", argument="token")

RULES = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": PUBLIC,
    "account_inactive": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_change_password": Rule(),
    "accounts:firm_edit": Rule(DIRECTION),
    "accounts:preferences": Rule(),
    "accounts:user_list": Rule(DIRECTION),
    "accounts:user_edit": Rule(DIRECTION, "person"),
    "accounts:user_invite": Rule(DIRECTION, "person", post=True),
    "health:alive": PUBLIC,
    "health:ready": PUBLIC,
    "desk:today": Rule(),
    "desk:search": Rule(),
    "desk:counter": Rule(),
    "alerts:alert_list": Rule(),
    "alerts:alert_counter": Rule(),
    "alerts:alerts_seen": Rule(PREPARERS, post=True),
    "alerts:alert_handle": Rule(PREPARERS, "alert", post=True),
    "alerts:alert_reopen": Rule(PREPARERS, "alert", post=True),
    "clients:client_list": Rule(),
    "clients:client_workbook": Rule(),
    "clients:client_text": Rule(),
    "clients:client_assign": Rule(PREPARERS, post=True),
    "clients:view_save": Rule(post=True),
    "clients:view_open": Rule(about="shared_view"),
    "clients:view_change": Rule(frozenset({Role.BROKER, Role.DIRECTION}), "shared_view", post=True),
    "clients:view_first": Rule(about="shared_view", post=True),
    "clients:view_delete": Rule(frozenset({Role.BROKER, Role.DIRECTION}), "shared_view", post=True),
    "clients:client_create": Rule(PREPARERS),
    "clients:client_detail": Rule(about="client"),
    "clients:client_edit": Rule(PREPARERS, "client"),
    "clients:journal_list": Rule(about="client"),
    "clients:journal_undo": Rule(PREPARERS, "journal_entry", post=True),
    "clients:client_verify": Rule(PREPARERS, "client", post=True),
    "clients:client_request_create": Rule(PREPARERS, "client"),
    "clients:client_request": Rule(about="request"),
    "clients:client_request_revoke": Rule(PREPARERS, "request", post=True),
    "clients:client_answer_accept": Rule(PREPARERS, "answer", post=True),
    "clients:client_answer_set_aside": Rule(PREPARERS, "answer", post=True),
    "clients:loss_statement": Rule(about="client"),
    "clients:loss_statement_prepare": Rule(PREPARERS, "client", post=True),
    "clients:loss_statement_pdf": Rule(about="statement"),
    "clients:loss_statement_sign": Rule(PREPARERS, "statement", post=True),
    "clients:loss_statement_scan": Rule(about="signature"),
    "clients:loss_statement_signed": Rule(about="online_signature"),
    "clients:company_detail": Rule(about="company"),
    "clients:company_refresh": Rule(PREPARERS, "company", post=True),
    "clients:company_accounts": Rule(PREPARERS, "company", post=True),
    "clients:company_rating": Rule(PREPARERS, "company", post=True),
    "clients:accounts_document": Rule(about="accounts"),
    "clients:public_request": LINK,
    "clients:public_request_list": replace(LINK, post=True),
    "clients:public_request_figures": replace(LINK, post=True),
    "clients:public_statement_pdf": LINK,
    "clients:public_statement_sign": replace(LINK, post=True),
    "clients:portfolio_upload": Rule(PREPARERS, "client"),
    "clients:portfolio_file": Rule(about="file"),
    "clients:portfolio_download": Rule(about="file"),
    "clients:portfolio_columns": Rule(PREPARERS, "file", post=True),
    "clients:portfolio_to_correct": Rule(about="file"),
    "clients:portfolio_corrected": Rule(PREPARERS, "file", post=True),
    "clients:portfolio_read_again": Rule(PREPARERS, "confirmed_file", post=True),
    "clients:portfolio_keep_largest": Rule(PREPARERS, "file", post=True),
    "clients:portfolio_discard": Rule(PREPARERS, "file", post=True),
    "clients:portfolio_confirm": Rule(PREPARERS, "file"),
    "clients:portfolio_line_correct": Rule(PREPARERS, "file", post=True, line=True),
    "clients:grid_start": Rule(PREPARERS, "client", post=True),
    "clients:grid_detail": Rule(PREPARERS, "snapshot"),
    "clients:grid_paste": Rule(PREPARERS, "snapshot"),
    "clients:grid_line_add": Rule(PREPARERS, "snapshot", post=True),
    "clients:grid_line_edit": Rule(PREPARERS, "snapshot", post=True, also=("exposure_pk", "exposure")),
    "clients:grid_line_remove": Rule(PREPARERS, "snapshot", post=True, also=("exposure_pk", "exposure")),
    "clients:snapshot_detail": Rule(about="snapshot"),
    "clients:snapshot_edit": Rule(PREPARERS, "snapshot"),
    "clients:snapshot_compare": Rule(about="client"),
    "clients:analysis_detail": Rule(about="snapshot"),
    "clients:analysis_evolution": Rule(about="snapshot"),
    "clients:audit_create": Rule(PREPARERS, "snapshot", post=True),
    "clients:audit_status": Rule(about="snapshot"),
    "clients:audit_pdf": Rule(about="audit"),
    "clients:selection_detail": Rule(about="snapshot"),
    "clients:selection_apply": Rule(PREPARERS, "snapshot", post=True),
    "clients:selection_exposure": Rule(PREPARERS, "exposure", post=True),
    "clients:exposure_source": Rule(about="line_of_file"),
    "clients:exposure_edit": Rule(PREPARERS, "exposure", post=True),
    "pipeline:board": Rule(),
    "pipeline:client_move": Rule(PREPARERS, "client"),
    "pipeline:client_plan": Rule(PREPARERS, "client"),
    "pipeline:client_done": Rule(PREPARERS, "client", post=True),
    "pipeline:client_assign": Rule(PREPARERS, "client"),
    "quotes:buyer_list": Rule(),
    "quotes:buyer_workbook": Rule(),
    "quotes:buyer_text": Rule(),
    "quotes:buyer_decide": Rule(PREPARERS, post=True),
    "clients:cleaning_detail": Rule(about="snapshot"),
    "clients:cleaning_progress": Rule(about="snapshot"),
    "clients:cleaning_start": Rule(PREPARERS, "snapshot", post=True),
    "clients:cleaning_accept_all": Rule(PREPARERS, "snapshot", post=True),
    "clients:cleaning_settle_all": Rule(PREPARERS, "snapshot", post=True),
    "clients:cleaning_decided": Rule(about="bulk_decision"),
    "clients:candidate_accept": Rule(PREPARERS, "candidate", post=True),
    "clients:candidate_refuse": Rule(PREPARERS, "candidate", post=True),
    "clients:point_settle": Rule(PREPARERS, "point", post=True),
    "clients:point_leave": Rule(PREPARERS, "point", post=True),
    "clients:point_identify": Rule(PREPARERS, "candidate_point", post=True),
    "quotes:market_test_list": Rule(),
    "quotes:market_test_create": Rule(COMMITTERS, "snapshot", argument="snapshot_pk"),
    "quotes:market_test_detail": Rule(about="market_test"),
    "quotes:market_test_live": Rule(about="market_test"),
    "quotes:market_test_ask_again": Rule(COMMITTERS, "market_test", post=True),
    "quotes:market_test_export": Rule(about="market_test"),
    "quotes:market_test_tolerance": Rule(PREPARERS, "market_test", post=True),
    "quotes:current_contract_edit": Rule(PREPARERS, "market_test"),
    "quotes:current_contract_delete": Rule(PREPARERS, "market_test", post=True),
    "quotes:client_market_tests": Rule(about="client", argument="client_pk"),
    "quotes:company_answers": Rule(about="company", argument="company_pk"),
    "quotes:submission_ask_again": Rule(COMMITTERS, "submission", post=True),
    "quotes:submission_quote": Rule(PREPARERS, "submission"),
    "quotes:submission_spreadsheet": Rule(about="mail_submission"),
    "quotes:submission_send": Rule(COMMITTERS, "mail_submission", post=True),
    "quotes:submission_answers": Rule(PREPARERS, "mail_submission"),
    "quotes:indication_detail": Rule(about="indication"),
    "quotes:indication_proof": Rule(about="indication"),
    "quotes:indication_ask_again": Rule(COMMITTERS, "indication", post=True),
    "quotes:mandate_list": Rule(about="client", argument="client_pk"),
    "quotes:mandate_request": Rule(COMMITTERS, "client", argument="client_pk"),
    "quotes:mandate_sign": Rule(COMMITTERS, "client", argument="client_pk"),
    "quotes:mandate_note": Rule(COMMITTERS, "client", post=True, argument="client_pk"),
    "quotes:mandate_document": Rule(about="mandate_document"),
    "quotes:partner_list": Rule(),
    "quotes:partner_create": Rule(COMMITTERS),
    "quotes:partner_edit": Rule(COMMITTERS, "partner"),
    "quotes:tariff_list": Rule(),
    "quotes:tariff_start": Rule(COMMITTERS, post=True),
    "quotes:tariff_detail": Rule(about="tariff"),
    "quotes:tariff_edit": Rule(COMMITTERS, "tariff"),
    "quotes:tariff_prepare": Rule(COMMITTERS, "tariff"),
    "quotes:tariff_discard": Rule(COMMITTERS, "tariff", post=True),
    "quotes:formula_advice": Rule(about="snapshot", argument="snapshot_pk"),
    "quotes:formula_profile": Rule(PREPARERS, "snapshot", argument="snapshot_pk", post=True),
    "quotes:year_end": Rule(about="client", argument="client_pk"),
    "quotes:proposal_list": Rule(),
    "quotes:proposal_create": Rule(PREPARERS, "market_test", post=True),
    "quotes:proposal_detail": Rule(about="proposal"),
    "quotes:proposal_pdf": Rule(about="proposal"),
    "quotes:proposal_send": Rule(COMMITTERS, "proposal"),
    "quotes:proposal_status": Rule(about="proposal"),
    "quotes:proposal_withdraw": Rule(COMMITTERS, "proposal", post=True),
    "quotes:public_proposal": LINK,
    "quotes:public_proposal_pdf": LINK,
    "quotes:public_proposal_answer": replace(LINK, post=True),
}


def url_names(resolver=None, namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from url_names(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name}"


def test_every_url_stands_in_the_table():
    assert sorted(url_names()) == sorted(RULES)


@pytest.fixture
def world(firm, broker, snapshot) -> dict[str, object]:
    """One of everything the firm can own, by the name the table uses."""
    accounts = PartnerAccount.objects.filter(firm=firm)
    market_test = launch_market_test(snapshot=snapshot, accounts=accounts, launch_key=uuid4(), by=broker)
    mail_submission = market_test.submissions.get(account__code="d")
    submission = market_test.submissions.first()
    indication = submission.indications.first()
    indication.raw = b"{}"
    indication.save()
    file = PortfolioFileFactory(client=market_test.client, uploaded_by=broker, read=True)
    indication.state, indication.decision, indication.permanent = "answered", "granted", 1000
    indication.settled_at = timezone.now()
    indication.save()
    proposal = prepare_proposal(market_test=market_test, by=broker)
    ProposalDocument.objects.create(firm=firm, proposal=proposal, content=b"%PDF-", sha256="0" * 64)
    proposal.move_to(ProposalStatus.READY)
    proposal.move_to(ProposalStatus.SENT)
    ProposalLink.objects.create(
        firm=firm,
        proposal=proposal,
        mail=OutgoingMail.objects.create(firm=firm, to="helene@valmorin.example", subject="Offre", body="Bonjour"),
        token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(),
        sent_to="helene@valmorin.example",
        expires_at=timezone.now() + timedelta(days=1),
    )
    statement = LossStatementFactory(client=market_test.client, created_by=broker)
    signed_online = LossStatementFactory(client=market_test.client, created_by=broker)
    asked = ClientRequestFactory(client=market_test.client, statement=statement, token=TOKEN, created_by=broker)
    return {
        "person": broker,
        "alert": AlertFactory(client=market_test.client),
        "request": asked,
        "answer": ClientAnswerFactory(request=asked),
        "company": market_test.client.company,
        "accounts": AccountsReceivedFactory(company=market_test.client.company, received_by=broker),
        "statement": statement,
        "signature": LossSignatureFactory(statement=statement, on_paper=True, recorded_by=broker),
        "online_signature": LossSignatureFactory(statement=signed_online),
        "client": market_test.client,
        "file": file,
        "confirmed_file": PortfolioFileFactory(
            client=market_test.client, uploaded_by=broker, status=PortfolioFileStatus.CONFIRMED
        ),
        "snapshot": market_test.snapshot,
        "exposure": market_test.snapshot.exposures.first(),
        "journal_entry": write_entry("Acheteur écarté.", client=market_test.client, by=broker),
        "audit": RiskAudit.objects.create(
            firm=firm,
            snapshot=market_test.snapshot,
            content=b"%PDF-",
            sha256="0" * 64,
            rendered_at=timezone.now(),
            created_by=broker,
        ),
        "line_of_file": file.snapshot.exposures.first(),
        "bulk_decision": BulkDecision.objects.create(
            firm=firm, snapshot=market_test.snapshot, kind="identifier", count=600, by=broker, ended_at=timezone.now()
        ),
        "candidate": (candidate := CandidateFactory(point__snapshot__client__firm=firm)),
        "candidate_point": candidate.point,
        "point": CleaningPointFactory(snapshot=candidate.point.snapshot),
        "market_test": market_test,
        "submission": submission,
        "mail_submission": mail_submission,
        "indication": indication,
        "partner": submission.account,
        "shared_view": SavedView.objects.create(
            firm=firm, list_name="clients", name="Mes clients", query="suivi=moi", owner=broker, is_shared=True
        ),
        "tariff": TariffVersion.objects.filter(firm=firm).first(),
        "proposal": proposal,
        "mandate_document": MandateDocument.objects.create(
            firm=firm,
            client=market_test.client,
            filename="mandat.pdf",
            content_type="application/pdf",
            content=b"%PDF-",
            sha256="0" * 64,
            created_by=broker,
        ),
    }


def open_page(browser: Browser, name: str, rule: Rule, world: dict[str, object], fields: dict | None = None) -> str:
    """What the visitor gets: "yes", "no", "missing" or "login", else the code. Nothing the visit changes is kept."""
    arguments = {}
    if rule.about:
        arguments[rule.argument] = TOKEN if rule.about == "token" else world[rule.about].pk
    if rule.line:
        arguments["line"] = 6
    if rule.also:
        arguments[rule.also[0]] = world[rule.also[1]].pk
    if name == "account_reset_password_from_key":
        arguments = {"uidb36": "1", "key": "no-such-key"}
    with transaction.atomic():
        response = (browser.post if rule.post else browser.get)(reverse(name, kwargs=arguments), fields)
        if response.streaming:
            response.getvalue()  # to its end: an export stands in a temporary file
        transaction.set_rollback(True)
    if response.status_code in (301, 302) and response.url.startswith(reverse("account_login")):
        return "login"
    outcomes = {200: "yes", 204: "yes", 302: "yes", 400: "yes", 409: "yes", 422: "yes", 403: "no", 404: "missing"}
    return outcomes.get(response.status_code, str(response.status_code))


@pytest.mark.parametrize("role", list(Role))
def test_each_role_of_the_firm(world, firm, role):
    expected = {name: "yes" if role in rule.roles else "no" for name, rule in RULES.items()}
    seen = {}
    for name, rule in RULES.items():
        browser = Browser()
        browser.force_login(User.objects.get(firm=firm, role=role))
        seen[name] = open_page(browser, name, rule, world)
    assert seen == expected


def test_people_of_another_firm_learn_nothing(world):
    stranger = User.objects.create_user(
        "direction@autre.example", "x", firm=BrokerFirm.objects.create(name="Autre cabinet"), role=Role.DIRECTION
    )
    expected = {name: "missing" if rule.about and not rule.is_public else "yes" for name, rule in RULES.items()}
    seen = {}
    for name, rule in RULES.items():
        browser = Browser()
        browser.force_login(stranger)
        seen[name] = open_page(browser, name, rule, world)
    assert seen == expected


def test_anonymous_visitors_are_sent_to_the_login(world):
    expected = {name: "yes" if rule.is_public else "login" for name, rule in RULES.items()}
    assert {name: open_page(Browser(), name, rule, world) for name, rule in RULES.items()} == expected


def field_names() -> set[str]:
    """Every name that a form of ours, or a template, gives to a field."""
    names = set()
    for forms in ("clients.forms", "quotes.forms", "factortaboite.accounts.forms"):
        package = import_module(forms)
        modules = [forms, *(f"{forms}.{module.name}" for module in iter_modules(getattr(package, "__path__", ())))]
        for module in map(import_module, modules):
            names |= {name for form in vars(module).values() for name in getattr(form, "base_fields", ())}
    for template in (settings.BASE_DIR / "templates").rglob("*.html"):
        names |= set(re.findall(r' name="([\w-]+)"', template.read_text(encoding="utf-8")))
    return names


def test_whatever_a_field_holds_there_is_no_error_page(world, firm):
    fields = dict.fromkeys(field_names(), "a\x00b")
    browser = Browser(raise_request_exception=False)
    browser.force_login(User.objects.get(firm=firm, role=Role.DIRECTION))
    seen = {name: open_page(browser, name, rule, world, fields) for name, rule in RULES.items() if rule.post}
    assert {name: code for name, code in seen.items() if code.startswith("5")} == {}
