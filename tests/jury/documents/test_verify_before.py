"""A PV made under earlier rules is judged by the rules of its time, which it says."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from butrt.base.canonical import canonical
from jury.cases.figures import _frozen
from jury.cases.proceedings import Proceedings
from jury.documents.fingerprints import FIRST_FORMAT, fingerprint
from jury.documents.minutes import services
from jury.documents.verify.reading import _Reader
from jury.documents.verify.report import examine
from jury.models import Session
from jury.sittings.corrections.services import open_correction
from tests.jury.documents.test_signing import certificates, certificates_once  # noqa: F401 (fixtures)
from tests.jury.documents.test_verify import failed, failing
from tests.jury.years import Years, read

pytestmark = pytest.mark.django_db


class Earlier:
    """A jury of BUT3 closed and signed under the first rules: PASSE has PASD by right, DEFAUT is DEF."""

    def __init__(self) -> None:
        years = Years()
        years.president.username = "b.vaucresson"
        years.president.first_name, years.president.last_name = "Béatrice", "Vaucresson"
        years.president.save()
        cohort = years.cohort(years.programme("IOM", 3), 2024)
        years.enrol(cohort, years.student("ADMIS"), {"*": "12"})
        years.enrol(cohort, years.student("PASSE"), {"*": "12", "RT2": "9"})
        years.enrol(
            cohort,
            years.student("DEFAUT"),
            {"*": "12"},
            status="DEF",
            status_since=datetime.date(2025, 1, 15),
        )
        with pytest.MonkeyPatch.context() as before:
            before.setattr("jury.cases.dossier.RULES", 1)
            before.setattr("jury.cases.figures.RULES", 1)
            self.minutes = years.hold(cohort, 6)
        _frozen.cache_clear()  # the process of that time is gone
        del self.minutes.content["rules"]  # 0.2 did not say
        self.minutes.content["format"] = FIRST_FORMAT
        self.minutes.fingerprint = fingerprint(self.minutes.content)
        self.minutes.save()
        services.sign(version=self.minutes, by=years.president)
        services.seal(version=self.minutes, by=years.president)

    @property
    def last(self) -> bytes:
        return bytes(self.minutes.revisions.latest("step").pdf)


@pytest.fixture(scope="module")
def earlier_once(once: Callable[[Callable], Any], certificates_once: Path) -> Earlier:  # noqa: F811
    with override_settings(BUTRT_CERTIFICATES_DIR=certificates_once):
        return once(Earlier)


@pytest.fixture
def earlier(db: None, earlier_once: Earlier, certificates: Path) -> Earlier:  # noqa: F811
    return deepcopy(earlier_once)


def test_a_minutes_of_before_is_judged_by_the_rules_of_its_time(earlier: Earlier):
    codes = {
        each.name.split()[0]: each.verdict.year
        for each in Proceedings.of_minutes(earlier.minutes.content).cases
    }
    report = examine(earlier.last)

    assert codes == {"ADMIS": "ADM", "PASSE": "PASD", "DEFAUT": "DEF"}
    assert "altered" not in (report.verdict, failing(report))
    assert failing(report).startswith("La signature de") or not failing(report)
    assert [each.text for each in report.findings if "règles de son temps" in each.text] == [
        "Décidé selon les règles de son temps, qui ont changé depuis (BUT3, défaillance) : "
        "DEFAUT Camille et PASSE Camille."
    ]


def test_the_pages_of_a_closed_jury_of_before_say_what_it_decided(earlier: Earlier):
    session = read(earlier.minutes.session)
    Session.objects.filter(pk=session.pk).update(snapshot={**session.snapshot, "rules": 1})

    assert [each.verdict.year for each in Proceedings.of(session).cases] == ["ADM", "DEF", "PASD"]


def test_a_correction_of_before_is_decided_by_the_rules_of_today(earlier: Earlier):
    session = read(earlier.minutes.session)
    open_correction(session=session, motive="Reprise.", marks=False, by=session.president)
    cases = Proceedings.of(read(session)).cases

    assert [each.verdict.year for each in cases] == ["ADM", "ADM", None]
    assert Proceedings.of_minutes(earlier.minutes.content).cases[1].verdict.year == "DEF"


@pytest.mark.parametrize(("student", "code"), [("ADMIS", "PASD"), ("PASSE", "ADM"), ("DEFAUT", "ADM")])
def test_a_code_tampered_with_in_a_minutes_of_before_is_found(earlier: Earlier, student: str, code: str):
    """Even into what the rules of today would say of a DEF student."""
    content = json.loads(json.dumps(earlier.minutes.content))
    people = content["context"]["students"]
    (number,) = [each for each, person in people.items() if person["last_name"] == student]
    (decisions,) = [each for each in content["decisions"]["students"] if each["id"] == number]
    decisions["year"]["code"] = code
    reader = _Reader({"decisions.json": canonical(content["decisions"]).encode(), "cohorte.json": b"{}"})
    reader._recomputed(content)

    assert f"ne sont pas celles qui sont jointes : {student} Camille." in failed(reader.findings)
