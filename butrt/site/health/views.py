"""What a monitoring asks: is the site well, is this process alive, and figures."""

from __future__ import annotations

import time
from threading import Lock

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from butrt.site.health import checks, figures
from butrt.site.health.checks import Check, State, worst
from butrt.site.health.doors import watches

KEPT = 5.0  # seconds


class Kept:
    """The last look at the site, for a few seconds: however many ask, it is looked at as often."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._looked: list[Check] = []
        self._at = 0.0

    def look(self) -> list[Check]:
        """Who asks while another looks is given the look before, if there is one."""
        if self._looked and time.monotonic() - self._at < KEPT:
            return self._looked
        if self._lock.acquire(blocking=not self._looked):
            try:
                if not self._looked or time.monotonic() - self._at >= KEPT:
                    self._looked, self._at = checks.look(), time.monotonic()
            finally:
                self._lock.release()
        return self._looked


kept = Kept()


@login_not_required
@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200, or 503 as soon as a check fails. Each check for who watches the site, one word for the others."""
    looked = kept.look()
    state = worst(looked)
    answer: dict[str, object] = {"state": state}
    if watches(request):
        answer["checks"] = [
            {"name": check.name, "title": check.title, "state": check.state, "sentence": check.sentence}
            for check in looked
        ]
    response = JsonResponse(
        answer, status=503 if state is State.FAIL else 200, json_dumps_params={"ensure_ascii": False}
    )
    return _unlogged(response)


@login_not_required
@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """For what shares visitors out between web processes: 200 if this one serves pages, else 503."""
    well = checks.answers()
    response = JsonResponse({"state": State.OK if well else State.FAIL}, status=200 if well else 503)
    return _unlogged(response)


def _unlogged(response: JsonResponse) -> JsonResponse:
    """A monitoring asks every minute: its 503 is no error of ours, that Django would write each time."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # what django.utils.log looks at
    return response


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, to who watches the site; without BUTRT_METRICS the page does not exist."""
    if not (settings.BUTRT_METRICS and watches(request)):
        raise Http404
    return HttpResponse(figures.exposed(kept.look()), content_type=CONTENT_TYPE_LATEST)
