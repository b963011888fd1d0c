"""What the journal tells of the rows of the database: the last value of each, read once for all the checks.

A key names a row ("12/40/2": évaluation, inscription, version), a value is what the row must then say. An
entry of before 0.5 tells less, and nothing of what it does not know: the row is untold, see `Compared`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from butrt.base.accounts.models import Role
from butrt.base.journal.models import Entry, Head
from butrt.base.journal.services import LastEntry, chains

Value = dict[str, Any]


class Kind(StrEnum):
    """The kinds of rows that the journal tells, by the name that they have in an entry that notes them."""

    MARKS = "notes"
    ASSESSMENTS = "évaluations"
    ASIDE = "éléments mis de côté"
    ENROLMENTS = "inscriptions"
    ADJUSTMENTS = "bonus et malus"
    REPEATS = "redoublements accordés"
    DECISIONS = "décisions"
    ADOPTIONS = "acceptations"
    ELSEWHERE = "résultats d’ailleurs"
    FIGURES = "photographies"
    MINUTES = "PV"
    REVISIONS = "révisions des PV"
    ROLES = "rôles"
    ACCOUNTS = "comptes"


@dataclass
class Journaled:
    """The journal, read from its first entry to its last."""

    values: defaultdict[Kind, dict[str, Value]] = field(default_factory=lambda: defaultdict(dict))
    # The enrolments by what entries of before call them: who removed one did not say its key.
    enrolments: dict[str, str] = field(default_factory=dict)
    # The acts of the room taken back.
    undone: set[int] = field(default_factory=set)
    # Every figures ever frozen, by their SHA-256.
    figures: set[str] = field(default_factory=set)
    # The promotions, by key and by name, whose data of a category were erased in their time.
    purged: defaultdict[str, set[int | str]] = field(default_factory=lambda: defaultdict(set))
    noted: set[Kind] = field(default_factory=set)
    # Where the chain of hashes does not hold, in French.
    breaks: list[str] = field(default_factory=list)
    # Of each chain, by its key: its last entry, how many it has, and the head kept apart.
    last: dict[int, LastEntry] = field(default_factory=dict)
    counts: Counter[int] = field(default_factory=Counter)
    heads: dict[int, Head] = field(default_factory=dict)

    def says(self, kind: Kind, key: object, /, **value: Any) -> None:
        """What a row says from now on; what is not given stays as it was told."""
        journaled = self.values[kind]
        journaled[str(key)] = journaled.get(str(key), {}) | value

    def forgets(self, kind: Kind, key: object) -> None:
        self.values[kind].pop(str(key), None)

    def tells_all(self, kind: Kind) -> bool:
        """Whether no row can be that the journal does not tell: from its first day, or since a note."""
        return kind in self.noted or not any(head.before for head in self.heads.values())


def read_journal() -> Journaled:
    """Read the whole journal, and check its chains on the way; two queries, and one for their heads."""
    journaled = Journaled(heads={head.chain: head for head in Head.objects.all()})
    for entry, chain, follows, unchanged in chains():
        if not follows:
            journaled.breaks.append(
                f"Entrée n° {entry.pk} ({entry}) : celle qui la précède n’est plus la même."
            )
        if not unchanged:
            journaled.breaks.append(f"Entrée n° {entry.pk} ({entry}) : elle a été modifiée.")
        journaled.last[chain] = LastEntry(entry.pk, entry.digest)
        journaled.counts[chain] += 1
        if tell := TELLERS.get(entry.act):
            tell(journaled, entry)
    return journaled


@dataclass
class Compared:
    """The rows of a kind beside what the journal tells of them."""

    # (key, field, recorded, there)
    differing: list[tuple[str, str, Any, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    @property
    def keys(self) -> set[str]:
        """The rows to name."""
        return {key for key, *_ in self.differing} | {*self.gone} | {*self.untold}


def compare(there: Mapping[str, Value], journaled: Mapping[str, Value]) -> Compared:
    """Hold the rows that are `there` beside what is told; only what both say is compared."""
    compared = Compared()
    for key, value in there.items():
        recorded = journaled.get(key)
        if recorded is None:
            compared.untold.append(key)
            continue
        if value is recorded or value == recorded:
            continue
        compared.differing += [
            (key, name, recorded[name], value[name])
            for name in recorded
            if name in value and recorded[name] != value[name]
        ]
    compared.gone = [key for key in journaled if key not in there]
    return compared


# ---------- what each act tells ----------


def _without(details: Mapping[str, Any], *names: str) -> Value:
    return {name: item for name, item in details.items() if name not in names}


def _marks(journaled: Journaled, entry: Entry) -> None:
    for mark in entry.details.get("marks", ()):
        key = f"{mark['assessment']}/{mark['enrolment']}/{mark['version']}"
        journaled.says(Kind.MARKS, key, text=mark["after"], by=entry.by_id)


def _assessment_created(journaled: Journaled, entry: Entry) -> None:
    details = entry.details
    if "assessment" in details:
        value = _without(details, "assessment", "group")
        if value.get("kind") != "second":  # one made for a catch-up is locked from the start
            value["locked"] = False
        journaled.says(Kind.ASSESSMENTS, details["assessment"], **value)


def _assessment_changed(journaled: Journaled, entry: Entry) -> None:
    details = entry.details
    if str(details.get("assessment")) in journaled.values[Kind.ASSESSMENTS]:
        after = _without(details["after"], "group")
        journaled.says(Kind.ASSESSMENTS, details["assessment"], **after, weights=details.get("weights", {}))


def _assessment_deleted(journaled: Journaled, entry: Entry) -> None:
    journaled.forgets(Kind.ASSESSMENTS, entry.details.get("assessment"))


def _locked(journaled: Journaled, entry: Entry) -> None:
    for key in entry.details["assessments"]:
        if str(key) in journaled.values[Kind.ASSESSMENTS]:
            journaled.says(Kind.ASSESSMENTS, key, locked=entry.act == "marks.lock")


def _set_aside(journaled: Journaled, entry: Entry) -> None:
    journaled.says(Kind.ASIDE, entry.details["teaching"], motive=entry.details["after"]["motive"])


def _taken_back(journaled: Journaled, entry: Entry) -> None:
    journaled.forgets(Kind.ASIDE, entry.details["teaching"])


def _enrolment_created(journaled: Journaled, entry: Entry) -> None:
    value = _without(entry.details, "group")
    key = value.pop("enrolment", None)
    if key is not None:
        journaled.enrolments[entry.about] = str(key)
        journaled.says(Kind.ENROLMENTS, key, **value)


def _enrolment_changed(journaled: Journaled, entry: Entry) -> None:
    if str(entry.details["key"]) in journaled.values[Kind.ENROLMENTS]:
        after = _without(entry.details["after"], "group")
        journaled.says(Kind.ENROLMENTS, entry.details["key"], **after)


def _enrolment_removed(journaled: Journaled, entry: Entry) -> None:
    key = entry.details.get("enrolment", journaled.enrolments.get(entry.about))
    journaled.forgets(Kind.ENROLMENTS, key)
    journaled.forgets(Kind.ADJUSTMENTS, key)


def _adjustments(journaled: Journaled, entry: Entry) -> None:
    key, after = entry.details["enrolment"], entry.details["after"]
    journaled.forgets(Kind.ADJUSTMENTS, key)
    if after:
        journaled.says(Kind.ADJUSTMENTS, key, points=after)


def _repeat_granted(journaled: Journaled, entry: Entry) -> None:
    value = dict(entry.details)
    if (key := value.pop("key", None)) is not None:
        journaled.says(Kind.REPEATS, key, **value, withdrawn="")


def _repeat_withdrawn(journaled: Journaled, entry: Entry) -> None:
    if str(entry.details.get("key")) in journaled.values[Kind.REPEATS]:
        journaled.says(Kind.REPEATS, entry.details["key"], withdrawn=entry.details["motive"])


def _purge(journaled: Journaled, entry: Entry) -> None:
    details = entry.details
    journaled.purged[details["category"]].update(details["cohorts"], details.get("keys", ()))


def _decided(journaled: Journaled, entry: Entry) -> None:
    for kind, name in ((Kind.DECISIONS, "decisions"), (Kind.ADOPTIONS, "adoptions")):
        for row in entry.details.get(name, ()):
            value = dict(row)
            journaled.says(kind, value.pop("key"), **value)


def _undone(journaled: Journaled, entry: Entry) -> None:
    if "taken_back" in entry.details:
        journaled.undone.add(entry.details["taken_back"])


def _figures(journaled: Journaled, entry: Entry) -> None:
    if "figures" in entry.details:
        journaled.figures.add(entry.details["figures"])
        journaled.says(Kind.FIGURES, entry.details["session"], digest=entry.details["figures"])


def _closed(journaled: Journaled, entry: Entry) -> None:
    _figures(journaled, entry)
    if "fingerprint" in entry.details:
        journaled.says(Kind.MINUTES, entry.details["fingerprint"], version=entry.details["version"])


def _signed(journaled: Journaled, entry: Entry) -> None:
    shas = entry.details.get("sha256", ())
    for sha256 in [shas] if isinstance(shas, str) else shas:
        journaled.says(Kind.REVISIONS, sha256)


def _results(journaled: Journaled, entry: Entry) -> None:
    for result in entry.details.get("results", ()):
        value = dict(result)
        journaled.says(Kind.ELSEWHERE, value.pop("key"), **value, withdrawn=False)


def _withdrawn(journaled: Journaled, entry: Entry) -> None:
    if str(entry.details.get("result")) in journaled.values[Kind.ELSEWHERE]:
        journaled.says(Kind.ELSEWHERE, entry.details["result"], withdrawn=True)


def _roles(journaled: Journaled, entry: Entry) -> None:
    if "user" in entry.details:
        _has_roles(journaled, entry.details["user"], entry.department_id, entry.details["after"])


def _account(journaled: Journaled, entry: Entry) -> None:
    if "user" in entry.details and "active" in entry.details:
        journaled.says(Kind.ACCOUNTS, entry.details["user"], active=entry.details["active"])


def _student_accounts(journaled: Journaled, entry: Entry) -> None:
    for user in entry.details.get("users", ()):
        journaled.says(Kind.ACCOUNTS, user, active=True)
    for user in entry.details.get("created", ()):
        _has_roles(journaled, user, entry.department_id, [Role.Name.STUDENT.value])


def _student_account_closed(journaled: Journaled, entry: Entry) -> None:
    if "user" in entry.details:
        journaled.says(Kind.ACCOUNTS, entry.details["user"], active=False)


def _has_roles(journaled: Journaled, user: int, department: int | None, roles: Iterable[str]) -> None:
    key = f"{department}/{user}"
    if held := sorted(roles):
        journaled.says(Kind.ROLES, key, roles=held)
    else:
        journaled.forgets(Kind.ROLES, key)


def _noted(journaled: Journaled, entry: Entry) -> None:
    kind = Kind(entry.details["kind"])
    journaled.noted.add(kind)
    for key, value in entry.details["values"].items():
        journaled.says(kind, key, **value)
        if kind == Kind.FIGURES:
            journaled.figures.add(value["digest"])


NOTE = "check.note"
TELLERS: Mapping[str, Callable[[Journaled, Entry], None]] = {
    "marks.record": _marks,
    "assessment.create": _assessment_created,
    "assessment.change": _assessment_changed,
    "assessment.delete": _assessment_deleted,
    "marks.lock": _locked,
    "marks.unlock": _locked,
    "teaching.set_aside": _set_aside,
    "teaching.take_back": _taken_back,
    "enrolment.grant_repeat": _repeat_granted,
    "enrolment.withdraw_repeat": _repeat_withdrawn,
    "enrolment.create": _enrolment_created,
    "enrolment.change": _enrolment_changed,
    "enrolment.remove": _enrolment_removed,
    "enrolment.adjustments": _adjustments,
    "data.purge": _purge,
    "jury.decide": _decided,
    "jury.adopt": _decided,
    "jury.answer": _decided,
    "jury.undo": _undone,
    "session.open": _figures,
    "session.results": _figures,
    "session.correct.abandon": _figures,
    "session.close": _closed,
    "minutes.sign": _signed,
    "minutes.seal": _signed,
    "results.record": _results,
    "results.withdraw": _withdrawn,
    "account.roles": _roles,
    "account.create": _account,
    "account.change": _account,
    "student.account.open": _student_accounts,
    "student.account.password": _student_accounts,
    "student.account.close": _student_account_closed,
    NOTE: _noted,
}
