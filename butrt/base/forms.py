"""What a view does of a service's answer: a refusal is said where it is read, a success leads on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


@contextmanager
def refusals_on(form: forms.BaseForm | forms.BaseFormSet, *kinds: type[Exception]) -> Iterator[None]:
    """What a service refuses in this block is said by the form, whose page then shows what was typed.

    `kinds`: the refusals other than `ValidationError`.
    """
    refusals: tuple[type[Exception], ...] = (ValidationError, *kinds)
    try:
        yield
    except refusals as error:
        refuse(form, error)


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """What a service refuses in this block is said at the top of the next page."""
    try:
        yield
    except ValidationError as error:
        tell_refusal(request, error)


def refuse(form: forms.BaseForm | forms.BaseFormSet, error: Exception) -> None:
    """Say a refusal beside the fields that it names and the form has, the rest above them."""
    if not isinstance(error, ValidationError):
        error = ValidationError(str(error))
    if isinstance(form, forms.BaseFormSet):
        form.non_form_errors().extend(error.messages)
        return
    by_field = error.update_error_dict({})
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)


def tell_refusal(request: HttpRequest, error: ValidationError) -> None:
    """Say a refusal at the top of the next page, a line for each message."""
    for message in error.messages:
        messages.error(request, message)


def success(request: HttpRequest, message: str, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Say what was done at the top of the next page, and go there (`to`: as `redirect` takes it)."""
    messages.success(request, message)
    return redirect(to, *args, **kwargs)


def offer(form: forms.BaseForm, **choices: Any) -> None:
    """What its fields give to choose from, known with the form only: rows, or values with their words."""
    for name, offered in choices.items():
        field = form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = offered
        else:
            cast(forms.ChoiceField, field).choices = offered


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Files sent together; cleaned, a list of them."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data]
        if len(files) > self.most:
            raise ValidationError(f"{self.most} fichiers au plus à la fois, {len(files)} envoyés.")
        return [super(SeveralFilesField, self).clean(file, initial) for file in files or [None]]


def files_field(label: str, accept: str, help_text: str, *, most: int) -> SeveralFilesField:
    """One file or several, `most` at once; what is wrong in them is told by who reads them."""
    return SeveralFilesField(
        most=most,
        label=label,
        max_length=200,
        allow_empty_file=True,
        widget=SeveralFilesInput(attrs={"accept": accept, "class": "form-control"}),
        error_messages={"required": "Choisir le fichier à envoyer."},
        help_text=help_text,
    )


def file_field(label: str, accept: str, help_text: str, *, required: bool = True) -> forms.FileField:
    """A file to send: what is wrong in it is told by who reads it, here only that there is one."""
    return forms.FileField(
        label=label,
        max_length=200,
        allow_empty_file=True,
        required=required,
        widget=forms.FileInput(attrs={"accept": accept, "class": "form-control"}),
        error_messages={"required": "Choisir le fichier à envoyer."},
        help_text=help_text,
    )
