"""The demonstration loaded by its command: once, and where it is wanted."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from curriculum.models import Department
from grades.models import Mark
from jury.management.commands import load_demo as command
from jury.management.demo import load_demo
from tests.jury.test_demo import rows


def call(*arguments):
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def test_second_loading_changes_nothing_and_loses_nothing(db, settings, django_assert_max_num_queries):
    settings.DEMO = True
    assert "Démonstration chargée" in call()
    loaded = rows()
    mark = Mark.objects.get(code="ATT", assessment__teaching__element__code="R405")
    Mark.objects.filter(pk=mark.pk).update(code="", value=Decimal("14.78"))

    with django_assert_max_num_queries(5):
        assert "déjà chargée" in call()
    assert rows() == loaded
    mark.refresh_from_db()
    assert mark.value == Decimal("14.78")
    with pytest.raises(ValueError, match="déjà chargé"):
        load_demo()


def test_command_refuses_outside_a_demonstration(db, settings, monkeypatch):
    settings.DEMO = False
    with pytest.raises(CommandError, match="BUTRT_DEMO=1"):
        call()
    assert not Department.objects.exists()
    monkeypatch.setattr(command, "load_demo", lambda: "Réseaux")  # what it loads: test_demo.py
    assert "Démonstration chargée : Réseaux." in call("--force")
