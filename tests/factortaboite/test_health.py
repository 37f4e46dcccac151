"""The health pages say one word per part, to anybody, and never hide a worker that stands still."""

import os
import socketserver
import subprocess
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import BulkDecision, PortfolioFile, RiskAudit
from factortaboite.health.readiness import LONGEST_WAIT
from factortaboite.mail.models import OutgoingMail
from factortaboite.servers.stack import PYTHON
from factortaboite.servers.supervisor import free_port
from quotes.models import LimitIndication, PartnerAccount, Proposal
from quotes.services.proposals import prepare_proposal
from tests.factories import PortfolioFileFactory

ALL_WELL = {
    "status": "ok",
    "database": "ok",
    "migrations": "ok",
    "calls": "ok",
    "mail": "ok",
    "files": "ok",
    "documents": "ok",
    "audits": "ok",
    "decisions": "ok",
    "broker": "ok",
}


def long_ago():
    return timezone.now() - LONGEST_WAIT - timedelta(seconds=1)


def lately():
    return timezone.now() - LONGEST_WAIT + timedelta(seconds=20)


def readiness() -> tuple[int, dict[str, str]]:
    response = Browser().get(reverse("health:ready"))
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.json()


def test_liveness_asks_nobody():
    # Without the database mark, a query would fail this test.
    response = Browser().get("/sante/")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_all_is_well(db):
    assert readiness() == (200, ALL_WELL)


