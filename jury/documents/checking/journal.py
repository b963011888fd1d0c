"""The journal itself: its chains, their heads, and those that the PV print.

A chain cut short or written again from the start holds by itself. Its head, kept beside it, and the entry
that each PV of 0.5 and later names betray it. Someone who rewrites these too, in this database, is betrayed
by the PV on paper or in an archive: `unlike_the_journal` says it of any PV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F

from butrt.base.documents.verification_codes import in_fours
from butrt.base.french import first, several
from butrt.base.journal.models import Entry, Head
from butrt.base.journal.services import LastEntry
from curriculum.models import Department
from jury.documents.checking.checked import Checked
from jury.documents.checking.journaled import Journaled
from jury.models import Minutes

MOST_TOLD = 20


def check_journal(journaled: Journaled) -> Checked:
    """Each chain, entry by entry; then how far it goes, against its head and the PV."""
    breaks = first(journaled.breaks, MOST_TOLD, "autres entrées du journal ont été modifiées.")
    checked = Checked("Journal", seen=journaled.counts.total(), findings=breaks)
    names = dict(Department.objects.values_list("pk", "name"))
    for chain in sorted({*journaled.heads, *journaled.counts}):
        whose = "" if chain == Head.INSTALLATION else f" ({names.get(chain, 'département supprimé')})"
        if wrong := _wrong_head(
            journaled.heads.get(chain), journaled.last.get(chain), journaled.counts[chain], whose
        ):
            checked.finds(wrong)
    _check_minutes(checked)
    return checked


def _wrong_head(head: Head | None, last: LastEntry | None, count: int, whose: str) -> str:
    """Why a chain does not go as far as its head says, in French; "" when it does."""
    if head is None:
        return f"La tête du journal{whose}, gardée à part, a été effacée."
    if head.count > count:
        missing = head.count - count
        where = (
            f" : il allait jusqu’à l’entrée n° {head.number}" if not last or last.number < head.number else ""
        )
        return (
            f"Le journal{whose} a {count} entrées, il en avait {head.count}{where}. "
            f"{several(missing, 'a été effacée', 'ont été effacées')}."
        )
    if head.count < count:
        return (
            f"Le journal{whose} a {count} entrées, {head.count} ont été écrites par le site : "
            f"{count - head.count} de trop."
        )
    if last is not None and last != (head.number, head.digest):
        return (
            f"La dernière entrée du journal{whose}, n° {last.number}, n’est pas celle que le site a écrite "
            f"(n° {head.number}) : le journal a été récrit."
        )
    return ""


def _check_minutes(checked: Checked) -> None:
    """The entry that each PV names, two queries whatever their number."""
    rows = (
        Minutes.objects.select_related("session__cohort__specialty__department")
        .prefetch_related("session__cohort__programmes")
        .defer("session__snapshot")
    )
    versions = [row for row in rows.annotate(head=F("content__journal")).order_by("pk") if row.head]
    digests = _digests(row.head for row in versions)
    for version in versions:
        if wrong := _unlike(version.head, digests):
            checked.finds(f"{version} : {wrong}")


def unlike_the_journal(head: Mapping[str, Any]) -> str:
    """Why the journal is not the one whose entry a PV names, in a sentence; "" when it still holds it."""
    try:
        return _unlike(head, _digests([head]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return "L’entrée du journal que dit ce PV ne peut pas être lue."


def _digests(heads: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    numbers = {int(head["number"]) for head in heads}
    return dict(Entry.objects.filter(pk__in=numbers).values_list("pk", "digest"))


def _unlike(head: Mapping[str, Any], digests: Mapping[int, str]) -> str:
    number = int(head["number"])
    if number not in digests:
        return f"l’entrée n° {number} du journal, que dit ce PV, n’y est plus."
    if digests[number] != head["digest"]:
        return (
            f"l’entrée n° {number} du journal n’est plus celle que dit ce PV "
            f"({in_fours(head['digest'][:12])}… ; {in_fours(digests[number][:12])}… aujourd’hui)."
        )
    return ""
