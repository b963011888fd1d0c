import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curriculum", "0005_specialty_in_place"),
        ("grades", "0007_sort_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExtraRepeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("semester", models.PositiveSmallIntegerField(verbose_name="semestre")),
                ("school_year", models.PositiveSmallIntegerField(verbose_name="année universitaire")),
                ("granted_on", models.DateField(null=True, verbose_name="accordé le")),
                ("granted_by", models.CharField(blank=True, max_length=160, verbose_name="accordé par")),
                ("circumstances", models.TextField(verbose_name="circonstances")),
                ("document", models.CharField(blank=True, max_length=160, verbose_name="pièce")),
                ("recorded_at", models.DateTimeField(verbose_name="enregistré le")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="retiré le")),
                ("withdrawal_motive", models.TextField(blank=True, verbose_name="motif du retrait")),
            ],
            options={
                "verbose_name": "redoublement accordé",
                "verbose_name_plural": "redoublements accordés",
                "ordering": ["student", "school_year", "semester", "pk"],
            },
        ),
        migrations.AddField(
            model_name="enrolment",
            name="acquired",
            field=models.ManyToManyField(
                blank=True, related_name="+", to="curriculum.unit", verbose_name="UE acquises avant"
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="motive",
            field=models.TextField(blank=True, verbose_name="motif de l’inscription"),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="retaken",
            field=models.ManyToManyField(
                blank=True, related_name="+", to="curriculum.unit", verbose_name="UE reprises"
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="takes_even",
            field=models.BooleanField(default=True, verbose_name="suit le semestre pair"),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="takes_odd",
            field=models.BooleanField(default=True, verbose_name="suit le semestre impair"),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="repeats",
            field=models.JSONField(
                blank=True, default=dict, verbose_name="redoublements d’avant ou d’ailleurs"
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(("takes_odd", True), ("takes_even", True), _connector="OR"),
                name="enrolment_takes_a_semester",
                violation_error_message="Une inscription suit au moins un semestre.",
            ),
        ),
        migrations.AddField(
            model_name="extrarepeat",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="extrarepeat",
            name="student",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="extra_repeats", to="grades.student"
            ),
        ),
        migrations.AddField(
            model_name="extrarepeat",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="extrarepeat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("student", "semester", "school_year"),
                name="extra_repeat_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="extrarepeat",
            constraint=models.CheckConstraint(
                condition=models.Q(("semester__range", (1, 6))), name="extra_repeat_semester_1_to_6"
            ),
        ),
        migrations.AddConstraint(
            model_name="extrarepeat",
            constraint=models.CheckConstraint(
                condition=models.Q(("circumstances", ""), _negated=True),
                name="extra_repeat_has_circumstances",
            ),
        ),
        migrations.AddConstraint(
            model_name="extrarepeat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("withdrawal_motive", ""),
                        ("withdrawn_at__isnull", True),
                        ("withdrawn_by__isnull", True),
                    ),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawal_motive", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="extra_repeat_withdrawn_by_someone",
            ),
        ),
    ]
