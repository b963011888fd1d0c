from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from butrt.base.forms import file_field
from butrt.base.french import NBSP
from jury.exchange.apogee.elements import Proposal
from jury.exchange.apogee.file import MOST_BYTES, Reference
from jury.exchange.apogee.filling import Subject, Target
from jury.exchange.apogee.ours import Known
from jury.exchange.apogee.services import POSSIBLE_CODES, read_references
from jury.rules import Code, codes


class ApogeeFileForm(forms.Form):
    """The file; what is wrong in it is told by who reads it, here only that there is one."""

    file = file_field(
        "Fichier donné par Apogée",
        ".txt,.csv,text/plain",
        f"Le texte tel qu’Apogée l’a donné, sans l’ouvrir dans un tableur, {MOST_BYTES // 2**20}"
        f"{NBSP}Mo au plus.",
    )


class ElementsForm(forms.Form):
    """What each of ours is called in Apogée: a line each."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        known: Sequence[Known],
        saved: Mapping[Subject, Sequence[Reference]],
        proposed: Mapping[Subject, Proposal],
    ) -> None:
        super().__init__(data)
        self.known = list(known)
        self.proposed = {
            subject: proposal for subject, proposal in proposed.items() if not saved.get(subject)
        }
        for number, element in enumerate(self.known):
            proposal = self.proposed.get(element.subject)
            references = saved.get(element.subject) or (proposal.references if proposal else ())
            self.fields[f"e{number}"] = forms.CharField(
                label=f"{element.subject.name}, {element.words}",
                required=False,
                max_length=200,
                initial=", ".join(map(str, references)),
                widget=forms.TextInput(
                    attrs={
                        "class": "form-control form-control-sm",
                        "list": "apogee-elements",
                        "autocomplete": "off",
                    }
                ),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for number in range(len(self.known)):
            try:
                data[f"e{number}"] = read_references(data.get(f"e{number}", ""))
            except ValidationError as error:
                self.add_error(f"e{number}", error)
        return data

    def lines(self) -> list[tuple[Known, forms.BoundField, str]]:
        """Each of ours that a jury decides of, its field, why what it holds is proposed ("": it is not)."""
        return [line for line in self._lines() if line[0].subject.target is not Target.ELEMENT]

    def element_lines(self) -> list[tuple[Known, forms.BoundField, str]]:
        """The same of the ressources and SAÉ, which have an average and no decision."""
        return [line for line in self._lines() if line[0].subject.target is Target.ELEMENT]

    @property
    def has_elements(self) -> bool:
        """Whether a ressource or a SAÉ has a code, or had one typed that is refused."""
        return any(field.value() for _, field, _ in self.element_lines())

    def _lines(self) -> list[tuple[Known, forms.BoundField, str]]:
        reasons = (
            {} if self.is_bound else {subject: proposal.why for subject, proposal in self.proposed.items()}
        )
        return [
            (element, self[f"e{number}"], reasons.get(element.subject, ""))
            for number, element in enumerate(self.known)
        ]

    @property
    def elements(self) -> dict[Subject, list[Reference]]:
        return {element.subject: self.cleaned_data[f"e{number}"] for number, element in enumerate(self.known)}


class CodesForm(forms.Form):
    """How each code is written in the site's Apogée: a line a code, a column a kind of subject."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, written: Mapping[tuple[Target, str], str]
    ) -> None:
        super().__init__(data)
        for target, possible in POSSIBLE_CODES.items():
            for code in possible:
                about = {"unit": "UE", "rcue": "RCUE", "semester": "semestre", "year": "année"}[target]
                self.fields[f"{target}_{code}"] = forms.RegexField(
                    r"^[A-Za-z0-9.+_-]{1,8}$",
                    label=f"{code}, {about}",
                    required=False,
                    initial=written.get((target, code.value), ""),
                    error_messages={"invalid": "Un code d’Apogée a 1 à 8 lettres ou chiffres."},
                    widget=forms.TextInput(
                        attrs={
                            "class": "form-control form-control-sm",
                            "maxlength": 8,
                            "size": 8,
                            "autocomplete": "off",
                            "aria-label": f"{code}, {about}",
                        }
                    ),
                )

    def lines(self) -> list[tuple[Code, str, list[forms.BoundField | None]]]:
        """Each code, what it means, and its fields: UE, RCUE, semester, year."""
        return [
            (
                code,
                codes.words(code, "unit" if code in codes.UNIT_CODES else "year"),
                [
                    self[f"{target}_{code}"] if code in possible else None
                    for target, possible in POSSIBLE_CODES.items()
                ],
            )
            for code in Code
        ]

    @property
    def written(self) -> dict[tuple[Target, str], str]:
        return {
            (target, code.value): self.cleaned_data[f"{target}_{code}"].upper()
            for target, possible in POSSIBLE_CODES.items()
            for code in possible
        }
