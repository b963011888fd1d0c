"""What a programme is, as it is typed."""

from __future__ import annotations

from typing import Any

from django import forms

from curriculum.models import ProgrammeIdentity

SHORT = ("rncp", "domain", "mention", "languages", "hours")


class IdentityForm(forms.ModelForm):
    class Meta:
        model = ProgrammeIdentity
        fields = ProgrammeIdentity.FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            wide = {} if name in SHORT else {"rows": 5}
            kind = forms.TextInput if name in SHORT else forms.Textarea
            field.widget = kind({"class": "form-control", **wide})
