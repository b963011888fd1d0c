"""Whether the programme and the members are ready."""

from __future__ import annotations

from collections import Counter

from butrt.base.accounts.models import Role
from butrt.base.french import several
from curriculum.findings import findings
from jury.models import Member, Session
from jury.sittings.checklist.items import Item, Link
from jury.sittings.checklist.people import People


def about_programme(session: Session, people: People) -> list[Item]:
    by_programme = [(programme, finding) for programme in session.judged for finding in findings(programme)]
    listed = [finding for _, finding in by_programme]
    if not listed:
        return [Item("done", "Aucun constat sur le programme", "Totaux, coefficients et crédits concordent.")]
    text = " ".join(finding.title.rstrip(".") + "." for finding in listed[:3])
    return [
        Item(
            "know",
            several(len(listed), "constat sur le programme", "constats sur le programme"),
            text + " Rien n’est bloqué.",
            people.director,
            tuple(
                Link(
                    "Programme" if len(session.judged) == 1 else f"Programme {programme.parcours.short}",
                    "curriculum:programme",
                    (programme.pk,),
                )
                for programme in dict.fromkeys(programme for programme, _ in by_programme)
            ),
        )
    ]


def about_members(session: Session) -> list[Item]:
    members = list(session.members.all())
    office = (Role.Name.SECRETARIAT,)
    who = str(session.president)
    if not members:
        return [
            Item(
                "blocks",
                "Aucun membre convoqué",
                "Le PV nomme les membres présents et excusés.",
                who,
                (Link("Convoquer", "jury:members", (session.pk,), (*office, Role.Name.PRESIDENT)),),
            )
        ]
    kinds = Counter(member.kind for member in members)
    counts = [
        several(kinds[kind], one, many)
        for kind, one, many in (
            (Member.Kind.TEACHER, "enseignant", "enseignants"),
            (Member.Kind.PROFESSIONAL, "professionnel", "professionnels"),
            (Member.Kind.OTHER, "autre", "autres"),
        )
        if kinds[kind]
    ]
    excused = [member.name for member in members if member.presence == Member.Presence.EXCUSED]
    text = f"{', '.join(counts)}. {', '.join(member.name for member in members)}."
    return [
        Item(
            "done",
            several(len(members), "membre convoqué", "membres convoqués"),
            text + (f" Absences excusées : {', '.join(excused)}." if excused else ""),
            links=(Link("Membres", "jury:members", (session.pk,), (*office, Role.Name.PRESIDENT)),),
        )
    ]
