"""Changed meanwhile: who saves second is told who changed what, and nothing that either typed is lost.

A page that edits rows carries, signed, what its fields showed. Its save hands `Shown.check` to the service,
which calls it once it holds the rows: what they are then is compared with what was shown. Rows that somebody
removed meanwhile are a page that tells who and gives back what was typed: `SayGone`. And of two people who
create the same thing at once, the second is told so: `retold`.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar, cast

from crispy_forms.layout import Hidden
from django import forms
from django.core import signing
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError
from django.forms import BaseForm, BaseFormSet
from django.forms.boundfield import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst

from butrt.base import french
from butrt.base.french import NBSP, quoted
from butrt.base.journal.models import Entry

if TYPE_CHECKING:
    from django.http import QueryDict
    from django.utils.safestring import SafeString

    from butrt.base.accounts.models import SignedInRequest, User

P = ParamSpec("P")
T = TypeVar("T")

FIELD = "shown"
SALT = "butrt.meanwhile"
MOST_CHARACTERS = 120  # of a value, in the page and in the refusal
MOST_TOLD = 7  # fields named one by one in the refusal
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)  # as a browser sends a date
MOST_CHOICES = 40  # of a field, whose words the page carries
AGAIN = (
    f"Rien n’est enregistré, votre saisie reste{NBSP}: relire, puis enregistrer de nouveau pour la mettre à "
    "la place."
)
UNKNOWN = f"Cette page ne dit pas ce qu’elle montrait, quelqu’un a pu le changer depuis. {AGAIN}"


class ChangedMeanwhile(ValidationError):
    """A save refused because what its page showed has changed; the message says who, what, and what to do."""


Check = Callable[[], None]
"""Called by a service once it holds the rows that it writes. Raises `ChangedMeanwhile`."""


def unchecked() -> None:
    """The `Check` of who saves from no page: an import, a command, a creation."""


class Change(NamedTuple):
    """Who wrote last, and when."""

    by: User | None
    at: datetime.datetime


Last = Callable[[datetime.datetime], Change | None]
"""Who wrote last since a moment."""


@dataclass(frozen=True)
class Journaled:
    """As the journal tells it; `about` chooses among the entries of these acts."""

    acts: Sequence[str]
    about: Mapping[str, Any]

    def __call__(self, since: datetime.datetime) -> Change | None:
        entry = self.entry(since)
        return Change(entry.by, entry.at) if entry else None

    def entry(self, since: datetime.datetime) -> Entry | None:
        entries = Entry.objects.filter(act__in=self.acts, at__gte=since, **self.about)
        return entries.select_related("by", "department").order_by("-pk").first()


def journaled(*acts: str, **about: Any) -> Journaled:
    """`journaled("assessment.change", details__assessment=12)`."""
    return Journaled(acts, about)


class Value(NamedTuple):
    """A field of a page: its label, what it showed in words, and what tells it from any other value."""

    label: str
    words: str
    mark: str


Picture = Mapping[str, Value]
Make = Callable[["QueryDict | None"], "Sequence[BaseForm | BaseFormSet]"]
Facts = Callable[[], Mapping[str, str]]


class Shown:
    """What a page showed of the rows that it edits.

    `make` reads the rows and makes the page's forms upon them, unbound or bound to what was posted: each call
    reads the database anew. `facts` reads what no field shows and the save would replace: {label: words}.
    `last` tells who wrote, `gone` who removed the rows. The page holds `shown.field` in its form (a form with
    a crispy helper has it already); `new`: it edits nothing yet, it creates; `beside`: on the same page,
    another form may be posted.
    """

    def __init__(
        self,
        request: SignedInRequest,
        make: Make,
        *,
        facts: Facts = dict,
        last: Last | None = None,
        gone: Journaled | None = None,
        new: bool = False,
        beside: bool = False,
    ) -> None:
        self.user, self.at = request.user, timezone.now()
        self.posted = request.POST if request.method == "POST" and not beside else None
        self.make, self.facts, self.last, self.gone, self.new = make, facts, last, gone, new
        self.forms: Sequence[Any] = make(self.posted)
        # What the page will have shown, as the base has it; None while it goes on from what was posted.
        self.now = self._picture(self.forms) if self.posted is None and not new else None
        for form in self.forms:
            if not new and hasattr(form, "helper"):
                form.helper.add_input(Hidden(FIELD, self))
                break

    def __str__(self) -> str:
        """What the page carries: what it shows or, while a save goes on, what it showed first."""
        if self.now is None:
            return str(self.posted.get(FIELD, "")) if self.posted else ""
        kept = {
            "at": self.at.isoformat(),
            "values": self.now,
            "to": self.user.pk,
            "fields": _fields(self.forms),
            "gone": self.gone and (self.gone.acts, self.gone.about),
        }
        return signing.dumps(kept, salt=SALT, compress=True)

    @property
    def field(self) -> SafeString:
        """The hidden input."""
        return format_html('<input type="hidden" name="{}" value="{}">', FIELD, str(self))

    def check(self) -> None:
        """Raises `ChangedMeanwhile` unless the rows are as they were shown, or already as they are typed."""
        if self.new:
            return
        now, seen = self._picture(self.make(None)), self._seen()
        if seen is not None and (_marks(seen.values) == _marks(now) or self._is_typed(seen, now)):
            return
        self.now = now
        raise ChangedMeanwhile(UNKNOWN if seen is None else self._sentence(seen, now))

    def _picture(self, made: Sequence[BaseForm | BaseFormSet]) -> Picture:
        facts = {f"={label}": _value(label, words, words) for label, words in self.facts().items()}
        return {**picture(made), **facts}

    def _is_typed(self, seen: _Seen, now: Picture) -> bool:
        """Whether what changed is what is typed too: the same save sent twice, the same correction."""
        facts = [
            {key: value for key, value in values.items() if key[0] == "="} for values in (seen.values, now)
        ]
        return facts[0] == facts[1] and not any(map(_has_changed, self.make(self.posted)))

    def _seen(self) -> _Seen | None:
        """What was posted of it; None when the page said nothing that we signed."""
        try:
            kept = signing.loads(str(self.posted.get(FIELD, "")) if self.posted else "", salt=SALT)
        except signing.BadSignature:
            return None
        values = {key: Value(*value) for key, value in kept["values"].items()}
        return _Seen(datetime.datetime.fromisoformat(kept["at"]), values)

    def _sentence(self, seen: _Seen, now: Picture) -> str:
        last = self.last and self.last(seen.at)
        who, when = "quelqu’un a", ""
        if last:
            who = "vous avez" if last.by == self.user else f"{last.by} a" if last.by else who
            when = f" le {french.moment(last.at)}"
        differences = french.first([*_differences(seen.values, now)], MOST_TOLD, "autres changements")
        return (
            f"Entre-temps, {who} changé ce que cette page montrait{when}{NBSP}: "
            f"{f'{NBSP}; '.join(differences)}. {AGAIN}"
        )


class _Seen(NamedTuple):
    at: datetime.datetime
    values: Picture


def _has_changed(form: BaseForm | BaseFormSet) -> bool:
    """Whether what is typed differs from what is in the base; a password is in neither."""
    if isinstance(form, BaseFormSet):
        return bool(form.has_changed())
    fields = (form.fields[name] for name in form.changed_data)
    return any(not isinstance(field.widget, forms.PasswordInput) for field in fields)


def _marks(values: Picture) -> dict[str, str]:
    return {key: value.mark for key, value in values.items()}


def _differences(seen: Picture, now: Picture) -> Iterable[str]:
    """ "Coefficient : de « 1 » à « 2 »", in the fields’ order; a line that came or went, by its first one."""
    nothing = Value("", "", "")
    both = {*map(_line, seen)} & {*map(_line, now)}
    lines = set()
    for key in {**seen, **now}:
        before, after = seen.get(key, nothing), now.get(key, nothing)
        if before.mark != after.mark and _line(key) not in lines:
            if _line(key) not in both:
                lines.add(_line(key))
            label = after.label or before.label
            was, becomes = (quoted(value.words) if value.words else "rien" for value in (before, after))
            yield f"{label}{NBSP}: de {was} à {becomes}"


def _line(key: str) -> str:
    return key.rpartition(".")[0] or key


# ---------- what fields show ----------


def picture(made: Iterable[BaseForm | BaseFormSet]) -> Picture:
    """What unbound forms show, field by field.

    A line among others is known by its `key` (in the form's initial values), never by its place, and called
    by its `line` (an attribute of the form).
    """
    values = {}
    for line, field in _shown_fields(made):
        key = (line.initial or {}).get("key", line.prefix or "")
        values[f"{key}.{field.name}"] = _value(_label(line, field), *_read(field))
    return values


def _shown_fields(made: Iterable[BaseForm | BaseFormSet]) -> Iterator[tuple[BaseForm, BoundField]]:
    """Each field that shows something, with the form that is its line."""
    for form in made:
        for line in form.initial_forms if isinstance(form, BaseFormSet) else [form]:
            for field in line.visible_fields():
                if not isinstance(field.field.widget, forms.PasswordInput | forms.FileInput):
                    yield line, field


def _label(line: BaseForm, field: BoundField) -> str:
    name, label = getattr(line, "line", ""), str(field.label)
    return f"{name}, {label[:1].lower()}{label[1:]}" if name else str(capfirst(label))


def _value(label: str, words: str, raw: Any) -> Value:
    short = words if len(words) <= MOST_CHARACTERS else f"{words[:MOST_CHARACTERS]}…"
    return Value(label, short, sha256(json.dumps(raw).encode()).hexdigest()[:16])


def _read(bound: BoundField) -> tuple[str, Any]:
    """What a field shows: in words, and what tells it from any other value."""
    field, value = bound.field, bound.initial
    if isinstance(field, forms.ModelChoiceField):
        kept = field.prepare_value(value)
        keys = kept if isinstance(kept, list | tuple | set) else [] if kept in (None, "") else [kept]
        rows = field.queryset.filter(pk__in=keys) if keys and field.queryset is not None else ()
        words = ", ".join(map(field.label_from_instance, rows))
        return words, sorted(map(str, keys))
    if isinstance(field, forms.ChoiceField):
        labels = _labels(field.choices)
        keys = value if isinstance(value, list | tuple | set) else [] if value in (None, "") else [value]
        return ", ".join(labels.get(str(key), str(key)) for key in keys), sorted(map(str, keys))
    words = french.in_words(value)
    return words, words


def _labels(choices: Any) -> dict[str, str]:
    """The words of each choice, those in groups too."""
    words: dict[str, str] = {}
    for key, label in choices:
        words |= _labels(label) if isinstance(label, list | tuple) else {str(key): str(label)}
    return words


# ---------- removed meanwhile ----------


class SayGone:
    """What is posted of a page whose rows are no longer there, or this person's: a 404 that shows it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Http404 | ObjectDoesNotExist) or FIELD not in request.POST:
            return None
        try:
            kept = signing.loads(request.POST[FIELD], salt=SALT)
        except signing.BadSignature:
            return None
        if kept.get("to") != request.user.pk or not kept.get("fields"):
            return None
        entry = _removal(kept, cast("User", request.user))
        if entry is None and not isinstance(exception, Http404):
            return None  # our own error
        context = {"entry": entry, "typed": _typed(kept, request.POST)}
        return render(request, "base/gone.html", context, status=404)


def _removal(kept: Mapping[str, Any], user: User) -> Entry | None:
    """Who removed what a page showed, as the journal has it, for who still works in that department."""
    if not kept["gone"]:
        return None
    entry = Journaled(*kept["gone"]).entry(datetime.datetime.fromisoformat(kept["at"]))
    here = user.roles.exclude(role="student").filter(department=entry.department if entry else None)
    return entry if here.exists() else None


def _fields(made: Iterable[BaseForm | BaseFormSet]) -> dict[str, tuple[str, dict[str, str]]]:
    """{name in the page: its label, the words of its choices}, of what is typed or chosen."""
    fields = {}
    for line, field in _shown_fields(made):
        each_queries = isinstance(field.field, forms.ModelChoiceField) and line.prefix
        choices = () if each_queries else getattr(field.field, "choices", None) or ()
        labels = _labels(list(islice(choices, MOST_CHOICES)))
        fields[field.html_name] = _label(line, field), labels
    return fields


def _typed(kept: Mapping[str, Any], posted: QueryDict) -> list[tuple[str, str]]:
    """[(label, what was typed)], what the page showed already left out, where that is sure."""
    shown = {value[2] for value in kept["values"].values()}
    typed = []
    for name, (label, choices) in kept["fields"].items():
        values = [text.replace("\r\n", "\n") for text in posted.getlist(name)]
        raw: Any = sorted(values) if choices else "".join(values)
        words = ", ".join(choices.get(value, value) for value in values)
        if words and _value(label, words, raw).mark not in shown:
            typed.append((label, _date_in_words(words)))
    return typed


def _date_in_words(typed: str) -> str:
    """A date as a browser sends it, in French; anything else as it is."""
    try:
        return french.date(datetime.date.fromisoformat(typed)) if ISO_DATE.fullmatch(typed) else typed
    except ValueError:  # 2024-02-31
        return typed


# ---------- created at once ----------


def retold(service: Callable[P, T]) -> Callable[P, T]:
    """Run a service again when what it creates was created by another at the same moment.

    The database refuses the second; its own checks, which then see the first, say why in French.
    Goes above `transaction.atomic`.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return service(*args, **kwargs)
        except IntegrityError as error:
            if not _taken(error):
                raise
            return service(*args, **kwargs)

    return run


def _taken(error: IntegrityError) -> bool:
    """Whether it is a value that must be unique, and no other promise of the database."""
    return getattr(error.__cause__, "sqlstate", "") == "23505" or "UNIQUE" in str(error)
