"""Names in the order of a French list, the same on every database: a key is kept beside each name.

SQLite compares bytes (É after Z), PostgreSQL as its locale says (spaces and hyphens ignored, or bytes too).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from butrt.base.words import folded

Person_co = TypeVar("Person_co", bound=models.Model, covariant=True)


def name_key(last: str, first: str, *others: str) -> str:
    """The key of a person: name, first name, then both as written and `others`, so that no two are equal.

    Word by word: "d’AUBIGNÉ" is filed under "d aubigne", "De La-Tour" under "de la tour".

    A tab parts them: it comes before the space, so LE Zoé is before LE GUENNIC Anne.
    """
    return "\t".join((folded(last), folded(first), last, first, *others))


class SortKeyField(models.TextField):
    """The `name_key` of the fields in `sources`, kept right by `SortedByName` and compared byte by byte.

    A source is a field, or several ("usual_last_name last_name"): the first of them that is filled.
    """

    def __init__(self, *args: Any, sources: Iterable[str] = (), **kwargs: Any) -> None:
        self.sources = tuple(sources)
        super().__init__(*args, **kwargs | {"editable": False, "blank": True, "default": ""})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for option in ("editable", "blank", "default"):
            del kwargs[option]
        return name, path, args, kwargs | {"sources": list(self.sources)}

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """PostgreSQL is told to compare bytes, whatever its locale; SQLite does."""
        parameters = super().db_parameters(connection)
        return parameters | {"collation": "C"} if connection.vendor == "postgresql" else parameters

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the key is made of."""
        return tuple(name for source in self.sources for name in source.split())

    def key_of(self, person: models.Model) -> str:
        filled = (filter(None, (getattr(person, name) for name in source.split())) for source in self.sources)
        return name_key(*(next(values, "") for values in filled))

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = self.key_of(model_instance)
        setattr(model_instance, self.attname, key)
        return key


class SortedByNameQuerySet(models.QuerySet[Person_co]):
    """Keeps the keys right when names are changed in bulk (`bulk_update` comes through here too)."""

    def update(self, **kwargs: Any) -> int:
        if not kwargs.keys() & set(_key(self.model).fields):
            return super().update(**kwargs)
        with transaction.atomic(using=self.db):
            changed = list(self.values_list("pk", flat=True))
            number = super().update(**kwargs)
            write_keys(self.model._base_manager.using(self.db).filter(pk__in=changed))
        return number

    update.alters_data = True  # type: ignore[attr-defined]


class SortedByName(models.Model):
    """A person with a `sort_key`; `objects` comes of `SortedByNameQuerySet`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With `update_fields`, a name takes its key along."""
        only = kwargs.get("update_fields")
        key = _key(type(self))
        if only is not None and set(only) & set(key.fields):
            kwargs["update_fields"] = {*only, key.name}
        super().save(*args, **kwargs)


def write_keys(people: models.QuerySet) -> None:
    """Compute and write the keys of these people; migrations call it with their own models."""
    key = _key(people.model)
    stale = []
    for person in people.only(*key.fields, key.name).order_by():
        if getattr(person, key.attname) != (right := key.key_of(person)):
            setattr(person, key.attname, right)
            stale.append(person)
    people.model._base_manager.using(people.db).bulk_update(stale, [key.name], batch_size=500)


def _key(model: type[models.Model]) -> SortKeyField:
    return next(field for field in model._meta.concrete_fields if isinstance(field, SortKeyField))
