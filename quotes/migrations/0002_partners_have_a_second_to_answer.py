from django.db import migrations


def give_a_second(apps, schema_editor):
    """What the next migration makes a rule: an account that was given no time never got an answer."""
    accounts = apps.get_model("quotes", "PartnerAccount").objects
    accounts.filter(timeout_seconds=0).update(timeout_seconds=1)
    accounts.filter(patience_seconds=0).update(patience_seconds=1)


class Migration(migrations.Migration):
    dependencies = [("quotes", "0001_initial")]

    operations = [migrations.RunPython(give_a_second, migrations.RunPython.noop)]
