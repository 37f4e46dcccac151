"""A real mail server on the loopback, which behaves as each test tells it to."""

import socket
import time
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from factortaboite.accounts.models import BrokerFirm
from factortaboite.mail.services import queue_mail


class Postman:
    """Answers 250 to everything, unless told otherwise for one step: a reply, or "drop" to hang up."""

    def __init__(self):
        self.inbox = []
        self.rcpt = self.data = "250 OK"
        self.seconds = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.rcpt == "drop":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        time.sleep(self.seconds)
        self.inbox.append(message_from_bytes(envelope.original_content, policy=policy.default))
        if self.data == "drop":
            server.transport.abort()
        return self.data


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def no_server(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5


@pytest.fixture
def postman(no_server, settings):
    handler = Postman()
    controller = Controller(handler, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def firm(db):
    return BrokerFirm.objects.create(name="Cabinet Démo")


@pytest.fixture
def mail(firm):
    return queue_mail(
        firm=firm,
        to="achats@valmorin.example",
        subject="Votre offre d’assurance-crédit",
        body="Bonjour,\n\nVoici l’offre.\n",
        reply_to="courtier@cabinet.example",
    )
