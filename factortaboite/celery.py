"""The Celery application and its only periodic task, the sweep: wiring, which alone knows every floor."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factortaboite.settings")

app = Celery("factortaboite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task
def sweep_task() -> None:
    """Takes up whatever was left behind: PostgreSQL says what is due, whatever happened to Redis or a worker."""
    from clients.services import sweep_portfolio_files
    from factortaboite.mail.services import sweep_outgoing_mail
    from quotes.services.documents import sweep_proposals
    from quotes.services.market_tests import sweep_market_tests

    sweep_market_tests()
    sweep_portfolio_files()
    sweep_proposals()
    sweep_outgoing_mail()


@worker_ready.connect
def sweep_at_start(**kwargs) -> None:
    """A worker that comes back does not wait for the clock to find what its predecessor left."""
    sweep_task.delay()
