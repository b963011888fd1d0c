"""Which archives are kept: those of two days, then the last of each day, week and month."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

PATTERN = "butrt-%Y%m%d-%H%M%S.tar.age"
NAMED = re.compile(r"butrt-\d{8}-\d{6}\.tar\.age")


YOUNG = timedelta(days=2)


class Kept(NamedTuple):
    """How many of each."""

    days: int
    weeks: int
    months: int


PERIODS: tuple[Callable[[datetime], Any], ...] = (
    lambda at: at.date(),
    lambda at: at.isocalendar()[:2],
    lambda at: (at.year, at.month),
)


def named(at: datetime) -> str:
    """The name of an archive made then; names sort as their dates do."""
    return at.astimezone(UTC).strftime(PATTERN)


def archives(folder: Path) -> dict[Path, datetime]:
    """Those of a folder, the last first."""
    paths = (path for path in folder.glob("butrt-*.tar.age") if NAMED.fullmatch(path.name))
    dates = {path: datetime.strptime(path.name, PATTERN).replace(tzinfo=UTC) for path in paths}
    return dict(sorted(dates.items(), key=lambda pair: pair[1], reverse=True))


def worth_keeping(dates: Iterable[datetime], kept: Kept) -> set[datetime]:
    """The last of each period, for as many periods, with an archive, as are kept.

    All that were made in the two days before the last: what went wrong meanwhile must not take their place.
    """
    latest = sorted(dates, reverse=True)
    chosen = {date for date in latest if latest[0] - date < YOUNG}
    for most, period in zip(kept, PERIODS, strict=True):
        last_of: dict[Any, datetime] = {}
        for date in latest:
            last_of.setdefault(period(date), date)
        chosen |= set(list(last_of.values())[:most])
    return chosen


def rotate(folder: Path, kept: Kept) -> list[Path]:
    """Remove the archives that are not kept; which they were."""
    dates = archives(folder)
    chosen = worth_keeping(dates.values(), kept)
    gone = [path for path, date in dates.items() if date not in chosen]
    for path in gone:
        path.unlink()
    return gone
