"""Accounts opened from a list: read as people make them, shown before, one bad line set aside."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse

from butrt.base.accounts.models import Role, User
from butrt.base.spreadsheets import MOST_ROW, USUAL, Unreadable
from butrt.site.staff.planning import What, plan
from butrt.site.staff.reading import read_people
from tests.factories import make_department, make_user
from tests.pages import form_of, plain

LIST = """Nom\tPrénom\tCourriel\tRôles
PICHAVANT\tCorinne\tcorinne.pichavant@iut.example\tsecrétariat
Vaucresson\tBéatrice\tb.vaucresson@iut.example\tPrésidence de jury, enseignement
OUADAH\tKarim\tkarim.ouadah@iut\t
Marchetti\tHélène\thelene.marchetti@iut.example\tprof et cuisinier
VAUCRESSON\tBéatrice\tb.vaucresson@iut.example\tdirection des études
"""


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Prénom;NOM;Mail\nAnne;DE LA TOUR;a@iut.example\n", [("De La Tour", "Anne", "a@iut.example", ())]),
        ("Dupont;Anne;a@iut.example;adupont;membre\n", [("Dupont", "Anne", "a@iut.example", ("member",))]),
        (
            '"Anne DUPONT" <a@iut.example>; Luc Le Bris <l@iut.example>',
            [("Dupont", "Anne", "a@iut.example", ()), ("", "", "l@iut.example", ())],
        ),
        ("Nom prénom,E-mail\nDUPONT Anne,a@iut.example\n", [("Dupont", "Anne", "a@iut.example", ())]),
    ],
)
def test_a_list_is_read_as_people_make_it(text: str, people: list[tuple]):
    lines = read_people(text.encode())

    assert [(line.last_name, line.first_name, line.email, line.roles) for line in lines][:1] == people[:1]
    assert [line.email for line in lines] == [person[2] for person in people]
    assert all(line.wrong for line, person in zip(lines, people, strict=True) if not person[0])


@pytest.mark.parametrize("text", [b"a" * (USUAL.bytes + 1), b"a\n" * MOST_ROW])
def test_a_list_too_long_is_not_told_of_students(text: bytes):
    with pytest.raises(
        Unreadable, match=r"bien plus que ce qui est lu ici\. N’y garder que les lignes utiles"
    ):
        read_people(text)


@pytest.mark.django_db
def test_what_a_list_would_do_is_shown_and_then_done(client):
    department = make_department()
    client.force_login(make_user("administrator", department=department))
    known = make_user("teacher", department=department, email="B.Vaucresson@iut.example", password="le sien")
    preview = client.post(reverse("staff:several"), {"pasted": LIST, "role": "teacher"})
    before = User.objects.count()
    address = reverse("staff:confirm")
    done = client.post(address, form_of(preview, address) | {"invite": ["on"]})
    text = plain(done.text)

    assert before == 2
    created = User.objects.get(username="corinne.pichavant")
    assert (str(created), created.has_role(department, "secretariat")) == ("Corinne Pichavant", True)
    assert {*known.roles.values_list("role", flat=True)} == {"teacher", "president", "director"}
    assert [message.to for message in mail.outbox if "mot de passe" in message.subject] == [[created.email]]
    assert "Même personne que la ligne 3" in text
    assert "« cuisinier » n’est pas un rôle d’ici" in text
    # What is set aside comes back to be corrected.
    assert re.search(r"<textarea[^>]*>\s*Ouadah\tKarim\tkarim.ouadah@iut\t", done.text)
    assert User.objects.count() == before + 1


@pytest.mark.django_db
def test_what_changed_since_the_preview_is_shown_again(client):
    department = make_department()
    client.force_login(make_user("administrator", department=department))
    preview = client.post(reverse("staff:several"), {"pasted": LIST, "role": "teacher"})
    make_user("teacher", department=department, email="b.vaucresson@iut.example")
    address = reverse("staff:confirm")
    again = client.post(address, form_of(preview, address))

    assert "Ce que cette page montrait a changé entre-temps" in again.text
    assert not User.objects.filter(username="corinne.pichavant").exists()


@pytest.mark.django_db
def test_who_cannot_be_told_apart_is_set_aside(django_assert_num_queries):
    department = make_department()
    make_user("student", department=department, username="21900001")
    make_user("teacher", email="closed@iut.example", is_active=False)
    make_user("teacher", username="adupont", email="autre@iut.example")
    text = (
        "Un;Etudiant;;21900001\nDeux;Ferme;closed@iut.example\nTrois;Pris;pris@iut.example;adupont\n"
        "Quatre;Sans\nCinq;Nouveau;anne@iut.example\nSix;Nouveau;anne@autre.example\n"
    )
    lines = read_people(text.encode())
    with django_assert_num_queries(4):
        few = plan(department=department, lines=lines[:2], role="teacher")
    with django_assert_num_queries(4):
        made = plan(department=department, lines=lines, role="teacher")

    assert [planned.what for planned in few.lines] == [What.ASIDE] * 2
    assert [planned.what for planned in made.lines] == [*[What.ASIDE] * 4, What.NEW, What.NEW]
    assert [planned.user.username for planned in made.of(What.NEW) if planned.user] == ["anne", "anne2"]


@pytest.mark.django_db
def test_invitations_are_sent_again_in_one_act(client):
    department = make_department()
    client.force_login(make_user("administrator", department=department, password="le sien"))
    people = [make_user("teacher", department=department, email=f"{n}@iut.example") for n in range(3)]
    Role.objects.create(user=people[0], department=department, role="president")
    make_user("student", department=department, email="etudiant@iut.example")
    address = reverse("staff:invitations")
    page = client.get(address)
    answer = client.post(address, form_of(page, "") | {"person": [people[0].pk, people[1].pk]}, follow=True)

    assert page.text.count('name="person"') == 3
    assert [message.to for message in mail.outbox] == [["0@iut.example"], ["1@iut.example"]]
    assert "2 liens pour choisir un mot de passe sont envoyés" in answer.text
    assert plain(answer.text).count("envoyé le") == 2
