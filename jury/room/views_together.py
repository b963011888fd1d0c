"""The decision for several students, from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from butrt.base.accounts.signedin import from_script
from butrt.base.forms import tell_refusal
from butrt.base.french import several
from jury.doors import session_for
from jury.room.forms import TogetherForm
from jury.room.together import decide_together
from jury.rules import Code

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest


@require_POST
def together(request: SignedInRequest, pk: int) -> HttpResponse:
    """Decide for the students ticked in the table."""
    session = session_for(request, pk, doing="La présidence du jury enregistre les décisions.")
    form = TogetherForm(request.POST, session=session)
    try:
        if not form.is_valid():
            raise ValidationError([str(error) for errors in form.errors.values() for error in errors])
        data = form.cleaned_data
        decide_together(
            session=session,
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
        sentence = f"{whom} : {data['code']}."
        if from_script(request):
            return JsonResponse({"told": sentence})
        messages.success(request, sentence)
    return redirect("jury:room", pk=pk)
