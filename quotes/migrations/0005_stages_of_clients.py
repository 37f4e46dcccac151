from django.db import migrations


def place_clients_where_they_stand(apps, schema_editor):
    """Each by the furthest fact: a confirmed list, a market test, an offer sent, an offer accepted."""
    clients = apps.get_model("clients", "Client").objects
    clients.filter(snapshots__confirmed_at__isnull=False).update(stage="snapshot")
    clients.filter(market_tests__isnull=False).update(stage="market_test")
    clients.filter(proposals__events__to_status="sent").update(stage="offer")
    clients.filter(proposals__status="accepted").update(stage="placement")


class Migration(migrations.Migration):

    dependencies = [
        ("quotes", "0004_forfait_as_one_price"),
        ("clients", "0010_first_contacts"),
    ]

    operations = [
        migrations.RunPython(place_clients_where_they_stand, migrations.RunPython.noop, elidable=True),
    ]
