from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_a_chain_per_department")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["department", "act", "-at"], name="entry_of_act_dated"),
        ),
        migrations.RemoveIndex(model_name="entry", name="entry_of_act"),
    ]
