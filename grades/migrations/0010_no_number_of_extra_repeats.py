from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("grades", "0009_repeats_counted")]

    operations = [migrations.RemoveField(model_name="enrolment", name="extra_repeats")]
