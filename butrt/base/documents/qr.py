"""The QR square of a document: it leads to the page that tells whether the document is ours and in force.

page["check"] = mark(issued.token)          {% include "base/documents/_check.html" with check=check only %}
"""

from dataclasses import dataclass

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

# Choosing the mask of least penalty takes 6 ms a document, and readers of today read them all.
MASK = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """What `documents/_check.html` prints: the code, where to check it, the square that says both."""

    code: str
    site: str
    address: str
    svg: SafeString


def mark(code: str) -> Mark:
    """The mark of the document that bears this code."""
    address = verification_address(code)
    return Mark(code, settings.BUTRT_PUBLIC_URL.partition("://")[2] + "/verifier", address, qr_svg(address))


def verification_address(code: str) -> str:
    """Where anyone checks the document that bears this code: "https://jury.example/verifier/7Q4M-…/"."""
    return f"{settings.BUTRT_PUBLIC_URL}/verifier/{code}/"


def qr_svg(address: str, *, title: str = "Carré à flasher : vérifier ce document") -> SafeString:
    """A QR square (15 % of it may be lost) as an <svg> without size, described for who cannot see it."""
    square = segno.make(address, error="m", micro=False, boost_error=False, mask=MASK)
    drawn = square.svg_inline(
        omitsize=True,
        border=0,
        svgclass=None,
        lineclass=None,
        title=title,
    )
    return mark_safe(drawn)
