from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from butrt.base.documents.characters import check_printable
from grades.models import Enrolment
from grades.models.appreciations import LONGEST


def appreciation_field(label: str, **options: Any) -> forms.CharField:
    """A line of at most 200 characters."""
    return forms.CharField(
        label=label, max_length=LONGEST, required=False, validators=[check_printable], **options
    )


class AppreciationsForm(forms.Form):
    """A line a student; those of `closed` are read only."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        enrolments: Iterable[Enrolment],
        written: Mapping[int, str],
        closed: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(data)
        self.enrolments = list(enrolments)
        for enrolment in self.enrolments:
            self.fields[f"a{enrolment.pk}"] = appreciation_field(
                f"Appréciation, {enrolment.student}",
                initial=written.get(enrolment.pk, ""),
                disabled=enrolment.pk in closed,
                widget=forms.TextInput(
                    attrs={
                        "class": "form-control form-control-sm",
                        "autocomplete": "off",
                        "spellcheck": "true",
                    }
                ),
            )

    def texts(self) -> dict[int, str]:
        """{enrolment: text}."""
        return {row.pk: self.cleaned_data[f"a{row.pk}"] for row in self.enrolments}


class SemestersForm(forms.Form):
    """Of one student, a line for each semester that they take."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        enrolment: Enrolment,
        written: Mapping[int, str],
        closed: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(data)
        self.semesters = enrolment.semesters
        for semester in self.semesters:
            self.fields[f"s{semester}"] = appreciation_field(
                f"Semestre {semester}",
                initial=written.get(semester, ""),
                disabled=semester in closed,
                widget=forms.Textarea(attrs={"class": "form-control form-control-sm", "rows": 3}),
            )

    def texts(self) -> dict[int, str]:
        """{semester: text}."""
        return {semester: self.cleaned_data[f"s{semester}"] for semester in self.semesters}
