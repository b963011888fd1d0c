"""What the services of `grades.people` are given and what is read after."""

import pytest
from django.core.exceptions import ValidationError

from butrt.base.journal.models import Entry
from grades.models import Enrolment


def refused(act, **arguments: object) -> dict[str, list[str]]:
    """What a service says when it refuses, by field ("" when there is none); nothing is journaled."""
    before = Entry.objects.count()
    with pytest.raises(ValidationError) as said:
        act(**arguments)
    assert Entry.objects.count() == before
    return (
        getattr(said.value, "message_dict", None)
        if hasattr(said.value, "error_dict")
        else {"": said.value.messages}
    )


def enrolment_values(enrolment: Enrolment, **changes: object) -> dict[str, object]:
    """Every argument of `change_enrolment`, as the row has it, but for `changes`."""
    return {
        "enrolment": enrolment,
        "group": enrolment.group,
        "company": enrolment.company,
        "status": enrolment.status,
        "status_since": enrolment.status_since,
        "repeats": {int(key): times for key, times in enrolment.repeats.items()},
        "dispensed": list(enrolment.dispensed.all()),
        "unjustified_absences": enrolment.unjustified_absences,
        "justified_absences": enrolment.justified_absences,
    } | changes
