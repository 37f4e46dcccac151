from celery.signals import worker_shutting_down
from django.apps import AppConfig


class QuotesConfig(AppConfig):
    name = "quotes"
    verbose_name = "Offres"

    def ready(self) -> None:
        worker_shutting_down.connect(_stop_runners, weak=False)


def _stop_runners(**kwargs) -> None:
    """A deploy does not wait for a partner: runners hand over their accounts within a second."""
    from quotes.engine.runner import stopping

    stopping.set()
