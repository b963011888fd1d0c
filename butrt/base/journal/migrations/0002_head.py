from django.db import migrations, models


def stand_where_the_journal_stands(apps, schema_editor):
    """Entries of before are counted as such: they do not tell all that later ones do."""
    entry, head = apps.get_model("journal", "Entry"), apps.get_model("journal", "Head")
    last = entry.objects.order_by("-pk").values_list("pk", "digest").first()
    number, digest = last or (0, "0" * 64)
    count = entry.objects.count()
    head.objects.create(number=number, digest=digest, count=count, before=count)


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("number", models.BigIntegerField(verbose_name="dernière entrée")),
                ("digest", models.CharField(max_length=64, verbose_name="son empreinte")),
                ("count", models.PositiveBigIntegerField(verbose_name="nombre d’entrées")),
                ("before", models.PositiveBigIntegerField(default=0, verbose_name="entrées d’avant")),
            ],
            options={"verbose_name": "tête du journal", "verbose_name_plural": "têtes du journal"},
        ),
        migrations.RunPython(stand_where_the_journal_stands, migrations.RunPython.noop),
    ]
