import re
from itertools import chain

import pytest
from django.db import connection, transaction
from django.urls import reverse

from butrt.base.accounts.models import Role
from butrt.base.journal.models import Entry
from butrt.base.journal.pages import PER_PAGE
from butrt.base.journal.services import Act, record, record_all
from tests.factories import make_department, make_user
from tests.journal import first_break

pytestmark = pytest.mark.django_db


def test_the_journal_of_a_department_is_read_there_only(client):
    department, elsewhere = make_department(), make_department()
    reader = make_user("administrator", department=department)
    record(act="marks.record", about="R301", by=reader, department=department, details={"marks": 3})
    record(act="marks.record", about="R999", by=None, department=elsewhere)
    client.force_login(reader)
    text = client.get(reverse("journal")).content.decode()

    assert ("R301" in text, "R999" in text) == (True, False)
    assert client.get(reverse("journal"), {"about": "zzz"}).content.decode().count("R301") == 0


def test_whence_a_person_comes_is_read_by_administrators(client):
    department = make_department()
    for act in ("account.sign_in", "account.sessions", "account.forgotten", "account.address"):
        record(act=act, about=f"de {act}", by=None, department=department, details={"address": "192.0.2.9"})
    read = {}
    for role in ("administrator", "director"):
        client.force_login(make_user(role, department=department))
        read[role] = client.get(reverse("journal")).text.count(">de account.")

    assert read == {"administrator": 4, "director": 1}


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        record(act="x", about="y", by=None)


def test_a_removed_entry_breaks_the_chain():
    for number in range(3):
        record(act="x", about=str(number), by=None)
    assert first_break() is None
    Entry.objects.filter(about="1").delete()
    assert first_break().about == "2"


def test_the_journal_speaks_french_and_its_file_keeps_what_was_written(client):
    department = make_department()
    reader = make_user("administrator", department=department)
    details = {"session": 4, "motive": "copie retrouvée"}
    record(act="session.correct", about="Jury S4", by=reader, department=department, details=details)
    client.force_login(reader)
    page = client.get(reverse("journal"), {"act": "session.correct"}).content.decode()
    file = client.get(reverse("journal"), {"_export": "csv"}).content.decode()

    assert "<td>correction ouverte</td>" in page
    assert "<td>motif : copie retrouvée</td>" in page
    assert ("session.correct" in file, '""session"": 4' in file) == (False, True)


def test_the_journal_is_read_a_page_at_a_time_from_an_entry(
    client, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("butrt.base.journal.pages.PER_PAGE", 3)
    one, two = make_department(), make_department()
    reader = make_user("director", department=one)
    Role.objects.create(user=reader, department=two, role="director")
    acts = [Act("marks.record", f"R{number}", {}) for number in range(4)]
    record_all(acts, by=None, department=one)  # at one and the same time
    record_all(acts[:3], by=None, department=two)
    client.force_login(reader)
    address, pages = reverse("journal"), []
    with django_assert_max_num_queries(30):
        while address:
            page = client.get(address).context["page"]
            pages.append([entry.pk for entry in page.entries])
            address = f"{reverse('journal')}?avant={page.older}" if page.older else ""
    back = client.get(reverse("journal"), {"apres": pages[-1][0]}).context["page"]

    everything = list(
        Entry.objects.filter(act="marks.record").order_by("-at", "-pk").values_list("pk", flat=True)
    )
    assert [*chain.from_iterable(pages)] == everything
    assert [entry.pk for entry in back.entries] == pages[-2]
    for wrong in ("²", "9" * 40, "-1", "0"):
        assert client.get(reverse("journal"), {"avant": wrong}).context["page"].entries[0].pk == everything[0]


def test_the_entries_of_an_act_are_read_in_the_order_of_their_index():
    """Those that a page shows, however many there are: none is read to be put in order, then left."""
    department = make_department()
    rare, usual = Act("session.open", "S4", {}), Act("marks.record", "R301", {})
    record_all([rare, *[usual] * 300], by=None, department=department)
    if connection.vendor == "postgresql":  # which puts so few in order as well
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE journal_entry")
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
    entries = Entry.objects.filter(department=department, act="session.open")
    plan = entries.order_by("-at", "-pk")[:PER_PAGE].explain()

    assert "entry_of_act_dated" in plan
    assert re.search("Presorted Key: at|FOR (RIGHT PART|LAST .*) OF ORDER BY", plan)
