"""The long lists: a row is one template, with a cell under each heading, and costs no pass over the frame."""

import re

import pytest
from django.template import RequestContext
from django.urls import reverse

from butrt.base.accounts.models import Role
from tests.factories import (
    make_assessment,
    make_cohort,
    make_element,
    make_enrolment,
    make_programme,
    make_teaching,
    make_user,
    programme_of,
)

pytestmark = pytest.mark.django_db
PAGES = ("grades:teachings", "cohorts:progress", "cohorts:cohort", "cohorts:accounts")


@pytest.fixture
def cohort():
    first = make_programme()
    return make_cohort(first, make_programme(parcours=first.parcours, modality="FI"))


@pytest.mark.parametrize("name", PAGES)
def test_a_row_has_a_cell_under_each_heading_and_asks_for_the_frame_no_more(
    client, cohort, monkeypatch, name
):
    client.force_login(make_user(Role.Name.DIRECTOR, department=cohort.department))
    address = reverse(name, args=[] if name == "grades:teachings" else [cohort.pk])
    frames = []
    bind = RequestContext.bind_template
    monkeypatch.setattr(
        RequestContext,
        "bind_template",
        lambda self, template: frames.append(template) or bind(self, template),
    )
    asked = []
    for number in (1, 2):
        make_enrolment(cohort)
        make_assessment(make_teaching(cohort, make_element(programme_of(cohort))))
        frames.clear()
        page = client.get(address).content.decode()
        asked.append(len(frames))

        headings = page.count("<th ")
        rows = re.findall(r"<tr>\s*(<td.*?)</tr>", page, re.DOTALL)
        assert [row.count("<td") for row in rows] == [headings] * number

    assert asked[0] == asked[1]
