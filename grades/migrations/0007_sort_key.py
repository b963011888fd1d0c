from django.db import migrations

import butrt.base.sorting


def fill(apps, schema_editor):
    students = apps.get_model("grades", "Student")._base_manager
    butrt.base.sorting.write_keys(students.using(schema_editor.connection.alias))


class Migration(migrations.Migration):
    dependencies = [("grades", "0006_photo_and_remark")]

    operations = [
        migrations.AddField(
            model_name="student",
            name="sort_key",
            field=butrt.base.sorting.SortKeyField(
                sources=["last_name", "first_name", "number"], verbose_name="clé de classement"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterModelOptions(
            name="student", options={"ordering": ["sort_key", "pk"], "verbose_name": "étudiant"}
        ),
        migrations.AlterModelOptions(
            name="enrolment",
            options={"ordering": ["student__sort_key", "pk"], "verbose_name": "inscription"},
        ),
    ]
