from django.db import migrations
from django.db.models.functions import TruncDate


def take_the_day_they_were_created(apps, schema_editor):
    apps.get_model("clients", "Client").objects.update(first_contact_on=TruncDate("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("clients", "0009_pipeline"),
    ]

    operations = [
        migrations.RunPython(take_the_day_they_were_created, migrations.RunPython.noop, elidable=True),
    ]
