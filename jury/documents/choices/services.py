"""Reading what a department wants on its documents, and changing it. The PV keeps what it was made with."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from butrt.base.meanwhile import Check, unchecked
from curriculum.models import Department
from jury.documents.choices.visas import FIRST, problems, written
from jury.models import DocumentChoices


def choices_of(department: Department) -> DocumentChoices:
    """What a department chose; the visas and the defaults that butrt ships while it did not."""
    document_choices = DocumentChoices.objects.filter(department=department).first()
    return document_choices or DocumentChoices(department=department, visas=list(FIRST))


@transaction.atomic
def choose(
    *,
    department: Department,
    visas: Sequence[str],
    class_figures: bool,
    class_rank: bool,
    appreciations: bool = False,
    by: User,
    check: Check = unchecked,
) -> DocumentChoices:
    """Make these the visas and the figures of a department's documents, for the juries to be closed.

    Raises ValidationError for no visa at all, one written twice, or one that cannot be kept.
    """
    Department.objects.select_for_update(no_key=True).get(pk=department.pk)
    check()
    kept = written(visas)
    if not kept:
        raise ValidationError("Un procès-verbal vise au moins un texte : garder ou écrire un visa.")
    if twice := next((visa for visa in kept if kept.count(visa) > 1), None):
        raise ValidationError(f"Ce visa est écrit deux fois : « {twice} ».")
    if refused := [f"« {visa} » : {problem}" for visa in kept for problem in problems(visa)]:
        raise ValidationError(refused)
    chosen = {
        "visas": kept,
        "class_figures": class_figures,
        "class_rank": class_figures and class_rank,
        "appreciations": appreciations,
    }
    now = choices_of(department)
    if chosen == {name: getattr(now, name) for name in chosen}:
        return now
    choices, _ = DocumentChoices.objects.update_or_create(department=department, defaults=chosen)
    record(
        act="documents.choose",
        about=str(department),
        by=by,
        department=department,
        details=chosen,
    )
    return choices
