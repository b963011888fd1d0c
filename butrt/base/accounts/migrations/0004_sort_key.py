from django.db import migrations

import butrt.base.sorting


def fill(apps, schema_editor):
    people = apps.get_model("accounts", "User")._base_manager
    butrt.base.sorting.write_keys(people.using(schema_editor.connection.alias))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_api_tokens")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sort_key",
            field=butrt.base.sorting.SortKeyField(
                sources=["last_name", "first_name", "username"], verbose_name="clé de classement"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterModelOptions(
            name="user",
            options={
                "ordering": ["sort_key", "pk"],
                "verbose_name": "compte",
                "verbose_name_plural": "comptes",
            },
        ),
        migrations.AlterModelManagers(name="user", managers=[]),
    ]
