"""What the tests of a mark workbook share: an element and its head, made once a file."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.grades.workbook.files import make_filled


@pytest.fixture(scope="module")
def teaching_once(once):
    return once(make_filled)


@pytest.fixture
def teaching(client, teaching_once):
    """That of `make_filled`, whose head is signed in."""
    teaching = deepcopy(teaching_once)
    client.force_login(teaching.heads.get())
    return teaching
