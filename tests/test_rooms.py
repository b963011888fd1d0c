"""Where things are looked for: a page in views*.py, a form in forms*.py, tables and filters in theirs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from inspect import unwrap
from pathlib import Path
from types import ModuleType

import pytest
from django.forms import BaseForm
from django.urls import URLPattern, URLResolver, get_resolver
from django_filters import FilterSet
from django_tables2 import Table

ROOT = Path(__file__).parent.parent
APPS = ("butrt", "curriculum", "grades", "jury")
# What wraps the views of the API (butrt/site/api/views.py), kept by ninja.
OF_THE_API = "butrt.site.api.urls"


def addresses(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each)
        else:
            yield each


def modules() -> Iterator[ModuleType]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if not {"migrations", "management", "wsgi.py"} & set(path.parts):
                yield importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def test_every_page_is_in_a_module_of_views():
    views = [unwrap(address.callback) for address in addresses(get_resolver())]
    homes = {getattr(view, "view_class", view).__module__ for view in views} - {OF_THE_API}
    assert [home for home in sorted(homes) if not home.rpartition(".")[2].startswith("views")] == []


@pytest.mark.parametrize(("kind", "file"), [(BaseForm, "forms"), (Table, "tables"), (FilterSet, "filters")])
def test_every_one_is_in_the_file_of_its_kind(kind: type, file: str):
    elsewhere = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, kind) and value.__module__ == module.__name__
        if not module.__name__.rpartition(".")[2].startswith(file)
    ]
    assert elsewhere == []
