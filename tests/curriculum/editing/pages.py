"""The maquette typed on the screen: a page, its fields, its buttons."""

import re
from html.parser import HTMLParser

from django.urls import reverse

from curriculum.models import Programme
from tests.curriculum.test_services import programme_data as fixture


def small_data() -> dict:
    """Two UE of the semester and their elements: a page five times shorter, for what no size changes."""
    data = fixture()
    data["units"] = [unit for unit in data["units"] if unit["code"] in ("UE31", "UE32")]
    data["weights"] = [
        line
        for line in data["weights"]
        if line["unit"] in ("UE31", "UE32") and line["element"] in ("R301", "R302")
    ]
    data["elements"] = [each for each in data["elements"] if each["code"] in ("R301", "R302")]
    data["competences"] = [each for each in data["competences"] if each["code"] in ("RT1", "RT2")]
    return data | {"in_force_from": 2026, "printed_totals": []}


class Fields(HTMLParser):
    """What a browser would send of a page's form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""
        self.feed(page.partition('id="edit"')[2].partition("</form>")[0])

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "input" and said.get("type") != "checkbox":
            self.values[said["name"]] = said.get("value", "")
        elif tag == "select":
            self.select = said["name"]
        elif tag == "option" and (self.select not in self.values or "selected" in said):
            self.values[self.select] = said["value"]


def page_of(programme: Programme) -> str:
    return reverse("curriculum:edit", args=[programme.pk])


def opened(office, programme: Programme) -> dict[str, str]:
    answer = office.get(page_of(programme))
    assert answer.status_code == 200
    return Fields(answer.content.decode()).values


def row(fields: dict[str, str], name: str, *key: str) -> str:
    """The beginning of a row's fields: "weights-12-"."""
    parts = ("unit", "element") if name == "weights" else ("code",)
    for field in fields:
        place, _, part = field.rpartition("-")
        if (
            field.startswith(name)
            and part == parts[0]
            and all(fields[f"{place}-{each}"] == value for each, value in zip(parts, key, strict=True))
        ):
            return f"{place}-"
    raise AssertionError(f"{name} {key} is not on the page")


def press(office, programme: Programme, fields: dict, act: str):
    return office.post(page_of(programme), fields | {"act": act})


def again(answer) -> dict[str, str]:
    """The fields of the page that came back."""
    assert answer.status_code == 200
    return Fields(answer.content.decode()).values


def said(answer) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2].partition("</main")[0])
    return " ".join(text.split())
