"""What is frozen, some megabytes a row, comes last in its table.

SQLite reads a row from its beginning: to know what comes after a PV it goes through the PV, page by page. Each
list of juries went so through all those that were ever closed. On PostgreSQL, which keeps such values apart,
nothing is done.
"""

from django.db import migrations, models

# Some rows of each model weigh; what is before must not be moved again: state and table go together.
HEAVY = {
    "session": {"snapshot": models.JSONField("photographie", null=True, blank=True)},
    "freeze": {"snapshot": models.JSONField("photographie")},
    "minutes": {"content": models.JSONField("contenu")},
    "minutesrevision": {"pdf": models.BinaryField("PDF")},
    "batch": {
        "figures": models.JSONField("chiffres provisoires", null=True),
        "content": models.BinaryField("fichier", null=True),
    },
}


def put_last(apps, schema_editor):
    """SQLite makes a table anew for any constraint that it is given, in the order of the model's fields."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for name in HEAVY:
        model = apps.get_model("jury", name)
        schema_editor.add_constraint(model, model._meta.constraints[0])


class Migration(migrations.Migration):
    dependencies = [("jury", "0025_appreciations")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                operation
                for name, fields in HEAVY.items()
                for field, kind in fields.items()
                for operation in (
                    migrations.RemoveField(name, field),
                    migrations.AddField(name, field, kind),
                )
            ]
        ),
        migrations.RunPython(put_last, migrations.RunPython.noop),
    ]
