"""Asking a timestamping authority (RFC 3161): it answers in ten seconds, shortly, or has not answered."""

from __future__ import annotations

import asyncio
import urllib.request
from http.client import HTTPException

from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

from butrt.base.outside import Limits, opened_apart

LONGEST_ANSWER = 64 * 1024  # bytes; a token with its chain is 6,000


class Authority(TimeStamper):
    """The authority at an address; raises TimestampRequestError when it does not answer as it should."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        answer = await asyncio.to_thread(post, self.url, req.dump())
        if answer is None:
            raise TimestampRequestError("no answer")
        try:
            response = tsp.TimeStampResp.load(answer, strict=True)
            response.native  # noqa: B018 (read whole: an answer that is none fails here)
        except (ValueError, TypeError, LookupError) as error:
            raise TimestampRequestError("not an answer") from error
        return response


# An authority may send one byte every nine seconds, for ever: no timeout of a socket sees it.
@opened_apart(TimestampRequestError, Limits(processor=3, time=10, memory=128 * 2**20))
def post(url: str, asked: bytes) -> bytes | None:
    """What the authority answers; None when it does not, or at length."""
    request = urllib.request.Request(url, asked, {"Content-Type": "application/timestamp-query"})
    try:
        with urllib.request.urlopen(request, timeout=8) as answer:
            content: bytes = answer.read(LONGEST_ANSWER + 1)
            kind = answer.headers.get_content_type()
    except (OSError, HTTPException, ValueError):
        return None
    return content if kind == "application/timestamp-reply" and len(content) <= LONGEST_ANSWER else None
