"""The usual motives of a department: those that every new one starts with, and their edition."""

from __future__ import annotations

import csv
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department
from jury.models import UsualMotive

FIRST = settings.BASE_DIR / "fixtures" / "usual_motives.csv"


def first_motives() -> list[dict[str, Any]]:
    """The motives that a department starts with: [{text, codes, position}]."""
    with FIRST.open(encoding="utf-8", newline="") as file:
        return [
            {"text": row["text"], "codes": row["codes"].split(), "position": position}
            for position, row in enumerate(csv.DictReader(file, strict=True))
        ]


@receiver(post_save, sender=Department)
def give_first_motives(instance: Department, created: bool, raw: bool, **_: Any) -> None:
    """A new department starts with the usual motives; loaded data (`raw`) brings its own."""
    if created and not raw:
        UsualMotive.objects.bulk_create(
            UsualMotive(department=instance, **motive) for motive in first_motives()
        )


@transaction.atomic
def save_motives(
    *, department: Department, motives: list[UsualMotive], by: User, check: Check = unchecked
) -> None:
    """Make these, in this order, the usual motives of a department; nothing is written when they are.

    Those that have a key keep it: two may exchange their words.
    """
    Department.objects.select_for_update(no_key=True).get(pk=department.pk)
    check()
    before = list(department.usual_motives.all())
    if [*map(_content, before)] == [*map(_content, motives)]:
        return
    known = {earlier.pk for earlier in before}
    department.usual_motives.all().delete()
    for position, motive in enumerate(motives):
        motive.department, motive.position = department, position
        motive.pk = motive.pk if motive.pk in known else None
        known.discard(motive.pk)
        motive.full_clean()
        motive.save(force_insert=True)
    record(
        act="motives.save",
        about=str(department),
        by=by,
        department=department,
        details={"motives": [motive.text for motive in motives if motive.active]},
    )


def _content(motive: UsualMotive) -> tuple[str, list[str], bool]:
    return motive.text, sorted(motive.codes), motive.active


def motives_for(department: Department) -> list[UsualMotive]:
    """Those proposed on the card, in their order."""
    return list(department.usual_motives.filter(active=True))
