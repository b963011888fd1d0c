"""A department's letters: its words, written with a preview, their versions; one's own signature on them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin

from butrt.base.accounts.doors import role_required
from butrt.base.accounts.models import Role
from butrt.base.documents.files import as_file, file_stem
from butrt.base.forms import refusals_on, success
from butrt.base.meanwhile import Change, Shown
from curriculum.models import Department
from jury.documents.letters.document import Making, letter_page, render_letter
from jury.documents.letters.example import ADDRESS, DEPARTED, RNCP, example
from jury.documents.letters.forms import ExampleForm, HandwritingForm, HeadForm, TextForm
from jury.documents.letters.signatory import forget_handwriting, keep_handwriting, text_kind
from jury.documents.letters.texts import BLOCKS, FACT_FIELDS, FIELDS, fields_of
from jury.documents.letters.versions import HEAD_FIELDS, IMAGES, Texts, save_head, save_text, shipped
from jury.models import Handwriting, Letterhead, LetterText, png_address

if TYPE_CHECKING:
    from butrt.base.accounts.models import SignedInRequest

SECRETARIAT = Role.Name.SECRETARIAT
HEAD = "en-tete"
SHIPPED = "livree"


@role_required(SECRETARIAT)
def texts(request: SignedInRequest) -> HttpResponse:
    """Each letter and the letterhead of the departments of this secretariat, with who wrote them last."""
    departments = Department.objects.filter(pk__in=request.user.departments_as(SECRETARIAT))
    return render(
        request,
        "jury/documents/letters/list.html",
        {"departments": [_in_force(department) for department in departments], "head_kind": HEAD},
    )


def _in_force(department: Department) -> dict[str, Any]:
    versions = Texts.of(department)
    return {
        "department": department,
        "head": versions.head(),
        "texts": [versions.text(kind) for kind in LetterText.Kind.values],
    }


def _department(request: SignedInRequest, pk: int) -> Department:
    return get_object_or_404(Department, pk=pk, pk__in=request.user.departments_as(SECRETARIAT))


@csp_update({"frame-src": [SELF]})
@role_required(SECRETARIAT)
def text(request: SignedInRequest, department: int, kind: str) -> HttpResponse:
    """Write the next version of a text, from the one in force or an earlier one (`?version=2`)."""
    where = _department(request, department)
    if kind == HEAD:
        return _head(request, where)
    if kind not in LetterText.Kind.values:
        raise Http404
    shown = Shown(
        request,
        lambda data: [TextForm(data, instance=_next_text(Texts.of(where).text(kind)))],
        last=lambda _: _written(Texts.of(where).text(kind)),
    )
    versions = Texts.of(where).texts[kind]
    start = _as_shipped(kind) if request.GET.get("version") == SHIPPED else _version(request, versions)
    form = TextForm(request.POST or None, instance=_next_text(start))
    if form.is_valid():
        with refusals_on(form):
            saved = save_text(
                department=where,
                kind=kind,
                title=form.cleaned_data["title"],
                body=form.cleaned_data["body"],
                by=request.user,
                check=shown.check,
            )
            return success(request, _saved(saved, versions[-1]), "letters:texts")
    allowed = fields_of(kind)
    return render(
        request,
        "jury/documents/letters/text.html",
        {
            "form": form,
            "shown": shown,
            "examples": ExampleForm(),
            "department": where,
            "kind": kind,
            "name": LetterText.Kind(kind).label,
            "start": start,
            "versions": list(reversed(versions)),
            # Written by the department, while what butrt ships has changed: to compare, never imposed.
            "shipped": SHIPPED if all(not _same(version, _as_shipped(kind)) for version in versions) else "",
            "fields": [(name, words) for name, words in {**FACT_FIELDS, **FIELDS}.items() if name in allowed],
            "blocks": [(name, words) for name, words in BLOCKS.items() if name in allowed],
        },
    )


def _head(request: SignedInRequest, where: Department) -> HttpResponse:
    shown = Shown(
        request,
        lambda data: [HeadForm(data, request.FILES or None, instance=_draft(where, Texts.of(where).head()))],
        facts=lambda: _images(where),
        last=lambda _: _written(Texts.of(where).head()),
    )
    versions = list(Texts.of(where).heads)
    start = _version(request, versions)
    form = HeadForm(request.POST or None, request.FILES or None, instance=_draft(where, start))
    if form.is_valid():
        with refusals_on(form):
            saved = save_head(head=form.instance, by=request.user, check=shown.check)
            return success(request, _saved(saved, versions[-1]), "letters:texts")
    return render(
        request,
        "jury/documents/letters/head.html",
        {
            "form": form,
            "shown": shown,
            "words": HEAD_FIELDS,
            "examples": ExampleForm(),
            "department": where,
            "kind": HEAD,
            "start": start,
            "logo": bool(start.logo),
            "hand": bool(start.signature),
            "versions": list(reversed(versions)),
        },
    )


def _next_text(start: LetterText) -> LetterText:
    """A new row that says what a version does: what the form writes on it touches no version."""
    return LetterText(kind=start.kind, title=start.title, body=start.body)


def _written(version: LetterText | Letterhead) -> Change:
    return Change(version.author, version.at)


def _images(where: Department) -> dict[str, str]:
    """The images in force, told apart by their hash."""
    head = Texts.of(where).head()
    kept = {"Logo": bytes(head.logo), "Signature manuscrite": bytes(head.signature)}
    return {name: f"image {sha256(png).hexdigest()[:8]}" if png else "" for name, png in kept.items()}


def _draft(where: Department, start: Letterhead) -> Letterhead:
    """A new row that says what a version does: what the form writes on it touches no version."""
    return Letterhead(
        department=where,
        **{name: bytes(getattr(start, name)) for name in IMAGES},
        **{name: getattr(start, name) for name in HEAD_FIELDS},
    )


def _version(request: SignedInRequest, versions: Any) -> Any:
    """The version asked for by the address, else the one in force."""
    asked = request.GET.get("version")
    if asked is None:
        return versions[-1]
    chosen = next((version for version in versions if str(version.version) == asked), None)
    if chosen is None:
        raise Http404
    return chosen


def _as_shipped(kind: str) -> LetterText:
    """The words that come with this butrt, whatever the department wrote; no version of its own."""
    return LetterText(kind=kind, version=0, **shipped()[kind])


def _same(one: LetterText, other: LetterText) -> bool:
    return (one.title, one.body) == (other.title, other.body)


def _saved(saved: LetterText | Letterhead, before: LetterText | Letterhead) -> str:
    if saved.pk == before.pk:
        return f"Rien n’a changé : la version {saved.version} reste en vigueur."
    return f"{saved} : en vigueur. Les documents déjà établis gardent la version avec laquelle ils l’ont été."


@csp_replace({"frame-ancestors": [SELF]})
@xframe_options_sameorigin
@role_required(SECRETARIAT)
def preview(request: SignedInRequest, department: int, kind: str) -> HttpResponse:
    """What is being written, for an invented student: the letter, or what is refused in it.

    Nothing is kept. Without anything posted, the version in force; `pdf` asks for the document itself.
    """
    where = _department(request, department)
    versions = Texts.of(where)
    head, written = versions.head(), {value: versions.text(value) for value in LetterText.Kind.values}
    form: TextForm | HeadForm | None = None
    if kind == HEAD:
        if request.method == "POST":
            form = HeadForm(request.POST, request.FILES, instance=_draft(where, head))
            head = form.instance
    elif kind not in written:
        raise Http404
    elif request.method == "POST":
        form = TextForm(request.POST, instance=LetterText(kind=kind))
        written[kind] = form.instance
    if form is not None and not form.is_valid():
        return render(request, "jury/documents/letters/refused.html", {"form": form})
    shown = kind if kind in written and kind != LetterText.Kind.REMEDIES else LetterText.Kind.NOTIFICATION
    student = ExampleForm(request.POST or request.GET).student
    if shown == LetterText.Kind.FACT:
        student = DEPARTED
    proceedings, case, minutes = example(where, shown, student)
    making = Making(
        minutes=minutes,
        text=written[text_kind(shown, case)],
        address=ADDRESS,
        rncp=RNCP,
        remedies=written[LetterText.Kind.REMEDIES],
        head=head,
        at=timezone.now(),
        code="EXEMPLE",
    )
    if "pdf" not in request.POST:
        page = letter_page(proceedings, case, making) | {"stylesheet": static("documents.css")}
        return render(request, "jury/documents/letters/letter.html", page)
    pdf = render_letter(proceedings, case, making).content
    return as_file(pdf, f"{file_stem('exemple', shown)}.pdf", "application/pdf", inline=True)


@role_required(*Role.SITTING)
def handwriting(request: SignedInRequest) -> HttpResponse:
    """One's own signature: on the letters of the juries that one presides, until taken back.

    Of who may preside a jury, or be named to: they put it on its letters, nobody else does.
    """
    kept = Handwriting.objects.filter(user=request.user).first()
    if "remove" in request.POST:
        forget_handwriting(by=request.user)
        return success(
            request,
            "Votre signature est retirée : les lettres auront un cadre à signer.",
            "letters:handwriting",
        )
    form = HandwritingForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        keep_handwriting(png=form.cleaned_data["image"], by=request.user)
        return success(request, "Votre signature est enregistrée.", "letters:handwriting")
    return render(
        request,
        "jury/documents/letters/handwriting.html",
        {"form": form, "kept": kept, "image": png_address(kept.png) if kept else ""},
    )
