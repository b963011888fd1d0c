"""A promotion holds several programmes, each enrolment names its own: what exists keeps the one it had."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def keep_the_programme(apps, schema_editor):
    """Each promotion → its one programme, with its year and spécialité; each enrolment → it."""
    Cohort = apps.get_model("grades", "Cohort")
    Enrolment = apps.get_model("grades", "Enrolment")
    Programme = apps.get_model("curriculum", "Programme")
    theirs = Programme.objects.filter(pk=OuterRef("programme")).order_by()
    Cohort.objects.update(
        specialty=Subquery(theirs.values("parcours__specialty")[:1]), year=Subquery(theirs.values("year")[:1])
    )
    Held = Cohort.programmes.through
    Held.objects.bulk_create(
        Held(cohort_id=cohort, programme_id=programme)
        for cohort, programme in Cohort.objects.order_by("pk").values_list("pk", "programme")
    )
    promotion = Cohort.objects.filter(pk=OuterRef("cohort")).order_by()
    Enrolment.objects.update(programme=Subquery(promotion.values("programme")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("curriculum", "0007_bonus_rule"),
        ("grades", "0016_set_aside"),
        # Its data migrations read `Cohort.programme`.
        ("jury", "0022_apogee_elements_too"),
    ]

    operations = [
        migrations.AddField(
            "cohort",
            "specialty",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cohorts",
                to="curriculum.specialty",
                verbose_name="spécialité",
            ),
        ),
        migrations.AddField("cohort", "year", models.PositiveSmallIntegerField("année", null=True)),
        migrations.AddField("cohort", "name", models.CharField("nom", max_length=30, blank=True, default=""), preserve_default=False),
        migrations.AlterField(
            "cohort",
            "programme",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="curriculum.programme"
            ),
        ),
        migrations.AddField(
            "cohort", "programmes", models.ManyToManyField(related_name="cohorts", to="curriculum.programme")
        ),
        migrations.AddField(
            "enrolment",
            "programme",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="curriculum.programme",
            ),
        ),
        migrations.RunPython(keep_the_programme, migrations.RunPython.noop),
    ]
