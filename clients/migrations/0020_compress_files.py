import zlib

from django.db import migrations


def change_each(change):
    """One file in memory at a time."""

    def run(apps, schema_editor):
        files = apps.get_model("clients", "PortfolioFile").objects
        for pk in list(files.values_list("pk", flat=True)):
            file = files.only("packed").get(pk=pk)
            files.filter(pk=pk).update(packed=change(bytes(file.packed)))

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0019_files_are_kept_compressed'),
    ]

    operations = [
        migrations.RunPython(change_each(zlib.compress), change_each(zlib.decompress)),
    ]
