"""The cells of the room, written without a template for their number: what they say is what templates say."""

import re

import pytest
from django.template import Context, Template

from jury.room.rows import code_stamp
from jury.rules.codes import YEAR_CODES, Gender

STAMP = Template('{% load decisions %}{% code value "year" gender label=False %}')


def tight(html: str) -> str:
    """Without the spaces that only lay out the source."""
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", html)).strip()


@pytest.mark.parametrize("gender", ["M", "F", "X"])
def test_a_code_is_stamped_in_the_room_as_on_every_page(gender: Gender):
    values = [None, *sorted(YEAR_CODES)]

    stamps = [tight(code_stamp(value, gender)) for value in values]

    assert stamps == [tight(STAMP.render(Context({"value": value, "gender": gender}))) for value in values]
