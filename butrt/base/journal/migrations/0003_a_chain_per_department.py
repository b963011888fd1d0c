from django.conf import settings
from django.db import migrations, models


def part(apps, schema_editor):
    """What is written so far stays one chain, the installation's; those of departments begin after it."""
    entry, head = apps.get_model("journal", "Entry"), apps.get_model("journal", "Head")
    last = entry.objects.order_by("-pk").values_list("pk", flat=True).first()
    head.objects.update(parted=last or 0)


class Migration(migrations.Migration):
    dependencies = [
        ("curriculum", "0001_initial"),
        ("journal", "0002_head"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="head",
            name="chain",
            field=models.PositiveBigIntegerField(default=0, unique=True, verbose_name="chaîne"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="head",
            name="parted",
            field=models.BigIntegerField(default=0, verbose_name="dernière entrée commune"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["department", "-at"], name="entry_of_department"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["department", "act"], name="entry_of_act"),
        ),
        migrations.RunPython(part, migrations.RunPython.noop),
    ]
