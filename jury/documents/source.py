"""What the documents of a session are printed from: read once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from butrt.base.accounts.models import User
from curriculum.models import ProgrammeIdentity
from grades.models import Student
from jury.cases.case import Case
from jury.cases.identities import identities_since
from jury.cases.source import Source
from jury.documents.issued import give, is_ahead, issued_for_all
from jury.documents.letters.grounds import GROUNDS
from jury.documents.letters.signatory import presided, text_kind
from jury.documents.letters.versions import Texts
from jury.models import Handwriting, Issued


@dataclass(frozen=True)
class DocumentSource(Source):
    """A `Source` with what the paper adds: codes given out, the department's words, addresses, signatures."""

    # The documents given out, by kind and student: see `issued`.
    _issued: dict[tuple[str, str], Issued] = field(default_factory=dict, repr=False, compare=False)

    def issued(self, kind: str, student: str) -> Issued:
        """The document of a kind and a student ("" for none) as it is known to who checks it by its code."""
        source = self.about(student)
        if (kind, student) not in source._issued:
            source.issue_all(kind, [student])
        return source._issued[kind, student]

    def issue_all(self, kind: str, students: Iterable[str]) -> None:
        """Make the codes of many documents ready at once: a few queries a version, however many they are."""
        by_version: dict[int, tuple[DocumentSource, list[str]]] = {}
        for student in students:
            source = self.about(student)
            by_version.setdefault(id(source), (source, []))[1].append(student)
        for source, numbers in by_version.values():
            made = issued_for_all(source.session, source.minutes, kind, numbers, by=source.by)
            if source.by is not None:
                source._give_prepared(kind, made, by=source.by)
            source._issued.update({(kind, student): issued for student, issued in made.items()})

    def prepare_all(self, kind: str, students: Iterable[str]) -> None:
        """The same for documents that nobody asked for yet: of the day of their PV, given by nobody."""
        assert self.minutes is not None  # nothing provisional is prepared
        made = issued_for_all(self.session, self.minutes, kind, students, at=self.minutes.created_at)
        self._issued.update({(kind, student): issued for student, issued in made.items()})

    def _give_prepared(self, kind: str, made: Mapping[str, Issued], *, by: User) -> None:
        """Who asks first for what was prepared gives it out: in the words of then if they stand."""
        ahead = {student: issued for student, issued in made.items() if is_ahead(issued, self.minutes)}
        if ahead:
            again = [issued for student, issued in ahead.items() if self._reworded(kind, student, issued.at)]
            give(list(ahead.values()), by=by, again=again)

    def _reworded(self, kind: str, student: str, since: datetime) -> bool:
        """Whether what words a student's document is another version today."""
        if kind not in GROUNDS:
            return self.texts.head(since).version != self.texts.head().version
        text = text_kind(kind, self.proceedings.case(student))
        return self.texts.worded(text, since) != self.texts.worded(text)

    def case(self, student: str) -> Case:
        """A student as this source has them, with what their identity waited for and is known since.

        What a PV printed stays: only what it could not print is completed. Raises KeyError.
        """
        case = self.proceedings.case(student)
        since = self._known_since.get(student)
        return replace(case, person={**case.person, **since}) if since else case

    @cached_property
    def _known_since(self) -> dict[str, dict[str, str]]:
        people = self.proceedings.context["students"]
        return identities_since(people, self.session.department)

    @cached_property
    def texts(self) -> Texts:
        """The words of the department's letters, every version: read once for all the documents."""
        return Texts.of(self.session.department)

    @cached_property
    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Where the students judged live today, by number: nothing frozen, a letter is sent today."""
        judged = Student.objects.filter(
            department=self.session.department, number__in=list(self.proceedings.context["students"])
        )
        students = judged.exclude(city="")
        return {student.number: student.postal_address for student in students}

    def rncp(self, case: Case) -> str:
        """The number of a student's diploma in the national register, "" if none is known."""
        judged = self.session.judged
        return self._rncp[int(case.person.get("programme", judged[0].pk))]

    @cached_property
    def _rncp(self) -> dict[int, str]:
        """That of each programme judged: its own, else the last of its parcours."""
        judged = self.session.judged
        known = ProgrammeIdentity.objects.filter(
            programme__parcours__in=[programme.parcours_id for programme in judged]
        ).exclude(rncp="")
        of_parcours: dict[int, dict[int, str]] = {}
        rows = known.order_by("programme__in_force_from")
        for parcours, programme, number in rows.values_list("programme__parcours", "programme", "rncp"):
            of_parcours.setdefault(parcours, {})[programme] = number
        numbers = {programme.pk: of_parcours.get(programme.parcours_id, {}) for programme in judged}
        return {key: own.get(key) or next(reversed(own.values()), "") for key, own in numbers.items()}

    @cached_property
    def handwriting(self) -> bytes:
        """The signature of who presided, as they sent it; b"" without one."""
        assert self.minutes is not None  # letters are never provisional
        account = presided(self.minutes.content["session"]).account
        row = Handwriting.objects.filter(user__username=account).first() if account else None
        return bytes(row.png) if row else b""
