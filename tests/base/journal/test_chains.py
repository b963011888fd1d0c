"""A chain a department, begun where the one chain of before ended: nothing is unlinked."""

from __future__ import annotations

import pytest

from butrt.base.journal.models import Entry, Head
from butrt.base.journal.services import FIRST, Act, chains, record, record_all
from tests.factories import make_department
from tests.journal import first_break

pytestmark = pytest.mark.django_db


def shared(*departments) -> Entry:
    """The journal of an installation of before: one chain for all; its last entry."""
    previous, entry = FIRST, None
    for number, department in enumerate(departments, 1):
        entry = record(act="marks.record", about=f"avant {number}", by=None, department=department)
        entry.previous = previous
        previous = entry.digest = entry.computed_digest()
        Entry.objects.filter(pk=entry.pk).update(previous=entry.previous, digest=entry.digest)
    Head.objects.all().delete()
    Head.objects.create(
        chain=Head.INSTALLATION,
        number=entry.pk,
        digest=entry.digest,
        count=len(departments),
        parted=entry.pk,
    )
    return entry


def test_each_department_has_its_chain_and_the_installation_its_own():
    one, two = make_department(), make_department()
    for department in (one, two, None, one, two, None):
        record(act="x", about="y", by=None, department=department)

    ends = {chain: entry.pk for entry, chain, _, _ in chains()}
    assert first_break() is None
    assert {head.chain: (head.number, head.count) for head in Head.objects.all()} == {
        chain: (number, 2) for chain, number in ends.items()
    }


def test_what_one_chain_held_before_stays_verifiable_and_each_new_one_begins_after_it():
    one, two = make_department(), make_department()
    last = shared(one, two, None, one)
    first = record(act="x", about="après", by=None, department=two)
    record(act="x", about="après", by=None)
    record(act="x", about="après", by=None, department=two)

    assert first.previous == last.digest
    assert first_break() is None
    assert Head.objects.get(chain=Head.INSTALLATION).count == 5


@pytest.mark.parametrize("about", ["avant 1", "avant 4", "après 1"])
def test_an_entry_taken_away_is_missed_before_the_parting_at_it_and_after(about):
    one, two = make_department(), make_department()
    shared(one, two, None, one)
    for number in (1, 2):
        record(act="x", about=f"après {number}", by=None, department=one)
    Entry.objects.filter(about=about).delete()

    assert first_break() is not None


def test_the_entry_of_one_department_is_not_taken_for_another_s():
    one, two = make_department(), make_department()
    record(act="x", about="1", by=None, department=one)
    record(act="x", about="2", by=None, department=two)
    entry = record(act="x", about="3", by=None, department=one)
    Entry.objects.filter(pk=entry.pk).update(department=two)

    assert first_break().about == "3"


def test_several_acts_at_once_are_the_chain_that_one_by_one_would_be():
    department = make_department()
    record(act="x", about="0", by=None, department=department)
    acts = [Act("x", str(number), {"number": number}) for number in range(1, 4)]
    record_all(acts, by=None, department=department)

    assert first_break() is None
    assert [entry.about for entry in Entry.objects.filter(department=department)] == ["0", "1", "2", "3"]
    assert Head.objects.get(chain=department.pk).count == 4
