"""A session's life, step by step, by the services: what the tests of what comes after begin with."""

from __future__ import annotations

from typing import Any

from jury.cases.proceedings import Proceedings
from jury.models import Minutes, Session
from jury.sittings import services
from tests.jury.world import World


def fresh(world: World) -> Session:
    return Session.objects.with_programme().get(pk=world.session.pk)


def read(world: World) -> Proceedings:
    return Proceedings.of(fresh(world))


def open_jury(world: World, motive: str = "") -> None:
    services.open_deliberation(session=fresh(world), by=world.president, motive=motive)


def adopt(world: World) -> None:
    """Accept everything that is of right, if anything is."""
    if awaiting := read(world).awaiting:
        services.adopt(session=fresh(world), by=world.president, expected=len(awaiting))


def decide(world: World, name: str, code: str, *, kind: str = "year", subject: str = "", **more: Any) -> None:
    services.decide(
        session=fresh(world),
        student=world.student(name),
        kind=kind,
        subject=subject,
        code=code,
        by=world.president,
        **({"motive": "Essai."} | more),
    )


def unlock(world: World, motive: str = "Une note est corrigée.") -> None:
    services.back_to_preparation(session=fresh(world), motive=motive, by=world.president)


def close(world: World) -> Minutes:
    return services.close(session=fresh(world), by=world.president)
