"""The list of members: each line knows what it showed, so that two people never undo one another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from butrt.base.accounts.models import User
from butrt.base.documents.characters import check_printable
from butrt.base.exactjson import NotJson
from butrt.base.forms import offer
from butrt.base.requested import MOST_LINES, json_of, key_of
from jury.documents.letters.texts import clean
from jury.models import Member
from jury.sittings.services import Composition, MemberEdit

NOT_SEATED = (
    "Ce compte ne siège pas : un étudiant n’est pas membre d’un jury, ni une personne dont le compte est "
    "fermé ou qui n’a pas ici un rôle d’enseignement, de direction des études, de présidence ou de membre de "
    "jury. Choisir un autre compte, ou « sans compte », ou retirer la personne."
)


class MemberForm(forms.Form):
    """One line of the list of members; an empty name is no line, or one taken back."""

    member = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # What this line showed when the page was made: the fields of `Member.as_line`, as JSON.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    user = forms.ModelChoiceField(
        label="Compte",
        queryset=User.objects.none(),
        required=False,
        empty_label="sans compte",
        error_messages={"invalid_choice": NOT_SEATED},
    )
    name = forms.CharField(label="Nom", required=False, max_length=120, validators=[check_printable])
    email = forms.EmailField(label="Courriel", required=False)
    kind = forms.ChoiceField(label="Siège comme", choices=Member.Kind.choices)
    quality = forms.CharField(label="Qualité", required=False, max_length=120, validators=[check_printable])
    presence = forms.ChoiceField(label="Présence", choices=Member.Presence.choices)
    substitute = forms.BooleanField(label="Supplée la présidence", required=False)

    def __init__(self, *args: Any, people: Any, members: Mapping[int, Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, user=people)
        self.members = members

    @property
    def shown(self) -> Member | None:
        """The member of this line as the database has it now."""
        return self.members.get(key_of(str(self["member"].value() or "")))

    @property
    def shown_json(self) -> str:
        """What the line will have shown, once this page is sent: what is in the database now."""
        return json.dumps(self.shown.as_line) if self.shown else ""

    def clean_seen(self) -> dict[str, Any]:
        try:
            return json_of(self.cleaned_data["seen"].encode())
        except NotJson:
            return {}

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
        data = self.cleaned_data
        return MemberEdit(
            pk=data["member"],
            typed={
                "user": data["user"].pk if data["user"] else None,
                "name": data["name"],
                "email": data["email"],
                "kind": data["kind"],
                "quality": data["quality"],
                "presence": data["presence"],
                "substitute": data["substitute"],
            },
            shown=data["seen"],
        )


class CompositionForm(forms.Form):
    """The act that composes the jury: it names the members, and who presides in the president's absence.

    It has changed when it is not what its page showed: who leaves it alone writes nothing.
    """

    act = forms.CharField(
        label="Acte de composition",
        required=False,
        max_length=200,
        validators=[check_printable],
        widget=forms.TextInput(attrs={"placeholder": "arrêté n° 2025-14 du président de l’université"}),
        show_hidden_initial=True,
    )
    day = forms.DateField(
        label="Date de l’acte",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        show_hidden_initial=True,
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
    return [
        form.edit for form in formset.forms if form.cleaned_data.get("name") or form.cleaned_data["member"]
    ]
