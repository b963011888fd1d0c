"""The page that each student reads of their results, asked for as they would, held beside the sealed PV."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.http import HttpRequest
from django.urls import reverse

from butrt.base import french
from butrt.site.proof.sealed import ECTS_YEAR, YEAR, Sealed
from grades.models import Student
from jury.models import Session
from jury.rules import codes
from jury.students.own.views import marks, versions_given

TAG = re.compile(r"<[^>]*>")
PARAGRAPH = re.compile(r"<p class=\"sheet sheet-note\">(.*?)</p>", re.S)
ACQUIRED = re.compile(r"([0-9,]+) ECTS sur")
CODES = re.compile(r"[A-Z0-9]{2,8}")


def check_pages(session: Session, of_version: Mapping[int, Sealed]) -> Iterator[str]:
    """Whose page says otherwise than the PV from which it is; those who have an account.

    `of_version`: {key of a version of this session's PV: what it says, sealed}.
    """
    title = str(next(iter(of_version.values())).minutes.content["context"]["title"])
    numbers = {number for sealed in of_version.values() for number in sealed.students}
    students = Student.objects.filter(department=session.department, number__in=numbers)
    for student in students.filter(account__is_active=True).select_related("account"):
        version = versions_given(student, [session]).get(session.pk)
        if version is None or student.number not in of_version[version.pk].students:
            continue  # not signed so far: the page says nothing of this jury
        if wrong := _wrong(_decided_on(_page_of(student), title), of_version[version.pk], student.number):
            yield f"page « Mes notes » : {of_version[version.pk].name(student.number)}, {wrong}."


def _page_of(student: Student) -> str:
    """What their browser would receive."""
    request = HttpRequest()
    request.method, request.path = "GET", reverse("own:marks")
    request.META["SERVER_NAME"] = request.META["SERVER_PORT"] = "proof"
    request.user = student.account  # type: ignore[assignment]
    return marks(request).content.decode()


def _decided_on(page: str, title: str) -> str:
    """The text of the page about a jury: its decision, its credits, what follows; "" without."""
    for paragraph in PARAGRAPH.findall(page):
        text = " ".join(html.unescape(TAG.sub(" ", paragraph)).replace(french.NBSP, " ").split())
        if text.startswith(f"{title} :"):
            return text.removeprefix(f"{title} :").partition("Suite :")[0]
    return ""


def _wrong(text: str, sealed: Sealed, number: str) -> str:
    """What the page says otherwise than the PV, "" when it does not."""
    if not text:
        return "la décision du jury n’y est pas"
    says = sealed.facts(number)
    written = {code for code in CODES.findall(text) if codes.fits(code, year=True)}
    expected = {says[YEAR]} - {""}
    if written != expected:
        return f"décision {french.listed(sorted(written)) or 'absente'} au lieu de {says[YEAR] or 'rien'}"
    credits = french.short(Decimal(says[ECTS_YEAR]))
    acquired = ACQUIRED.search(text)
    if acquired is None or acquired[1] != credits:
        return f"{acquired[1] if acquired else 'aucun'} ECTS au lieu de {credits}"
    return ""
