"""The run as a Markdown table."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def request_lines(facts: Iterable[Mapping[str, Any]], killed_at: float) -> list[str]:
    """Requests by kind: how many a second, how many failed, how long before the first kill and from it on."""
    requests = [fact for fact in facts if "kind" in fact]
    lasted = max(fact["at"] for fact in requests) - min(fact["at"] for fact in requests)
    lines = [
        "| requests | number | a second | p50, p95 (ms) before any kill | p50, p95 from then on | failed |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind in [*sorted({fact["kind"] for fact in requests}), "all"]:
        those = [fact for fact in requests if kind in ("all", fact["kind"])]
        answered = [fact for fact in those if not fact["failure"]]
        before = _middle_and_most([fact["ms"] for fact in answered if fact["at"] < killed_at])
        after = _middle_and_most([fact["ms"] for fact in answered if fact["at"] >= killed_at])
        failed, rate = len(those) - len(answered), len(those) / max(lasted, 1)
        lines.append(f"| {kind} | {len(those)} | {rate:.1f} | {before} | {after} | {failed} |")
    return lines


def _middle_and_most(spent: Sequence[int]) -> str:
    """p50 and p95."""
    if len(spent) < 2:
        return "–"
    return f"{statistics.median(spent):.0f}, {statistics.quantiles(spent, n=20)[-1]:.0f}"


def kill_lines(facts: Iterable[Mapping[str, Any]], events: Sequence[tuple[float, str]]) -> list[str]:
    """What was killed or started when, and the errors that clients saw from then to the next event."""
    failed = [fact for fact in facts if fact.get("failure")]
    began, ends = events[0][0], [at for at, _ in events[1:]] + [float("inf")]
    lines = ["| second | what | errors seen by clients until the next line |", "|--:|---|---|"]
    for (at, what), end in zip(events, ends, strict=True):
        errors = Counter(f"{fact['failure']} ({fact['kind']})" for fact in failed if at <= fact["at"] < end)
        seen = ", ".join(f"{number} × {error}" for error, number in errors.most_common()) or "none"
        lines.append(f"| {at - began:.0f} | {what} | {seen} |")
    return lines
