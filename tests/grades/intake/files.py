"""Students in: a file as Apogée gives it, sent, previewed, confirmed."""

from __future__ import annotations

import datetime
import io

from django.urls import reverse
from openpyxl import Workbook

from butrt.base.journal.models import Entry
from grades.models import Enrolment, Group, Student, StudentImport
from tests.grades.workbook.files import NBSP

HEADERS = "N° étudiant;Code INE;Nom;Prénom;Sexe;Né(e) le;Lieu de naissance;Groupe;Série du bac"

AMEL = "22000001;070000001AA;DURAND;AMÉLIE;F;03/09/2005;Roubaix;TP A;STI2D"

NOE = "22000002;070000002BB;LE GOFF;Noé;M;12/03/2005;Brest;TP B;Générale"


def text(*lines, header=HEADERS, encoding="utf-8"):
    return "\r\n".join([header, *lines, ""]).encode(encoding)


def changed(line, **cells):
    """A line with some of its cells replaced, by the short names of its columns."""
    names = ("number", "ine", "last_name", "first_name", "gender", "born", "place", "group", "series")
    return ";".join(cells.get(name, value) for name, value in zip(names, line.split(";"), strict=True))


def page(name, cohort, *args):
    return reverse(f"cohorts:import_{name}", args=[cohort.pk, *args])


def send(client, cohort, data, name="apogee.csv"):
    file = io.BytesIO(data)
    file.name = name
    return client.post(page("students", cohort), {"file": file})


def previewed(client, cohort, data):
    """Send a file, confirm its columns as they are recognised, and read the preview."""
    answer = send(client, cohort, data)
    assert (answer.status_code, answer.url) == (302, page("columns", cohort))
    form = client.get(answer.url).context["form"]
    answer = client.post(answer.url, {bound.html_name: bound.value() for _, bound in form.lines()})
    assert answer.url == page("preview", cohort)
    return client.get(answer.url)


def confirm(client, cohort, answer):
    return client.post(page("preview", cohort), {"shown": answer.context["plan"].digest})


def imported(client, cohort, *lines, **options):
    """Import these lines, whole; what was made."""
    answer = confirm(client, cohort, previewed(client, cohort, text(*lines, **options)))
    assert answer.status_code == 302
    return StudentImport.objects.latest("pk")


def told(answer):
    """(where, column, reason) of each refusal."""
    return [
        (each.ref, each.column, each.reason.replace(NBSP, " ")) for each in answer.context["plan"].refusals
    ]


def differences(answer):
    return {
        each.student: [tuple(difference) for difference in each.differences]
        for each in answer.context["plan"].changed
    }


def stored():
    return (
        list(Student.objects.order_by("pk").values()),
        list(Enrolment.objects.order_by("pk").values()),
        Group.objects.count(),
        StudentImport.objects.count(),
        Entry.objects.count(),
    )


def workbook(rows, change=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


SHEET_ROWS = [
    ["Liste des inscrits"],
    [
        "NUMETU",
        "INE",
        "Nom de naissance",
        "Nom usuel",
        "Prénom",
        "Civilité",
        "Date de naissance",
        "Ville de naissance",
    ],
    [22000001, "070000001AA", "Durand", "Martin", "Amélie", "Mme", datetime.date(2005, 9, 3), "Roubaix"],
]
