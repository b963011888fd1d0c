"""Handing a student's document to somebody: printed, known by its code, and who read it is journaled."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from butrt.accounts.models import User
from butrt.documents.files import as_file
from butrt.documents.render import MissingGlyph
from butrt.journal.services import record
from jury.documents.kinds import Kind, Source


def printable_or_told(page: str, *keeps: str) -> Callable[[Callable[..., HttpResponse]], Any]:
    """A view that prints: what the fonts lack is told on `page`, made with the arguments it `keeps`."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def told(request: HttpRequest, **arguments: Any) -> HttpResponse:
            try:
                return view(request, **arguments)
            except MissingGlyph as error:
                messages.error(request, str(error))
                return redirect(page, **{name: arguments[name] for name in keeps})

        return told

    return wrap


def hand_over(kind: Kind, source: Source, student: str, *, by: User, through: str = "page") -> HttpResponse:
    """The PDF of a student's document, to be read by `by`; every page that gives one goes through here.

    `through`: by what it leaves, as the journal says it.
    """
    content = kind.give_out(source, student)
    issued = source.issued(kind.key, student)
    with transaction.atomic():
        record(
            act="document.read",
            about=f"{kind.name}, {source.proceedings.case(student).name}, {source.session}",
            by=by,
            department=source.session.department,
            details={
                "student": student,
                "document": issued.token,
                "version": source.minutes.version if source.minutes else None,
                "through": through,
            },
        )
    return as_file(content, kind.file_name(source, student), "application/pdf", inline=True)
