"""The Celery application and its only periodic task, the sweep: wiring, which alone knows every floor."""

import os

from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import worker_ready
from kombu import Connection
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factortaboite.settings")


class PlainChannel(redis.Channel):
    """Says plainly that its connection is lost.

    With tasks in hand, kombu 5.7 acknowledges or gives back their messages over a channel that was cut from its
    connection, stumbles with an AttributeError that nobody expects, and takes the worker down. What is not given back,
    the sweep finds.
    """

    def _connparams(self, asynchronous=False):
        if self.connection is None or self.connection.client is None:
            raise ConnectionError("the connection to the broker is lost")
        return super()._connparams(asynchronous=asynchronous)


class PlainTransport(redis.Transport):
    Channel = PlainChannel


class EagerConnection(Connection):
    """A broker that is away is tried every second: left alone, a worker would sleep up to 30 s after it came back."""

    def get_transport_cls(self):
        return PlainTransport

    def ensure_connection(self, *args, **kwargs):
        return super().ensure_connection(*args, **{"interval_start": 1, "interval_step": 0, **kwargs})


class EagerAMQP(AMQP):
    Connection = EagerConnection


app = Celery("factortaboite", amqp=EagerAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.broker_connection_max_retries = None
app.conf.beat_schedule = {
    # Without an expiry, which would compare the clocks of two machines.
    "sweep": {"task": "factortaboite.celery.sweep_task", "schedule": 2.0},
}
# In memory: what a clock that was wrong wrote down would hold back the next one.
app.conf.beat_scheduler = "celery.beat:Scheduler"
app.autodiscover_tasks()


@app.task
def sweep_task() -> None:
    """Takes up whatever was left behind: PostgreSQL says what is due, whatever happened to Redis or a worker."""
    from clients.services import sweep_portfolio_files
    from clients.services.audits import sweep_audits
    from clients.services.bulk_decisions import sweep_bulk_decisions
    from clients.services.cleaning import sweep_cleanings
    from clients.services.watch import sweep_watch
    from factortaboite.mail.bounces import sweep_bounces
    from factortaboite.mail.services import sweep_outgoing_mail
    from quotes.services.documents import sweep_proposals
    from quotes.services.market_tests import sweep_market_tests

    sweep_market_tests()
    sweep_portfolio_files()
    sweep_cleanings()
    sweep_bulk_decisions()
    sweep_audits()
    sweep_proposals()
    sweep_outgoing_mail()
    sweep_bounces()
    sweep_watch()


@worker_ready.connect
def sweep_at_start(**kwargs) -> None:
    """A worker that comes back does not wait for the clock, and one sweep stands for all those that were missed."""
    with app.connection_for_write() as connection:
        app.amqp.queues["sweep"](connection.default_channel).purge()
    sweep_task.delay()
