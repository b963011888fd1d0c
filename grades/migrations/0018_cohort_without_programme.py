"""What `Cohort.programme` told is in `Cohort.programmes` and `Enrolment.programme`."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grades", "0017_several_programmes")]

    operations = [
        migrations.AlterModelOptions(
            "cohort",
            options={
                "ordering": ["-school_year", "specialty", "year", "name", "pk"],
                "verbose_name": "promotion",
            },
        ),
        migrations.RemoveConstraint("cohort", "cohort_once"),
        migrations.RemoveField("cohort", "programme"),
        migrations.AlterField(
            "cohort",
            "specialty",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cohorts",
                to="curriculum.specialty",
                verbose_name="spécialité",
            ),
        ),
        migrations.AlterField("cohort", "year", models.PositiveSmallIntegerField("année")),
        migrations.AlterField(
            "enrolment",
            "programme",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="curriculum.programme",
            ),
        ),
        migrations.AddConstraint(
            "cohort",
            models.CheckConstraint(condition=models.Q(year__range=(1, 3)), name="cohort_year_1_to_3"),
        ),
    ]
