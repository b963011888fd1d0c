from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import forms

from butrt.base.french import plural, several
from jury.documents.kinds import KINDS, Kind
from jury.documents.source import DocumentSource
from jury.models import Batch


class KindsField(forms.MultipleChoiceField):
    """A choice of kinds of documents, each with how many there would be, how many of which are ready."""

    def __init__(self, source: DocumentSource, kinds: Iterable[Kind], ready: Mapping[str, int]) -> None:
        choices = []
        for kind in kinds:
            number = len(kind.students(source))
            if kind.concerns is None and not source.provisional:
                choices.append((kind.key, kind.name))
            elif number:
                among = f"{several(ready[kind.key], 'prêt')} sur {number}" if ready.get(kind.key) else number
                choices.append((kind.key, f"{plural(number, kind.name, kind.plural)} ({among})"))
        super().__init__(
            label="Documents",
            choices=choices,
            widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
            error_messages={"required": "Choisir au moins un document."},
        )


class BatchForm(forms.Form):
    """Which documents, in what file; of a version that follows another, those that it replaces alone."""

    form = forms.ChoiceField(
        label="Dans",
        choices=[choice for choice in Batch.Form.choices if choice[0] != Batch.Form.MAIL],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        initial=Batch.Form.ZIP,
    )

    field_order = ("kinds", "form", "replaced")

    def __init__(
        self, *args: object, source: DocumentSource, ready: Mapping[str, int], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kinds"] = KindsField(source, KINDS.values(), ready)
        if source.minutes is not None and source.minutes.touched is not None:
            number = len(source.minutes.touched)
            whom = several(number, "étudiant")
            self.fields["replaced"] = forms.ChoiceField(
                label="Pour qui",
                choices=[
                    ("1", f"Ceux que la version {source.minutes.version} du PV change ({whom})"),
                    ("", "Tous les étudiants ; les documents des autres restent ceux d’avant, valables"),
                ],
                required=False,
                initial="1",
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
            )
        self.order_fields(self.field_order)


class MailingForm(forms.Form):
    """What is added to the mails, and whether those who already received are written to again."""

    words = forms.CharField(
        label="Un mot à ajouter (facultatif)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )
    again = forms.BooleanField(
        label="Renvoyer aussi à ceux qui ont déjà reçu",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
