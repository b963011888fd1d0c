"""What the documents of a jury print of a student, as plain lines of text: from the pages, before any PDF."""

from __future__ import annotations

import html
import re

from django.template.loader import render_to_string

from butrt.base.french import NBSP
from jury.cases.case import Case
from jury.documents.kinds import KINDS
from jury.documents.letters.document import Making, letter_page
from jury.documents.letters.signatory import text_kind
from jury.documents.letters.versions import Texts
from jury.documents.transcripts.document import transcript_to_print
from jury.models import LetterText
from tests.life.leading import Version

# Lines end where a block does, and where one begins; how a template is laid out shows nothing.
BREAK = re.compile(
    r"</(?:p|tr|li|h\d|caption|section|thead)>|<br ?/?>"
    r"|(?=<(?:h\d|ul|table|section|p)\b)|(?=<div class=\"verdict)"
)
ASIDE = re.compile(r"<(style|svg|head)\b.*?</\1>", re.DOTALL)


def given(version: Version, case: Case) -> list[str]:
    """The documents that this jury gives to a student, in the order of their page."""
    return [key for key, kind in KINDS.items() if kind.concerns and kind.concerns(case)]


def lines(version: Version, case: Case, kind: str, texts: Texts) -> list[str]:
    """A document, a line each; cells and columns are one space apart."""
    if kind == "releve":
        page = transcript_to_print(version.proceedings, case.id, minutes=version.minutes)["html"]
    else:
        making = Making(
            minutes=version.minutes,
            text=texts.text(text_kind(kind, case)),
            remedies=texts.text(LetterText.Kind.REMEDIES),
            head=texts.head(),
            at=version.minutes.created_at,
        )
        page = render_to_string(
            "jury/documents/letters/letter.html", letter_page(version.proceedings, case, making)
        )
    return _text(page)


def _text(page: str) -> list[str]:
    """The words of a page."""
    broken = BREAK.sub("\n", " ".join(ASIDE.sub("", page).split()))
    words = html.unescape(re.sub(r"<[^>]*>", " ", broken)).replace(NBSP, " ").replace("\u202f", " ")
    return [line.replace(" ,", ",") for text in words.split("\n") if (line := " ".join(text.split()))]


def excerpt(version: Version, case: Case, what: str, texts: Texts) -> list[str]:
    """What lives quote of documents: "donnés", "en tête", "avant", "lettre", "attestation"."""
    if what == "donnés":
        return given(version, case)
    if what == "en tête":
        head = [line for line in lines(version, case, "releve", texts) if "PV version" in line][:1]
        return [re.sub(r", PV version \d+", "", line) for line in head]
    if what == "avant":
        return _between(lines(version, case, "releve", texts), "Compétence Premier semestre", "IUT de ")
    if what == "lettre":
        letter = lines(version, case, "notification", texts)
        return [
            *_between(letter, "Le jury du BUT", "Pourquoi"),
            *_between(letter, "Ce que vous gardez", "Voies et délais"),
        ]
    attested = re.compile(r"\S+ S[1-6] |Crédits européens")
    return [line for line in lines(version, case, "ue", texts) if attested.match(line)]


def _between(page: list[str], first: str, last: str) -> list[str]:
    """The lines after the one that begins with `first`, before the one that begins with `last`."""
    begins = next((at for at, line in enumerate(page) if line.startswith(first)), len(page))
    found = page[begins + 1 :]
    return found[: next((at for at, line in enumerate(found) if line.startswith(last)), len(found))]
