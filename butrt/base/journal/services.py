"""Writing in the journal, and checking that nobody rewrote it.

A chain a department, and one for what belongs to none: departments do not wait for one another. An act that
writes in several takes them in the order of their keys, the installation's (0) first: none waits for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from butrt.base.journal.models import Entry, Head

if TYPE_CHECKING:
    from butrt.base.accounts.models import User
    from butrt.base.departments import Department

FIRST = "0" * 64
CHAIN_LOCK = 0x6A75_7279  # "jury": PostgreSQL's advisory lock of a chain, with its key


def record(
    *,
    act: str,
    about: str,
    by: User | None,
    department: Department | None = None,
    details: Mapping[str, Any] | None = None,
) -> Entry:
    """Append one act; call it inside the transaction of the act itself, so that both land or neither.

    Raises `TransactionManagementError` outside a transaction: an act without its entry cannot be.
    """
    (entry,) = record_all([Act(act, about, details or {})], by=by, department=department)
    return entry


class Act(NamedTuple):
    """What an entry says was done."""

    act: str
    about: str
    details: Mapping[str, Any]


def record_all(acts: Sequence[Act], *, by: User | None, department: Department | None = None) -> list[Entry]:
    """Append several acts of one person, in their order: as `record` does one by one, in three queries."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Le journal s’écrit dans la transaction de l’acte.")
    if not acts:
        return []
    chain = department.pk if department else Head.INSTALLATION
    if connection.vendor == "postgresql":  # SQLite's IMMEDIATE transactions already come one at a time
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CHAIN_LOCK, chain])
    previous = Head.objects.filter(chain=chain).values_list("digest", flat=True).first() or _beginning()
    now, entries = timezone.now(), []
    for act, about, details in acts:
        entry = Entry(
            at=now,
            by=by,
            department_id=department.pk if department else None,
            act=act,
            about=about[:200],
            details=dict(details),
            previous=previous,
        )
        previous = entry.digest = entry.computed_digest()
        entries.append(entry)
    Entry.objects.bulk_create(entries)
    _advance(chain, entries[-1], len(entries))
    return entries


def _beginning() -> str:
    """What the first entry of a department's chain follows: the last entry that all departments shared."""
    parted = Head.objects.filter(chain=Head.INSTALLATION).values("parted")
    return Entry.objects.filter(pk__in=parted).values_list("digest", flat=True).first() or FIRST


def _advance(chain: int, entry: Entry, number: int) -> None:
    """Keep, apart from the chain, that it now goes as far as this entry, `number` further."""
    moved = {"number": entry.pk, "digest": entry.digest}
    if not Head.objects.filter(chain=chain).update(count=F("count") + number, **moved):
        Head.objects.create(chain=chain, count=number, **moved)


class LastEntry(NamedTuple):
    """The number and the hash of an entry: whoever has them can tell whether the journal still holds it."""

    number: int
    digest: str


def last_entry(department: Department) -> LastEntry | None:
    """How far a department's journal goes now; None while nothing is written in it."""
    entry = Entry.objects.filter(department=department.pk).order_by("-pk").values_list("pk", "digest").first()
    return LastEntry(*entry) if entry else None


def parted() -> int:
    """The last entry that one chain held for all departments, as before 0.9; 0 where none was."""
    return Head.objects.filter(chain=Head.INSTALLATION).values_list("parted", flat=True).first() or 0


def chain_of(number: int, department: int | None, parted: int) -> int:
    """The key of the chain that an entry is in, by its number and its department's key."""
    return Head.INSTALLATION if number <= parted else department or Head.INSTALLATION


class Link(NamedTuple):
    """An entry of a chain: whether it follows the one before, and says what it said when it was written."""

    entry: Entry
    chain: int
    follows: bool
    unchanged: bool


def chains() -> Iterator[Link]:
    """The whole journal in its order, two queries, each entry checked on the way against its own chain."""
    last_shared = parted()
    ends: dict[int, str] = {}
    beginning = FIRST
    for entry in Entry.objects.order_by("pk").iterator(chunk_size=2000):
        chain = chain_of(entry.pk, entry.department_id, last_shared)
        follows = entry.previous == ends.get(chain, beginning)
        yield Link(entry, chain, follows, entry.digest == entry.computed_digest())
        ends[chain] = entry.digest
        if entry.pk <= last_shared:
            beginning = entry.digest
