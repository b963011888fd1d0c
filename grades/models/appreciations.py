"""What a teacher says of a student's work in an element, and the director of studies of their semester."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from butrt.base.documents.printed import PrintedTexts
from grades.models.enrolments import Enrolment
from grades.models.teaching import Teaching

LONGEST = 200


class Appreciation(PrintedTexts):
    """A line about a student: in an element, or (`teaching` null) for a whole semester.

    On the transcript, where the department wants it. One that is emptied is deleted.
    """

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="appreciations")
    semester = models.PositiveSmallIntegerField("semestre")
    teaching = models.ForeignKey(
        Teaching, models.CASCADE, null=True, blank=True, related_name="appreciations"
    )
    text = models.CharField("appréciation", max_length=LONGEST)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "appréciation"
        ordering = ["enrolment", "semester", "teaching"]
        constraints = [
            UniqueConstraint(
                fields=["enrolment", "teaching"],
                condition=Q(teaching__isnull=False),
                name="appreciation_once_an_element",
            ),
            UniqueConstraint(
                fields=["enrolment", "semester"],
                condition=Q(teaching__isnull=True),
                name="appreciation_once_a_semester",
            ),
            CheckConstraint(condition=~Q(text=""), name="appreciation_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.student} : {self.text}"
