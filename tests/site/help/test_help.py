"""The help of each role: what it links to is theirs, what it quotes is on a screen."""

import html
import re
from pathlib import Path

import pytest
from django.urls import resolve, reverse

from butrt.site.help.views import PAGES
from tests import test_access
from tests.factories import make_user

ROOT = Path(__file__).parents[3]
HELP = ROOT / "templates" / "site" / "help"
HREF = re.compile(r'<a\b[^>]*href="([^"#]+)"')


@pytest.mark.django_db
def test_each_role_reaches_what_its_help_links_to(client):
    unreached = []
    for page in PAGES:
        person = page.role or "site"
        client.force_login(make_user(page.role) if page.role else make_user(is_superuser=True))
        assert client.get(reverse("help:help")).url == reverse("help:page", args=[page.slug])
        main = client.get(reverse("help:page", args=[page.slug])).text.split("<main")[1].split("</main")[0]
        for address in HREF.findall(main):
            name = resolve(address).view_name
            if test_access.PAGES[name].answers[person] not in (test_access.OK, test_access.MOVED):
                unreached.append((page.slug, name))

    assert unreached == []


def test_what_the_help_quotes_is_on_a_screen():
    screens = " ".join(
        plain(path.read_text("utf-8"))
        for path in (ROOT / "templates").rglob("*.html")
        if HELP not in path.parents
    ) + " ".join(
        path.read_text("utf-8")
        for top in ("butrt", "curriculum", "grades", "jury")
        for path in (ROOT / top).rglob("*.py")
    )
    quoted = {
        plain(label)
        for path in HELP.glob("*.html")
        for label in re.findall(r"<b>(.*?)</b>", path.read_text("utf-8"), re.S)
    }

    assert len(quoted) > 30
    assert sorted(label for label in quoted if label not in screens) == []


def plain(template: str) -> str:
    """The words of a template."""
    text = re.sub(r"{[%#].*?[%#]}|<[^>]*>", " ", template, flags=re.S)
    return " ".join(html.unescape(text).replace("\N{NO-BREAK SPACE}", " ").split())
