"""What people do with promotions: open one, bring its students in, keep what a jury must know of each.

Each is one transaction and its entries in the journal. Callers have fetched the objects through their doors.
What is refused raises ValidationError in French, by field where there is one.
"""

from grades.people.adjustments import Points, points_told, set_adjustments
from grades.people.aside import DIRECTOR_ONLY, set_aside, take_back
from grades.people.cohorts import (
    change_cohort,
    create_cohort,
    people_for_elements,
    set_groups,
    set_teachers,
)
from grades.people.copying import copy_teachers
from grades.people.enrolments import (
    MOST_REPEATS,
    Newcomer,
    change_enrolment,
    enrol,
    enrol_all,
    enrol_all_new,
    enrol_new,
    marks_of_other_groups,
    remove_enrolment,
    write_remark,
)
from grades.people.holding import POSTAL, OneRefused, jury_sits, naming
from grades.people.identity import (
    FROZEN_NUMBER,
    Identity,
    as_journaled,
    as_people_write,
    change_identity,
    find_students,
    in_a_jury,
    is_provisional,
    provisional_number,
    remove_student,
    unlikely_birth,
)
from grades.people.removal import Belongings, belongings, held_by, remove_cohort
from grades.people.repeats import Grant, grant_repeat, withdraw_repeat
from grades.people.versions import change_version, last_versions, newer_versions

__all__ = [
    "DIRECTOR_ONLY",
    "FROZEN_NUMBER",
    "MOST_REPEATS",
    "POSTAL",
    "Belongings",
    "Grant",
    "Identity",
    "Newcomer",
    "OneRefused",
    "Points",
    "as_journaled",
    "as_people_write",
    "belongings",
    "change_cohort",
    "change_enrolment",
    "change_identity",
    "change_version",
    "copy_teachers",
    "create_cohort",
    "enrol",
    "enrol_all",
    "enrol_all_new",
    "enrol_new",
    "find_students",
    "grant_repeat",
    "held_by",
    "in_a_jury",
    "is_provisional",
    "jury_sits",
    "last_versions",
    "marks_of_other_groups",
    "naming",
    "newer_versions",
    "people_for_elements",
    "points_told",
    "provisional_number",
    "remove_cohort",
    "remove_enrolment",
    "remove_student",
    "set_adjustments",
    "set_aside",
    "set_groups",
    "set_teachers",
    "take_back",
    "unlikely_birth",
    "withdraw_repeat",
    "write_remark",
]
