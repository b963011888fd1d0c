"""Errors told to Sentry, or to what speaks as it: the stack, in our words; never whom the page was about.

What leaves is made here, field by field, from what the SDK gathered: what it gathers tomorrow does not leave.
The settings import this module: nothing of Django's models is at hand.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# Of a frame: where it is and what the code says there, not what its variables hold.
FRAME = ("filename", "function", "module", "lineno", "in_app", "context_line", "pre_context", "post_context")
EVENT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk", "type")


def send_to(dsn: str, *, environment: str) -> None:
    """Send the errors of this process to `dsn` from now on; neither its pace nor its visits."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        release=_release(),
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        traces_sample_rate=None,
        send_client_reports=False,
        before_send=bare,
    )


def _release() -> str:
    """ "butrt@1.2.3": the site runs from its folder, and is not installed as a package."""
    project = Path(__file__).resolve().parent.parent.parent / "pyproject.toml"
    return f"butrt@{tomllib.loads(project.read_text())['project']['version']}"


def bare(event: Event, hint: Hint) -> Event | None:
    """The same event with its errors' classes and stacks, the page by its route, the account by its key."""
    from butrt.base.logs import harmless

    whole: dict[str, Any] = dict(event)
    kept = {name: whole[name] for name in EVENT if name in whole}
    errors = (whole.get("exception") or {}).get("values") or []
    raised = (hint.get("exc_info") or (None, None, None))[1]
    kept["exception"] = {"values": [_error(error) for error in errors]}
    if errors and raised is not None:  # the last one is what was raised
        kept["exception"]["values"][-1]["value"] = harmless(raised)
    if "logentry" in whole and not errors:
        # As it is typed in the code, without its arguments: see logs.py.
        kept["logentry"] = {"message": f"{whole.get('logger', '')}: {_typed(hint)}"}
    kept["transaction"] = _route(whole)
    return kept  # type: ignore[return-value]


def _typed(hint: Hint) -> str:
    from butrt.base.logs import about

    record = hint.get("log_record")
    return str(about(record)["message"]) if record is not None else ""


def _route(event: dict[str, Any]) -> str:
    """ "/jurys/{pk}/": the SDK's name of a page; an address that is none of ours is left out."""
    source = (event.get("transaction_info") or {}).get("source")
    return str(event.get("transaction", "")) if source in ("route", "component", "view") else ""


def _error(error: dict[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "value": "",
        "stacktrace": {
            "frames": [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
        },
    }
