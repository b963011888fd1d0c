"""Decisions against a right, DEF decided with advice, the substitute who may preside."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Q

NONE_RECORDED = "aucun n’est consigné"


def say_that_advice_lacks(apps: Any, schema_editor: Any) -> None:
    """DEF decided before it asked for advice: none was recorded, which the field now says."""
    apps.get_model("jury", "Decision").objects.filter(code="DEF", advice="").update(advice=NONE_RECORDED)


class Migration(migrations.Migration):
    dependencies = [("jury", "0013_ledger_holds")]

    operations = [
        migrations.AddField(
            "decision", "against_right", models.BooleanField("contraire à un droit", default=False)
        ),
        migrations.AddField("decision", "right", models.TextField("droit écarté", blank=True, default="")),
        migrations.AlterField("decision", "right", models.TextField("droit écarté", blank=True)),
        migrations.AddField(
            "member", "substitute", models.BooleanField("suppléance de la présidence", default=False)
        ),
        migrations.RunPython(say_that_advice_lacks, migrations.RunPython.noop),
        migrations.AddConstraint(
            "decision",
            models.CheckConstraint(
                condition=~Q(code="DEF") | ~Q(advice=""), name="decision_def_with_advice"
            ),
        ),
        migrations.AddConstraint(
            "decision",
            models.CheckConstraint(
                condition=Q(against_right=True) ^ Q(right=""), name="decision_against_right_says_which"
            ),
        ),
        migrations.AddConstraint(
            "member",
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(substitute=True),
                name="member_one_substitute",
                violation_error_message="L’acte de composition désigne un seul suppléant de la présidence.",
            ),
        ),
    ]
