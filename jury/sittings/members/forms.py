"""The list of members, and the act that composes the jury."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from butrt.base.documents.characters import check_printable
from butrt.base.requested import MOST_LINES
from jury.documents.letters.texts import clean
from jury.models import Member
from jury.sittings.services import Composition, MemberEdit

NOT_SEATED = (
    "Ce compte ne siège pas : un étudiant n’est pas membre d’un jury, ni une personne dont le compte est "
    "fermé ou qui n’a pas ici un rôle d’enseignement, de direction des études, de présidence ou de membre de "
    "jury. Choisir un autre compte, ou « sans compte », ou retirer la personne."
)


class MemberForm(forms.Form):
    """One line of the list of members; an empty name is no line, or one taken back.

    `key`: which member, empty for a new one.
    """

    key = forms.IntegerField(required=False, widget=forms.HiddenInput)
    user = forms.TypedChoiceField(
        label="Compte",
        coerce=int,
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": NOT_SEATED},
    )
    name = forms.CharField(label="Nom", required=False, max_length=120, validators=[check_printable])
    email = forms.EmailField(label="Courriel", required=False)
    kind = forms.ChoiceField(label="Siège comme", choices=Member.Kind.choices, initial=Member.Kind.TEACHER)
    quality = forms.CharField(label="Qualité", required=False, max_length=120, validators=[check_printable])
    presence = forms.ChoiceField(
        label="Présence", choices=Member.Presence.choices, initial=Member.Presence.CONVENED
    )
    substitute = forms.BooleanField(label="Supplée la présidence", required=False)

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [("", "sans compte"), *people]  # type: ignore[attr-defined]

    @property
    def line(self) -> str:
        """Which member, where several are spoken of."""
        return str(self.initial.get("name", ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("name") and not data.get("quality"):
            if data.get("kind") == Member.Kind.OTHER:
                self.add_error("quality", f"Dire la qualité de {data['name']}.")
            elif data.get("kind"):
                data["quality"] = Member.Kind(data["kind"]).label
        return data

    @property
    def edit(self) -> MemberEdit:
        """What this line asks, once valid."""
        typed = dict(self.cleaned_data)
        return MemberEdit(typed.pop("key"), typed)


class CompositionForm(forms.Form):
    """The act that composes the jury: it names the members, and who presides in the president's absence."""

    act = forms.CharField(
        label="Acte de composition",
        required=False,
        max_length=200,
        validators=[check_printable],
        widget=forms.TextInput(attrs={"placeholder": "arrêté n° 2025-14 du président de l’université"}),
    )
    day = forms.DateField(
        label="Date de l’acte",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_act(self) -> str:
        return " ".join(clean(self.cleaned_data["act"]).split()).rstrip(" .;,")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("day") and not data.get("act"):
            self.add_error("act", "Donner la référence de l’acte, ou laisser sa date vide.")
        return data

    @property
    def composition(self) -> Composition:
        """Once valid."""
        return Composition(self.cleaned_data["act"], self.cleaned_data["day"])


MemberFormSet = formset_factory(MemberForm, extra=3, max_num=MOST_LINES, absolute_max=MOST_LINES)


def edits_of(formset: BaseFormSet) -> list[MemberEdit]:
    """The lines of a valid formset that say something: a name, or a member whose name was emptied."""
    said = (form for form in formset.forms if form.cleaned_data.get("name") or form.cleaned_data.get("key"))
    return [form.edit for form in said]