def test_the_pages_are_asked_without_tls(db, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^sante/"]
    assert Browser().get("/sante/").status_code == 200
    assert Browser().get("/sante/pret/").status_code == 200
    assert Browser().get("/compte/connexion/").status_code == 301


def test_a_database_that_does_not_answer(db, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("connection to server at 10.0.0.7 failed: password authentication failed")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", fail)
        seen = readiness()
    assert seen == (503, {"status": "ko", "database": "ko", "broker": "ok"})


def test_a_migration_that_is_not_applied(db):
    for newest in MigrationLoader(connection).graph.leaf_nodes("quotes"):
        MigrationRecorder(connection).record_unapplied(*newest)
    assert readiness() == (503, {"status": "ko", "database": "ok", "migrations": "ko", "broker": "ok"})


def test_a_broker_that_does_not_answer_is_said_at_once(db, settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    begin = time.monotonic()
    assert readiness() == (200, ALL_WELL | {"status": "degraded", "broker": "degraded"})
    assert time.monotonic() - begin < 10


@pytest.fixture
def due_call(market_test):
    """A question due since the longest wait. Returns it."""
    indication = LimitIndication.objects.filter(state="open").first()
    LimitIndication.objects.exclude(pk=indication.pk).update(next_call_at=timezone.now())
    LimitIndication.objects.filter(pk=indication.pk).update(next_call_at=long_ago())
    return indication


def test_questions_nobody_asks(due_call):
    assert readiness() == (200, ALL_WELL | {"status": "degraded", "calls": "degraded"})


def test_a_question_left_in_the_air_by_a_dead_runner(due_call):
    LimitIndication.objects.filter(pk=due_call.pk).update(state="sent")
    assert readiness()[1]["calls"] == "degraded"


@pytest.mark.parametrize(
    "account",
    [
        pytest.param({"lease_until": timedelta(seconds=3)}, id="somebody is asking"),
        pytest.param({"lease_until": timedelta(seconds=-1)}, id="whoever asked has just gone"),
        pytest.param({"rest_until": timedelta(seconds=30)}, id="the partner rests"),
        pytest.param({"rest_until": timedelta(seconds=-1)}, id="the partner has just rested"),
        pytest.param({"active": False}, id="the partner is switched off"),
    ],
)
def test_questions_that_wait_for_a_reason(due_call, account):
    changes = {name: timezone.now() + value if name != "active" else value for name, value in account.items()}
    PartnerAccount.objects.filter(pk=due_call.account_id).update(**changes)
    assert readiness() == (200, ALL_WELL)


def test_a_long_list_that_moves_on(due_call):
    due_call.submission.last_answer_at = lately()
    due_call.submission.save()
    assert readiness() == (200, ALL_WELL)


@pytest.mark.parametrize(
    "mail, word",
    [
        pytest.param({"created_at": long_ago, "next_try_at": timezone.now}, "degraded", id="never tried, swept on"),
        pytest.param({"created_at": lately}, "ok", id="never tried, young"),
        pytest.param({"attempts": 1, "next_try_at": long_ago, "created_at": long_ago}, "degraded", id="due again"),
        pytest.param(
            {"attempts": 5, "next_try_at": timezone.now, "created_at": long_ago}, "ok", id="waits for its next try"
        ),
        pytest.param({"status": "sent", "created_at": long_ago}, "ok", id="sent"),
    ],
)
def test_mail(firm, mail, word):
    row = OutgoingMail.objects.create(firm=firm, to="helene@valmorin.example", subject="Offre", body="Bonjour")
    changes = {name: value() if callable(value) else value for name, value in mail.items()}
    OutgoingMail.objects.filter(pk=row.pk).update(**changes)
    assert readiness() == (200, ALL_WELL | {"status": word, "mail": word})


@pytest.mark.parametrize(
    "trait, uploaded_at, word",
    [
        pytest.param({}, long_ago, "degraded", id="nobody reads it"),
        pytest.param({}, lately, "ok", id="young"),
        pytest.param({"unreadable": True}, long_ago, "ok", id="given up"),
    ],
)
def test_files(db, trait, uploaded_at, word):
    PortfolioFile.objects.filter(pk=PortfolioFileFactory(**trait).pk).update(uploaded_at=uploaded_at())
    assert readiness() == (200, ALL_WELL | {"status": word, "files": word})


@pytest.mark.parametrize(
    "created_at, word", [pytest.param(long_ago, "degraded", id="old"), pytest.param(lately, "ok", id="young")]
)
def test_documents(market_test, broker, created_at, word):
    answers = {"state": "answered", "decision": "granted", "permanent": 1000, "settled_at": timezone.now()}
    LimitIndication.objects.filter(submission__market_test=market_test).update(**answers)
    proposal = prepare_proposal(market_test=market_test, by=broker)
    Proposal.objects.filter(pk=proposal.pk).update(created_at=created_at())
    assert readiness() == (200, ALL_WELL | {"status": word, "documents": word})


def test_audits_and_decisions(market_test, broker):
    snapshot = market_test.snapshot
    common = {"snapshot": snapshot, "firm": snapshot.firm}
    audit = RiskAudit.objects.create(**common, created_by=broker)
    decision = BulkDecision.objects.create(**common, kind="duplicate", count=600, by=broker, asked_at=long_ago())
    assert readiness() == (200, ALL_WELL | {"status": "degraded", "decisions": "degraded"})
    BulkDecision.objects.filter(pk=decision.pk).update(ended_at=timezone.now())
    RiskAudit.objects.filter(pk=audit.pk).update(created_at=long_ago())
    assert readiness() == (200, ALL_WELL | {"status": "degraded", "audits": "degraded"})


class Answer(BaseHTTPRequestHandler):
    """200 to whoever knows the site's name, 400 to others, as Django does."""

    def do_GET(self):
        self.send_response(200 if self.headers["Host"] == "courtier.example" else 400)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with socketserver.TCPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    "hosts, code",
    [
        pytest.param("courtier.example,www.courtier.example", 0, id="the site's own name"),
        pytest.param(".courtier.example", 0, id="a domain with all its names"),
        pytest.param("autre.example", 1, id="refused"),
    ],
)
def test_the_probe(server, hosts, code):
    command = [PYTHON, "-m", "factortaboite.health.probe", f"http://127.0.0.1:{server}/sante/"]
    environment = os.environ | {"ALLOWED_HOSTS": hosts}
    assert subprocess.run(command, env=environment, capture_output=True, timeout=60).returncode == code


def test_the_probe_finds_nobody():
    command = [PYTHON, "-m", "factortaboite.health.probe", f"http://127.0.0.1:{free_port()}/sante/"]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 1
