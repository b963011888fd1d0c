"""What a model whose texts are printed refuses, by whichever way they come."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from butrt.base.documents.characters import refusal


class PrintedTexts(models.Model):
    """Its texts go on documents: `clean_fields` refuses, by field, a character that the fonts lack.

    Every text of a subclass is checked, those added later too; a form and `full_clean` come through here.
    """

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        errors: dict[str, Any] = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            errors = error.update_error_dict({})
        for field in printed_texts(type(self)):
            if field.name in (exclude or ()) or field.name in errors:
                continue
            if sentence := refusal(getattr(self, field.attname) or "", str(field.verbose_name)):
                errors[field.name] = [ValidationError(sentence, code="unprintable")]
        if errors:
            raise ValidationError(errors)


def printed_texts(model: type[models.Model]) -> Iterator[models.Field]:
    """The fields of a model that somebody types words in: neither a choice, nor what we compute."""
    for field in model._meta.concrete_fields:
        typed = isinstance(field, models.CharField | models.TextField)
        if typed and field.editable and not field.choices:
            yield field
