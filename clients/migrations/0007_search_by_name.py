"""Names without accents, as `clients.search` folds them, and the indexes that find and sort them."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.core.management import CommandError
from django.db import DatabaseError, migrations, models

import clients.search

MISSING = (
    "La recherche a besoin de l’extension « pg_trgm » de PostgreSQL, que cette base n’a pas et que son utilisateur ne "
    "peut pas créer. Son administrateur l’installe avec le paquet « postgresql-contrib » s’il manque, puis exécute "
    "dans cette base, une seule fois :\n    CREATE EXTENSION pg_trgm;\nRelancez ensuite la mise à jour."
)

# Each function in it is IMMUTABLE and of pg_catalog: indexes may hold it, wherever they are built.
FOLD = """
    CREATE FUNCTION clients_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT btrim(replace(replace(
            translate(
                replace(replace(lower($1), 'œ', 'oe'), 'æ', 'ae'),
                'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’''-' || chr(160) || chr(8239) || '.,',
                'aaaaaaceeeeiiiinooooouuuuyy     '
            ), '  ', ' '), '  ', ' '))
    $$
"""


class Trigrams(TrigramExtension):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        except DatabaseError as error:
            raise CommandError(MISSING) from error


class Migration(migrations.Migration):

    dependencies = [
        ("clients", "0006_journal"),
    ]

    operations = [
        Trigrams(),
        migrations.RunSQL(FOLD, "DROP FUNCTION clients_fold(text)"),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(
                clients.search.Folded("registered_name"),
                condition=models.Q(("registered_name", ""), _negated=True),
                name="company_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="company",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(clients.search.Folded("registered_name"), "gin_trgm_ops"),
                condition=models.Q(("registered_name", ""), _negated=True),
                name="company_name_trigrams",
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                models.F("firm"), clients.search.Folded("name"), models.F("id"), name="client_by_name"
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(clients.search.Folded("name"), "gin_trgm_ops"),
                name="client_name_trigrams",
            ),
        ),
        migrations.AddIndex(
            model_name="exposure",
            index=models.Index(
                models.F("firm"), clients.search.Folded("name"), models.F("id"), name="buyer_by_name"
            ),
        ),
        migrations.AddIndex(
            model_name="exposure",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(clients.search.Folded("name"), "gin_trgm_ops"),
                name="buyer_name_trigrams",
            ),
        ),
    ]
