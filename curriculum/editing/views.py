"""The maquette typed on the screen: its page, what moves meanwhile, its save; and a programme to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.forms import refusals_on
from butrt.base.french import several
from butrt.base.previews import PlanChanged
from curriculum.doors import changeable
from curriculum.editing.editor import Editor
from curriculum.editing.forms import NewProgrammeForm
from curriculum.editing.page import Page
from curriculum.models import Programme
from curriculum.programmefile import ProgrammeError
from curriculum.programmelock import locked_by
from curriculum.services import load_programme

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

WHOLE = ("add", "drop", "whole")
"""What changes which rows there are, or how they are named: the page is made again."""


def programme_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The maquette to type over; posted, it is saved whole or not at all. Works as a plain form."""
    programme = changeable(request, pk)
    if request.method != "POST":
        if judged := locked_by([programme.pk]):
            messages.error(
                request,
                f"Cette version a servi à {' ; '.join(judged)} : elle ne change plus. "
                "En faire une nouvelle version, puis la modifier.",
            )
            return redirect(programme)
        return _page(request, Editor.opened(programme))
    editor = Editor.sent(programme, request.POST)
    editor.do()
    if editor.asked == "save" and editor.savable and not editor.overtaken() and _saved(editor, request):
        return redirect(programme)
    return _page(request, editor)


def _saved(editor: Editor, request: SignedInRequest) -> bool:
    changes = editor.changes
    if not changes:
        messages.info(request, "Rien n’a changé, rien n’est enregistré.")
        return True
    try:
        editor.save(request.user)
    except PlanChanged:
        editor.overtaken()
        return False
    except ProgrammeError as error:
        editor.problems.append(str(error))
        return False
    saved = several(changes, "changement enregistré", "changements enregistrés")
    messages.success(request, f"{saved}.")
    return True


@require_POST
def programme_preview(request: SignedInRequest, pk: int) -> JsonResponse:
    """What the page would show of what is typed: the parts that move or, when rows come or go, all of it."""
    editor = Editor.sent(changeable(request, pk), request.POST)
    editor.do()
    page = Page(editor)
    if editor.asked in WHOLE:
        whole = render_to_string("curriculum/editing/_editor.html", _context(page), request)
        return JsonResponse({"whole": whole, "parts": page.bar()})
    return JsonResponse({"parts": page.parts(), "refused": editor.refused})


@role_required(Role.Name.ADMINISTRATOR)
def programme_new(request: SignedInRequest) -> HttpResponse:
    """A programme with nothing in it yet, to be typed."""
    form = NewProgrammeForm(
        request.POST or None, departments=request.user.departments_as(Role.Name.ADMINISTRATOR)
    )
    if form.is_valid():
        with refusals_on(form, ProgrammeError):
            made = load_programme(department=form.owner, data=form.programme(), by=request.user)
            return redirect("curriculum:edit", made.pk)
    return render(request, "curriculum/editing/programme_new.html", {"form": form})


def _page(request: SignedInRequest, editor: Editor) -> HttpResponse:
    return render(request, "curriculum/editing/programme_edit.html", _context(Page(editor)))


def _context(page: Page) -> dict[str, Page | Editor | Programme]:
    return {"page": page, "editor": page.editor, "programme": page.editor.programme}
