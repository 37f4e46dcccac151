from collections.abc import Iterator

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import BinaryField, Model

from factortaboite.sealing import BrokenSeal, reseal


class Command(BaseCommand):
    help = (
        "Rescelle tous les secrets de la base avec SEALING_KEY ; ensuite, les anciennes clés de "
        "SEALING_KEY_FALLBACKS peuvent être oubliées."
    )

    def handle(self, *args, **options) -> None:
        done, broken = 0, []
        for model, field in _sealed_fields():
            rows = model._base_manager.exclude(**{field: b""}).values_list("pk", field)
            for pk, sealed in rows.iterator():
                try:
                    renewed = reseal(sealed)
                except BrokenSeal:
                    broken.append(f"{model._meta.verbose_name} {pk}")
                    continue
                # What somebody wrote meanwhile is sealed with today's key already, and is newer.
                done += model._base_manager.filter(pk=pk, **{field: sealed}).update(**{field: renewed})
        self.stdout.write(f"Secrets rescellés : {done}.")
        if broken:
            raise CommandError(
                "Aucune des clés données n’ouvre ceux-ci, à ressaisir ou à rouvrir avec la clé qui manque : "
                + ", ".join(broken)
            )


def _sealed_fields() -> Iterator[tuple[type[Model], str]]:
    """What is sealed says so by its name."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, BinaryField) and field.name.startswith("sealed_"):
                yield model, field.name
