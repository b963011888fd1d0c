"""Models with columns that weigh (frozen figures, contents of PV, files): read only by who shows them."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class LightQuerySet(models.QuerySet[M]):
    """Leaves the heavy columns aside, unless asked for."""

    def whole(self) -> Self:
        """With the heavy columns, for who reads them."""
        return self.defer(None)

    def only(self, *fields: Any) -> Self:
        """A heavy column may be asked for by name; so does Django when one is read later."""
        return super(LightQuerySet, self.defer(None)).only(*fields)


class LightManager(models.Manager[M]):
    """The rows without the columns that their model names as `heavy`."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().defer(*self.model.heavy)  # type: ignore[attr-defined]  # a Light


class Light(models.Model):
    """A model whose `heavy` columns are left aside, also where another row leads to it.

    A `select_related` alone goes past it: it defers by itself (tests/jury/test_reads.py). Each model says its
    `objects` again, of its own type.

    These columns are the last of their table: SQLite goes through them to read what comes after (see
    jury/migrations/0026_heavy_columns_last.py).
    """

    heavy: ClassVar[tuple[str, ...]] = ()

    objects = LightManager.from_queryset(LightQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "objects"
