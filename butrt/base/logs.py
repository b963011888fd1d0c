"""Logs without personal data: what happened and where in the code, never about whom.

A record's text is written as its author typed it in the code, its arguments left out: "Not Found: …". They
are names, marks, addresses of pages that bear a student's number; only whole numbers (counts, keys) and the
names of our routes are kept. A text that was put together before it came here is left out whole: the place
in the code tells which it is. Of an error: its class and its stack, without what it says.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

OURS = ("butrt", "curriculum", "grades", "jury")
LEFT_OUT = "…"
REASONS = {status.phrase for status in HTTPStatus}  # "Not Found"
HERE = str(Path(__file__).resolve().parent.parent.parent) + "/"
requests = logging.getLogger("butrt.requests")


class Requests:
    """A middleware: a line a request (BUTRT_LOG_REQUESTS), by route and by the account's key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not requests.isEnabledFor(logging.INFO):
            return self.get_response(request)
        began = time.monotonic()
        response = self.get_response(request)
        milliseconds = int(1000 * (time.monotonic() - began))
        requests.info("Answered %d in %d ms", response.status_code, milliseconds, extra={"request": request})
        return response


def route_of(request: HttpRequest) -> str:
    """ "jurys/<int:pk>/": which page, never about whom; "" for an address that is none of ours."""
    match = request.resolver_match
    return "" if match is None else match.route


def account_of(request: HttpRequest) -> int | None:
    """The key of who is signed in, if the page asked: nothing is read from the database for a log."""
    user = request.__dict__.get("_cached_user")
    key: int | None = getattr(user, "pk", None)
    return key


def about(record: logging.LogRecord) -> dict[str, Any]:
    """What is written of a record."""
    line: dict[str, Any] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _words(record),
        "place": f"{record.pathname.removeprefix(HERE)}:{record.lineno}",
    }
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        line |= {"method": _method(request), "route": route_of(request), "account": account_of(request)}
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = list(_errors(record.exc_info[1]))
    return line


def _method(request: HttpRequest) -> str:
    """Anyone may ask by a word of their own."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else LEFT_OUT


def _words(record: logging.LogRecord) -> str:
    """The text of a record, its arguments left out."""
    if not isinstance(record.msg, str):
        return f"{LEFT_OUT} ({type(record.msg).__name__})"
    if not record.args:
        return record.msg if record.name.partition(".")[0] in OURS else LEFT_OUT
    if isinstance(record.args, dict):
        arguments: Any = {name: _argument(value) for name, value in record.args.items()}
    else:
        arguments = tuple(map(_argument, record.args))
    try:
        return record.msg % arguments
    except (TypeError, ValueError, KeyError):
        return record.msg


class _LeftOut(str):
    """Stands for an argument, however it is to be written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return LEFT_OUT


def _argument(value: object) -> object:
    kept = type(value) is int or (isinstance(value, str) and value in REASONS)
    return value if kept else _LeftOut(LEFT_OUT)


def _errors(error: BaseException) -> Iterator[dict[str, Any]]:
    """An error and those that led to it, the last first."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield {
            "class": class_of(following),
            "says": harmless(following),
            "stack": stack_of(following.__traceback__),
        }
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def class_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def harmless(error: BaseException) -> str:
    """What an error says, when it can only be about the machine: a disk, a server."""
    if isinstance(error, OSError):
        return error.strerror if isinstance(error.strerror, str) and error.errno else ""
    # "connection refused", "database is locked"; a constraint's error quotes a row, and is another class.
    return str(error).strip() if type(error) in (OperationalError, InterfaceError) else ""


def stack_of(trace: TracebackType | None) -> list[str]:
    """ "jury/room/views.py:55 room", the place of the error last."""
    return [
        f"{frame.filename.removeprefix(HERE)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]


class JsonLines(logging.Formatter):
    """One JSON object a line, for what gathers logs."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(about(record), ensure_ascii=False)


class Lines(logging.Formatter):
    """The same to read: a line, then the stack of an error."""

    def format(self, record: logging.LogRecord) -> str:
        line = about(record)
        words = [line["at"], line["level"].upper(), line["logger"], line["message"]]
        if "route" in line:
            words += [f"[{line['method']} {line['route'] or '?'}", f"account {line['account'] or '-'}]"]
        text = [" ".join(words), *([] if "error" in line else [f"  {line['place']}"])]
        for error in line.get("error", ()):
            text += [f"  {error['class']} {error['says']}".rstrip()]
            text += [f"    {place}" for place in error["stack"]]
        return "\n".join(text)
