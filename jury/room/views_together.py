"""One decision for several students, where each needs no motive of their own.

A pass that the jury grants and a wait say the same of all; a refusal, a repeat, an acquisition, what departs
from the rules or takes a right away are weighed one by one, on the card.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from butrt.base.accounts.models import User
from butrt.base.accounts.signedin import from_script
from butrt.base.forms import tell_refusal
from butrt.base.french import several
from butrt.base.requested import SeveralField
from grades.models import Student
from jury.cases.proceedings import Case, Proceedings
from jury.cases.rights import rights_denied
from jury.models import Act, Decision, Session
from jury.room.departures import departures
from jury.rules import Code, codes
from jury.sittings.doors import session_for
from jury.sittings.services import Choice, Meanwhile, Refusal, decide, deliberating, hold, new_act

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

TOGETHER = (Code.PAS1NCI, Code.ATJ, Code.RAT)
YEAR = Decision.Kind.YEAR


def offered(session: Session) -> list[tuple[str, str]]:
    """The codes of such a decision in this session, with their words."""
    may = codes.year_codes(session.year) if session.judges_year else frozenset()
    return [(code.value, f"{code.value}, {codes.words(code, 'year')}") for code in TOGETHER if code in may]


@transaction.atomic
def decide_together(
    *, session: Session, students: Iterable[Student], code: Code, motive: str, by: User
) -> Act:
    """Decide the year of several students in one act, taken back as one: all of them, or none.

    Raises `Meanwhile` for who is no longer to decide, `Refusal` naming who needs a motive of their own.
    """
    session = hold(session)
    deliberating(session, "On décide")
    proceedings = Proceedings.of(session)
    chosen = sorted(students, key=lambda student: proceedings.case(student.number).sort_key)
    if not chosen:
        raise Refusal("Choisir au moins un étudiant dans le tableau.")
    for student in chosen:
        _may_be_decided_together(proceedings.case(student.number), code)
    act = new_act(session, Act.Kind.DECISION, by)
    for student in chosen:
        decide(
            session=session,
            student=student,
            kind=YEAR,
            subject="",
            code=code,
            motive=motive,
            by=by,
            act=act,
        )
    return act


def _may_be_decided_together(case: Case, code: Code) -> None:
    if not case.undecided:
        raise Meanwhile(f"{case.name} : ce dossier n’est plus à décider. Rien n’est enregistré, relire.")
    if code not in TOGETHER:
        raise Refusal(f"{code} se décide dossier par dossier, avec un motif propre à chacun.")
    if rights_denied(case, [Choice(YEAR, "", code)]) or departures(case, YEAR, "", code):
        raise Refusal(
            f"{case.name} : {code} s’écarte ici des règles, ou d’un droit. Le décider sur son dossier, avec "
            "son propre motif. Rien n’est enregistré."
        )


class TogetherForm(forms.Form):
    """Who was ticked, the code, the motive common to all."""

    students = SeveralField(
        queryset=Student.objects.none(),
        to_field_name="number",
        error_messages={"required": "Choisir au moins un étudiant dans le tableau."},
    )
    code = forms.ChoiceField(error_messages={"required": "Choisir la décision."})
    motive = forms.CharField(max_length=2000, error_messages={"required": "Écrire le motif commun."})

    def __init__(self, *args: object, session: Session, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        students = Student.objects.filter(enrolments__in=session.enrolments())
        self.fields["students"].queryset = students  # type: ignore[attr-defined]
        self.fields["code"].choices = offered(session)  # type: ignore[attr-defined]


@require_POST
def together(request: SignedInRequest, pk: int) -> HttpResponse:
    """Decide for the students ticked in the table."""
    found = session_for(request, pk, doing="La présidence du jury enregistre les décisions.")
    form = TogetherForm(request.POST, session=found)
    try:
        if not form.is_valid():
            raise ValidationError([str(each) for errors in form.errors.values() for each in errors])
        data = form.cleaned_data
        decide_together(
            session=found,
            students=data["students"],
            code=Code(data["code"]),
            motive=data["motive"],
            by=request.user,
        )
    except ValidationError as error:
        if from_script(request):
            return JsonResponse({"refused": " ".join(error.messages)}, status=400)
        tell_refusal(request, error)
    else:
        whom = several(len(data["students"]), "étudiant décidé", "étudiants décidés")
        told = f"{whom} : {data['code']}."
        if from_script(request):
            return JsonResponse({"told": told})
        messages.success(request, told)
    return redirect("jury:room", pk=pk)
