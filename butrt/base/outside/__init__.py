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
from typing import Any, Generic, ParamSpec, TypeVar

from butrt.base.outside import nursery
from butrt.base.outside.limits import ORDINARY, Limits
from butrt.base.outside.places import PEOPLE, PRINTS, STRANGERS, Busy, Queue, place, waiting_with
from butrt.base.outside.plain import loads

__all__ = [
    "ORDINARY",
    "PEOPLE",
    "PRINTS",
    "STRANGERS",
    "Busy",
    "Limits",
    "Queue",
    "opened_apart",
    "waiting_with",
]

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

TOO_MUCH = (
    "Ce fichier demande bien plus de calcul ou de mémoire qu’un document ordinaire : son examen a été arrêté."
)


class Fault(RuntimeError):
    """Our own error while reading a document: its traceback, as a bug's."""


class Apart(Generic[Asked, Found]):
    """A function called in a process of its own, within `limits`."""

    def __init__(
        self,
        function: Callable[Asked, Found],
        refusal: Callable[[str], Exception],
        limits: Limits,
        queue: Queue | None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function, self.refusal, self.limits, self.queue = function, refusal, limits, queue

    def __call__(self, *args: Asked.args, **kwargs: Asked.kwargs) -> Found:
        if nursery.is_child():
            return self.function(*args, **kwargs)
        request = pickle.dumps((self.function.__name__, self.limits, args, kwargs))
        with place(self.queue) as (held, niceness):
            answer = nursery.ask(self.function.__module__, request, self.limits, niceness, held)
        kind: str
        value: Any
        kind, value = loads(answer) if answer is not None else ("too much", None)
        if kind == "too much":
            raise self.refusal(TOO_MUCH)
        if kind == "raised":
            raise value
        if kind == "fault":
            raise Fault(value)
        result: Found = value
        return result


def opened_apart(
    refusal: Callable[[str], Exception], limits: Limits = ORDINARY, queue: Queue | None = None
) -> Callable[[Callable[Asked, Found]], Apart[Asked, Found]]:
    """Declare that a function of a module opens a document from outside; `refusal` is raised at the limits.

    What the function raises is raised here too, as long as it is an exception of ours or of Python.
    """
    return lambda function: Apart(function, refusal, limits, queue)
