from django.apps import AppConfig


class FactortaboiteConfig(AppConfig):
    name = "factortaboite"
    verbose_name = "Factortaboite"

    def ready(self) -> None:
        # Binds every shared task to our Celery app. Not in the package's __init__: the spreadsheet reader's child
        # process imports this package, too, and must not pay for Celery.
        from factortaboite import celery  # noqa: F401
