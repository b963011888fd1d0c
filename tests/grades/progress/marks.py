"""Marks entered for the students of an element, and what is read after."""

from __future__ import annotations

from django.urls import reverse

from butrt.base.journal.models import Entry as JournalEntry
from grades.services import Entry, record_marks

NBSP = "\N{NO-BREAK SPACE}"


def enter(teaching, *texts, by=None):
    """These texts for the students in order, at every évaluation of the element."""
    enrolments = teaching.cohort.enrolments.order_by("student__last_name")
    entries = [
        Entry(assessment.pk, enrolment.pk, text, 0)
        for assessment in teaching.assessments.all()
        for enrolment, text in zip(enrolments, texts, strict=False)
    ]
    record_marks(teaching=teaching, entries=entries, by=by or teaching.heads.get())


def last_act():
    entry = JournalEntry.objects.order_by("pk").last()
    return entry.act, entry.details


def told(refusal):
    return " ".join(refusal.value.messages)


def progress_page(client, teaching, query=""):
    return client.get(reverse("cohorts:progress", args=[teaching.cohort_id]) + query)
