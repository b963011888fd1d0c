"""Documents from outside are opened in a process of their own: little processor, little memory, little time.

A PDF, a certificate, a picture, a workbook or an XML that anyone made is never opened in the process that
serves the pages. The function that opens it says so, and is called as any other:

    @opened_apart(Unreadable)
    def read_xlsx(data: bytes) -> list[Tab]: …

Each call is a process forked for it (15 ms) by the nursery of this one (`nursery.py`), which has no thread,
no database and all our modules already imported. The kernel ends it at its limits: the document is then
refused, in French, by the exception that the function is declared with. Arguments and results are plain
values.

Only so many are open at once on the machine (`places.py`): `Busy` beyond, which is a page 503.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from butrt.outside import nursery
from butrt.outside.limits import ORDINARY, Limits
from butrt.outside.places import PEOPLE, STRANGERS, Busy, Queue, place, waiting_with
from butrt.outside.plain import loads

__all__ = ["ORDINARY", "PEOPLE", "STRANGERS", "Busy", "Limits", "Queue", "opened_apart", "waiting_with"]

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

TOO_MUCH = (
    "Ce fichier demande bien plus de calcul ou de mémoire qu’un document ordinaire : son examen a été arrêté."
)


class Fault(RuntimeError):
    """Our own error while reading a document: its traceback, as a bug's."""


def opened_apart(
    refusal: Callable[[str], Exception], limits: Limits = ORDINARY
) -> Callable[[Callable[Asked, Found]], Callable[Asked, Found]]:
    """Declare that a function of a module opens a document from outside; `refusal` is raised at the limits.

    What the function raises is raised here too, as long as it is an exception of ours or of Python.
    """

    def declare(function: Callable[Asked, Found]) -> Callable[Asked, Found]:
        @functools.wraps(function)
        def ask(*args: Asked.args, **kwargs: Asked.kwargs) -> Found:
            if nursery.is_child():
                return function(*args, **kwargs)
            request = pickle.dumps((function.__qualname__, limits, args, kwargs))
            with place() as (held, niceness):
                answer = nursery.ask(function.__module__, request, limits, niceness, held)
            if answer is None:
                raise refusal(TOO_MUCH)
            kind, value = loads(answer)
            if kind == "raised":
                raise value
            if kind == "fault":
                raise Fault(value)
            if kind == "too much":
                raise refusal(TOO_MUCH)
            found: Found = value
            return found

        return ask

    return declare
