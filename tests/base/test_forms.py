"""Where the refusal of a service is told, and where a success leads."""

from __future__ import annotations

from django import forms
from django.contrib.messages import constants as levels
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from butrt.base.forms import refusals_on, refusals_told, success


class Form(forms.Form):
    name = forms.CharField(required=False)


Formset = forms.formset_factory(Form)


def asked():
    request = RequestFactory().post("/")
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


def told(request) -> list[tuple[int, str]]:
    return [(each.level, each.message) for each in get_messages(request)]


def test_a_refusal_is_beside_the_field_that_it_names_and_the_rest_above():
    form = Form({"name": "Camille"})

    with refusals_on(form):
        raise ValidationError({"name": ["Déjà pris."], "elsewhere": ["Trop tard.", "Fermé."]})

    assert form.errors == {"name": ["Déjà pris."], "__all__": ["Trop tard.", "Fermé."]}
    assert form["name"].value() == "Camille"


def test_a_refusal_that_names_no_field_is_above_the_form():
    form, formset = Form({}), Formset({"form-TOTAL_FORMS": 0, "form-INITIAL_FORMS": 0})

    for each in (form, formset):
        with refusals_on(each):
            raise ValidationError(["Non.", "Jamais."])

    assert form.non_field_errors() == formset.non_form_errors() == ["Non.", "Jamais."]


def test_a_refusal_of_another_kind_is_told_when_it_is_expected():
    form = Form({})

    with refusals_on(form, KeyError):
        raise KeyError("UE31")

    assert form.non_field_errors() == ["'UE31'"]


def test_a_refusal_is_told_at_the_top_of_the_next_page():
    request = asked()

    with refusals_told(request):
        raise ValidationError(["Non.", "Jamais."])

    assert told(request) == [(levels.ERROR, "Non."), (levels.ERROR, "Jamais.")]


def test_a_success_is_told_and_leads_on():
    request = asked()

    answer = success(request, "Jury clos.", "jury:after", pk=7)

    assert (answer.status_code, answer.url) == (302, "/jurys/7/apres/")
    assert told(request) == [(levels.SUCCESS, "Jury clos.")]
