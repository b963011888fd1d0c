from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from butrt.base.accounts.models import Role
from jury.rules.codes import RCUE_CODES, STATUSES, UNIT_CODES, YEAR_CODES, Code, words

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest, User

NAMES = Role.Name


@dataclass(frozen=True, slots=True)
class Page:
    """The help of a role: its address, its name; `role` None: who administers the site."""

    slug: str
    label: str
    role: str | None

    @property
    def template(self) -> str:
        return f"site/help/{(self.role or 'site')}.html"


# Who holds several begins with the first.
PAGES = (
    Page("site", "Administration du site", None),
    Page("administration", str(NAMES.ADMINISTRATOR.label), NAMES.ADMINISTRATOR),
    Page("direction-des-etudes", str(NAMES.DIRECTOR.label), NAMES.DIRECTOR),
    Page("secretariat", str(NAMES.SECRETARIAT.label), NAMES.SECRETARIAT),
    Page("presidence-de-jury", str(NAMES.PRESIDENT.label), NAMES.PRESIDENT),
    Page("membre-de-jury", str(NAMES.MEMBER.label), NAMES.MEMBER),
    Page("enseignement", str(NAMES.TEACHER.label), NAMES.TEACHER),
    Page("etudiant", str(NAMES.STUDENT.label), NAMES.STUDENT),
)
OF_A_YEAR = sorted(YEAR_CODES - STATUSES, key=list(Code).index)
OF_A_RESULT = sorted((UNIT_CODES | RCUE_CODES) - STATUSES, key=list(Code).index)
OF_A_PERSON = sorted(STATUSES, key=list(Code).index)


def pages_of(user: User) -> list[Page]:
    """The pages of the roles that this person has."""
    return [page for page in PAGES if (user.is_a(page.role) if page.role else user.is_superuser)]


def help_index(request: SignedInRequest) -> HttpResponse:
    """The page of one's first role."""
    mine = pages_of(request.user)
    return redirect("help:page", mine[0].slug) if mine else render(request, "site/help/none.html")


def help_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """The page of a role that this person has; the others are not theirs."""
    mine = pages_of(request.user)
    page = next((page for page in mine if page.slug == slug), None)
    if page is None:
        raise Http404
    return render(
        request,
        page.template,
        {
            "page": page,
            "pages": mine,
            "codes": (
                ("D’une UE ou d’un RCUE", "unit", [(code, words(code)) for code in OF_A_RESULT]),
                ("D’une année", "year", [(code, words(code, "year")) for code in OF_A_YEAR]),
                ("D’une situation", "unit", [(code, words(code)) for code in OF_A_PERSON]),
            ),
        },
    )
