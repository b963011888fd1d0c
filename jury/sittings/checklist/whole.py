"""The checklist of a session, whole, in the order of its page."""

from __future__ import annotations

from collections.abc import Iterable

from butrt.base.accounts.models import Role, User
from grades.models import Teaching
from jury.cases.proceedings import Proceedings
from jury.models import Session
from jury.sittings.checklist.items import Item, Link, Weight
from jury.sittings.checklist.marks import (
    awaited,
    not_assessed,
    undeclared,
    without_assessment,
    without_average,
)
from jury.sittings.checklist.people import People
from jury.sittings.checklist.session import about_members, about_programme
from jury.sittings.checklist.students import (
    against_a_jury,
    changed_since,
    closed_s5,
    earlier_results,
    identities,
    placed,
    repeaters,
)


def checklist(session: Session, proceedings: Proceedings) -> list[Item]:
    """The items, those that block first. `session` is fetched `with_programme()`.

    Blocking: an awaited or missing mark, an element that counts and has no évaluation, an identity without
    INE or birthplace, nobody convened.
    Not blocking, to know: elements set aside, elements not declared complete, UE without average, earlier
    results not recorded, what changed since the odd semester's jury judged it, enrolments made against a
    jury, students without group or with a provisional number, findings on the programme, exhausted repeats,
    who would pass with S5 closed.
    """
    people = People(session)
    items = [
        *awaited(proceedings, people),
        *without_assessment(people),
        *not_assessed(proceedings, people),
        *([] if session.is_catch_up else undeclared(people)),
        *without_average(session, proceedings),
        *earlier_results(session, proceedings, people),
        *changed_since(session, proceedings, people),
        *against_a_jury(session, people),
        *identities(proceedings, people),
        *placed(session, proceedings, people),
        *about_programme(session, people),
        *about_members(session),
        *closed_s5(session, proceedings),
        *repeaters(session, proceedings, people),
    ]
    order: list[Weight] = ["blocks", "know", "done"]
    return sorted(items, key=lambda item: order.index(item.weight))


def blocking(items: list[Item]) -> list[Item]:
    return [item for item in items if item.weight == "blocks"]


def reachable(items: Iterable[Item], *, session: Session, by: User) -> list[tuple[Item, list[Link]]]:
    """Each item with the links that this person may follow: what another mends is named, not linked."""
    directs = by.has_role(session.department, Role.Name.DIRECTOR)
    fillable = set(
        Teaching.objects.fillable_by(by).filter(cohort=session.cohort_id).values_list("pk", flat=True)
    )

    def may(link: Link) -> bool:
        if link.teaching is not None:
            return directs or link.teaching in fillable
        return not link.roles or by.has_role(session.department, *link.roles)

    return [(item, [link for link in item.links if may(link)]) for item in items]
