"""What a page of the room reads of a session, for one person: the table as they asked, who decided what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString

from butrt.base import french
from butrt.base.accounts.models import Role, User
from jury.cases.case import Case
from jury.cases.proceedings import Proceedings
from jury.cases.spreads import spread
from jury.cases.statistics import most_competences
from jury.models import Member, RoomPreference, Session
from jury.room.means import Ranked
from jury.room.rows import Writer
from jury.room.table import (
    COLUMNS,
    FAMILIES,
    SIGNALS,
    STANDING_CHIPS,
    STANDING_SIGNS,
    Asked,
    CaseRow,
    Group,
    Heading,
    groups,
    headings,
    rows,
)
from jury.sittings import services
from jury.sittings.members.presences import lines


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter of the table, with how many students it keeps."""

    key: str
    words: str
    family: str
    sign: str
    number: int
    on: bool
    # Whether it looks for a signal, across the standings.
    signal: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A decision taken or withdrawn since the opening: enough to say who did what."""

    pk: int
    number: str
    about: str
    code: str
    author: str
    at: str

    @property
    def sentence(self) -> str:
        """ "14 h 32, Béatrice Vaucresson : année PAS1NCI"."""
        return f"{self.at}, {self.author} : {self.about} {self.code or 'décision retirée'}"


class Room:
    """A session, read for one person. `session` is fetched `with_programme()`."""

    def __init__(self, session: Session, user: User, query: Mapping[str, str]) -> None:
        self.session = session
        self.user = user
        self.asked = Asked.read(query)
        self.proceedings = Proceedings.of(session)

    @cached_property
    def table(self) -> Proceedings:
        """What the table shows of it: the programme that the reader asked for, else everybody."""
        return self.proceedings.of_programme(self.asked.programme)

    @property
    def programmes(self) -> list[str]:
        """The programmes that one may ask for alone, where several are judged."""
        parts = self.proceedings.parts
        return [part.label for part in parts] if len(parts) > 1 else []

    @property
    def regimes(self) -> list[str]:
        """Those that the table may be reduced to and grouped by, where there are several."""
        regimes = sorted({case.regime for case in self.proceedings.cases})
        return regimes if len(regimes) > 1 else []

    @property
    def address(self) -> str:
        return reverse("jury:room", args=[self.session.pk])

    @cached_property
    def presides(self) -> bool:
        return self.session.is_presided_by(self.user)

    @property
    def deliberating(self) -> bool:
        return self.session.state == Session.State.DELIBERATION

    @property
    def decides(self) -> bool:
        """Whether this person takes decisions now."""
        return self.presides and self.deliberating

    @property
    def ready(self) -> bool:
        """Whether nothing is left to decide, to accept nor to answer."""
        return not (self.proceedings.left or self.proceedings.awaiting or self.proceedings.unanswered)

    @cached_property
    def acts(self) -> list[Act]:
        """What was decided since the opening, oldest first: one query."""
        if self.session.opened_at is None:
            return []
        standing = Q(act__isnull=True) | Q(act__undone_at__isnull=True)
        decisions = (
            self.session.decisions.filter(standing, at__gte=self.session.opened_at)
            .select_related("author", "student")
            .order_by("pk")
        )
        return [
            Act(
                decision.pk,
                decision.student.number,
                decision.subject.partition("/")[0] or "année",
                decision.code,
                str(decision.author),
                french.hour(decision.at),
            )
            for decision in decisions
        ]

    @cached_property
    def last_act(self) -> dict[str, Any] | None:
        """The act that the room offers to take back: {pk, told}."""
        act = services.undoable(self.session).select_related("by").last() if self.decides else None
        return {"pk": act.pk, "told": services.act_in_words(act)} if act else None

    @cached_property
    def rows(self) -> list[CaseRow]:
        return rows(self.table, {act.number: act.sentence for act in self.acts})

    @cached_property
    def order(self) -> list[Case]:
        """The cases as the table shows them, without those that it leaves out: what the card goes through."""
        # Who decided what, and the means, are read only when the table asks for them.
        means: dict[str, Ranked] | None = None if self.asked.sort in ("moyenne", "rang") else {}
        listed = self.rows if self.asked.keep == "changed" else rows(self.table, {}, means)
        arranged = groups(listed, self.asked, self.headings, "")
        return [row.case for group in arranged for row in group.rows if self.asked.keeps(row)]

    @property
    def teams(self) -> list[str]:
        """The groups of students of this jury (TD, TP), those who have none left out."""
        return sorted(
            {group for case in self.proceedings.cases if (group := str(case.person.get("group") or ""))}
        )

    @property
    def spreads(self) -> list[tuple[str, dict[str, Decimal | None]]]:
        """The feet of the table: "Moyenne", and the mean of each heading that has one; lowest, highest."""
        known = self.table.spreads
        by_heading = {
            key: known.units.get((column.name, unit))
            for column in self.table.columns
            for key, unit in zip(column.keys, column.units, strict=True)
        }
        by_heading |= {
            column.key: known.rcues.get(column.rcue) for column in self.table.columns if column.rcue
        }
        if means := [Fraction(row.mean.mean) for row in self.rows if row.mean]:
            by_heading["moyenne"] = spread(means, self.proceedings.cohort.regulation.decimals)
        feet: dict[str, dict[str, Decimal | None]] = {"Moyenne": {}, "Minimum": {}, "Maximum": {}}
        for key, summary in by_heading.items():
            if summary is not None:
                for words, value in zip(feet, (summary.mean, summary.lowest, summary.highest), strict=True):
                    feet[words][key] = value
        return list(feet.items())

    @cached_property
    def headings(self) -> dict[str, Heading]:
        return headings(self.table, self.asked)

    @property
    def total(self) -> int:
        """Of how many competences (UE at an odd-semester jury) the column « Acq. » counts."""
        if self.proceedings.judges_year:
            return most_competences(self.table)
        return max(sum(len(column.units) for column in part.columns) for part in self.table.parts)

    @property
    def counted(self) -> str:
        """What the column « Acq. » counts."""
        return "compétence" if self.proceedings.judges_year else "UE"

    @cached_property
    def groups(self) -> list[Group]:
        return groups(self.rows, self.asked, self.headings, f"{self.counted} sur {self.total}")

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.session, self.table, decides=self.decides)

    @property
    def written(self) -> list[tuple[Group, int, list[SafeString]]]:
        """Each group, how many of its rows are shown, their HTML; the first one shown takes the keyboard."""
        written, first = [], True
        for group in self.groups:
            lines, shown = [], 0
            for row in group.rows:
                kept = self.asked.keeps(row)
                lines.append(self.writer.row(row, hidden=not kept, first=first and kept))
                shown += kept
                first = first and not kept
            written.append((group, shown, lines))
        return written

    @property
    def chips(self) -> list[Chip]:
        """The filters, always the same ones in the same order: a key of the keyboard each."""
        counts = Counter(key for row in self.rows for key in (row.standing, *row.signals))
        named = [(key, words, FAMILIES[key], STANDING_SIGNS[key]) for key, words in STANDING_CHIPS.items()]
        named += [(key, *words) for key, words in SIGNALS.items()]
        return [
            Chip("all", "Tous", "", "", len(self.rows), self.asked.keep == "all"),
            *(
                Chip(key, words, family, sign, counts[key], self.asked.keep == key, key in SIGNALS)
                for key, words, family, sign in named
            ),
        ]

    @property
    def bars(self) -> list[tuple[str, str, str]]:
        """The stacked bar of the standings: (family, start, width) on 280, as SVG writes numbers."""
        counts = Counter(case.standing for case in self.proceedings.cases)
        bars, start = [], Fraction(0)
        for key in ("adopted", "right", "person", "gone", "todo", "blocked"):
            if counts[key]:
                width = Fraction(280 * counts[key], len(self.proceedings.cases))
                family = {"blocked": "rule2", "right": "green2"}.get(key, FAMILIES[key])
                bars.append((family, f"{float(start):.1f}", f"{float(width) - 1.2:.1f}"))
                start += width
        return bars

    def case(self, number: str) -> Case | None:
        """One student's case, None for an empty number or somebody else's."""
        return next((case for case in self.proceedings.cases if case.id == number), None)

    def discussed(self, number: str) -> Case | None:
        """The case that the presidency has open, for those who follow it."""
        return None if self.presides else self.case(number)

    @cached_property
    def members(self) -> list[tuple[Member, str]]:
        """Each member, and what the key that notes them makes of their presence."""
        return lines(self.session.members.all())

    @property
    def present(self) -> int:
        return sum(member.presence == Member.Presence.PRESENT for member, _ in self.members)

    @property
    def notes_presences(self) -> bool:
        """Whether this person notes who came: the presidency and the secretariat, until it is closed."""
        office = self.user.has_role(self.session.department, Role.Name.SECRETARIAT)
        return (self.presides or office) and self.session.state != Session.State.CLOSED

    @cached_property
    def next(self) -> Case | None:
        """The first case to decide, as the table shows it; one that it leaves out when it shows none."""
        left = [row for group in self.groups for row in group.rows if row.case.undecided]
        shown = [row for row in left if self.asked.keeps(row)]
        return next((row.case for row in [*shown, *left]), None)

    @cached_property
    def preference(self) -> RoomPreference:
        """What this person chose; nothing is written until they choose."""
        return RoomPreference.objects.filter(user=self.user).first() or RoomPreference(user=self.user)

    @property
    def columns(self) -> list[tuple[str, str, bool]]:
        """The columns one may hide: (key, words, shown)."""
        chosen = self.preference.columns
        return [(key, words, chosen is None or key in chosen) for key, words in COLUMNS.items()]

    @property
    def table_class(self) -> str:
        """What the table's look depends on: "auto" until columns are chosen, "no-ue" for a column hidden."""
        hidden = [f"no-{key}" for key, _, shown in self.columns if not shown]
        chosen = hidden if self.preference.columns is not None else ["auto"]
        return " ".join([*chosen, *(() if self.proceedings.tells_year else ("only-ue",))])
