"""What a page of promotions shows: its text, its form, its rows; and its address."""

import csv
import io
import re

from django.urls import reverse

from tests.pages import carried


def text_of(response) -> str:
    page = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main")[0]).split())


def as_shown(response) -> dict[str, object]:
    """The form of a page, as a browser would post it back untouched."""
    form = response.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return carried(response) | {name: value for name, value in values.items() if value is not None}


def address(name: str, *args: int) -> str:
    return reverse(f"cohorts:{name}", args=args)


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
