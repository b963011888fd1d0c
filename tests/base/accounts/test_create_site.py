"""A site begins with one command."""

import pytest
from django.core import mail
from django.core.management import call_command

from butrt.base.accounts.management.commands import create_site
from butrt.base.accounts.models import User
from butrt.base.journal.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run it, the database and the files being there; what it writes."""
    monkeypatch.setattr(create_site, "call_command", lambda *_, **__: None)

    def begin(*arguments: str) -> str:
        call_command("create_site", *arguments)
        return capsys.readouterr().out

    return begin


def test_it_opens_one_account_and_sends_its_link_until_it_has_served(begin):
    first = begin("anne.dupont-durand@iut.example")
    again = begin()
    user = User.objects.get()
    user.set_password("Grand-chemin-de-halage-27")
    user.save()
    done = begin("anne.dupont-durand@iut.example")

    assert (user.username, str(user), user.is_superuser) == (
        "anne.dupont-durand",
        "Anne Dupont-Durand",
        True,
    )
    assert not user.roles.exists()
    assert [message.to for message in mail.outbox] == [["anne.dupont-durand@iut.example"]] * 2
    assert "/connexion/lien/" not in first + again + done
    assert "rien n’est changé" in done
    assert Entry.objects.filter(act="account.site").count() == 1


def test_without_an_address_the_link_is_written_there(begin):
    assert "/connexion/lien/" in begin()
    assert mail.outbox == []
