"""The pages and acts of the table, in the life of one jury: before it opens, during, once closed."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from typing import Any

from django.db.models import Count
from django.test import Client
from django.urls import reverse

from butrt.base.accounts.models import Role, User
from curriculum.models import Programme
from curriculum.programmelock import locked_by
from grades.intake.columns import read_extract
from grades.intake.importing import import_students, plan_import
from grades.models import Mark, Student, Teaching
from jury.cases.proceedings import Proceedings
from jury.exchange.apogee import services as apogee
from jury.exchange.apogee.file import read_apogee
from jury.models import ApogeeUpload, Session
from jury.sittings import services
from tests.benchmarks.measures import Measure, Measures
from tests.benchmarks.test_exchange import as_text
from tests.benchmarks.years_behind import decide, read, settle
from tests.factories import make_cohort, programme_of
from tests.jury.exchange.apogee_files import BUT2, Element, Layout

Jury = Callable[..., str]
FILES = {"xlsx": "classeur", "csv": "CSV"}


def measure(session: Session, only: str = "", *, profiled: bool = False) -> dict[str, Measure]:
    """Every line of the table, of a jury in preparation that this leaves closed in an open transaction."""
    gc.set_threshold(50_000, 20, 100)  # as the server's workers do
    measures = Measures(only, profiled=profiled)

    def jury(name: str, *arguments: object) -> str:
        return reverse(f"jury:{name}", args=[session.pk, *arguments])

    _marks(measures, session)
    _preparation(measures, session, jury)
    _deliberation(measures, session, jury)
    _closed(measures, session, jury)
    return measures.lines


def signed_in(session: Session, role: str = Role.Name.PRESIDENT) -> Client:
    """Somebody of the department with that role, the president of this jury first."""
    theirs = User.objects.filter(roles__role=role, roles__department=session.department)
    return client_of(session.president if role == Role.Name.PRESIDENT else theirs[0])


def client_of(user: User) -> Client:
    """A browser. The tests' environment is not set up: it copies the context of each template."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


# ---------- marks and promotions ----------


def _marks(measures: Measures, session: Session) -> None:
    cohort = session.cohort
    for role in Role.Name.PRESIDENT, Role.Name.SECRETARIAT, Role.Name.DIRECTOR, Role.Name.ADMINISTRATOR:
        label = str(Role.Name(role).label).lower()
        measures.page(f"accueil, {label}", signed_in(session, role), reverse("home"))
    director = signed_in(session, Role.Name.DIRECTOR)
    measures.page("avancement", director, reverse("cohorts:progress", args=[cohort.pk]))
    measures.page("éléments", director, reverse("grades:teachings"))
    office = signed_in(session, Role.Name.SECRETARIAT)
    measures.page("promotion", office, cohort.get_absolute_url())
    for kind, file in FILES.items():
        measures.page(f"promotion, {file}", office, cohort.get_absolute_url(), _export=kind)
    measures.page("comptes de la promotion", office, reverse("cohorts:accounts", args=[cohort.pk]))
    teaching = Teaching.objects.get(element__code="R401", cohort=cohort)
    teacher = client_of(teaching.heads.all()[0])
    measures.page("feuille de notes", teacher, teaching.get_absolute_url())
    mark = Mark.objects.filter(assessment__teaching=teaching, assessment__locked=False)[0]
    cell = {"a": mark.assessment_id, "e": mark.enrolment_id, "t": "11.5", "v": mark.version}
    address = reverse("grades:save", args=[teaching.pk])

    def save() -> None:
        answer = teacher.post(address, json.dumps({"cells": [cell]}), content_type="application/json")
        assert answer.json()["cells"][0]["state"] == "saved", answer.content

    measures.line("une note enregistrée", save)
    programme = programme_of(cohort)
    administrator = signed_in(session, Role.Name.ADMINISTRATOR)
    largest = Programme.objects.annotate(size=Count("elements")).order_by("-size", "pk")
    free = next(row for row in largest if not locked_by([row.pk]))
    measures.page("programme, modifier", administrator, reverse("curriculum:edit", args=[free.pk]))
    extract = read_extract(as_text(cohort.enrolments.count()))
    secretariat = User.objects.get(username="c.pichavant")

    def bring() -> None:
        empty = make_cohort(programme, school_year=cohort.school_year + 2)
        asked: dict[str, Any] = {"cohort": empty, "extract": extract, "columns": extract.proposed}
        shown = plan_import(**asked).digest
        import_students(**asked, name="apogee.csv", by=secretariat, shown=shown)

    measures.line("import d’étudiants", bring)
    measures.page("liste des jurys", director, reverse("jury:sessions"))
    for query in ("NOM0001", "S4", "PV"):
        measures.page(f"chercher {query}", director, reverse("search"), q=query)
    measures.page("journal", administrator, reverse("journal"))
    measures.page("journal, un acte", administrator, reverse("journal"), act="session.open")


# ---------- the jury ----------


def _preparation(measures: Measures, session: Session, jury: Jury) -> None:
    client = signed_in(session)
    student = session.enrolments().order_by("student__last_name")[0].student
    measures.page("préparation (liste de contrôle)", client, jury("prepare"))
    measures.page("salle, en préparation", client, jury("room"))
    measures.page("dossier, en préparation", client, jury("card", student.number))

    def open_it() -> None:
        services.open_deliberation(session=read(session), by=session.president, motive="Mesure.")

    measures.line("ouvrir", open_it)
    open_it()
    session.refresh_from_db()


def _deliberation(measures: Measures, session: Session, jury: Jury) -> None:
    session = read(session)
    client = signed_in(session)
    cases = Proceedings.of(session).cases
    case = next((case for case in cases if case.undecided), cases[0])
    student = Student.objects.get(department=session.department, number=case.id)
    measures.page("salle", client, jury("room"))
    shown = re.search(r'data-version="([^"]*)"', client.get(jury("room")).content.decode())
    assert shown is not None  # what the page polls with
    version = shown[1]
    measures.page("suivre, rien de neuf", client, jury("live"), depuis=version)
    measures.page("dossier", client, jury("card", case.id))
    measures.line("décider", lambda: decide(session, student))
    decide(session, student)
    measures.page("suivre, une décision", client, jury("live"), depuis=version)
    measures.page("projection", client, jury("room"), projection="1")
    measures.page("répartition", client, jury("spread"))
    settle(session)
    session.members.update(presence="present")
    measures.page("salle, tout décidé", client, jury("room"))
    measures.page("page de clôture", client, jury("close"))
    measures.line("clore", lambda: services.close(session=read(session), by=session.president))
    services.close(session=read(session), by=session.president)


def _closed(measures: Measures, session: Session, jury: Jury) -> None:
    """What a closed jury gives to read."""
    session = read(session)
    client = signed_in(session)
    number = Proceedings.of(session).cases[0].id
    measures.page("salle, clos", client, jury("room"))
    measures.page("après le jury", client, jury("after"))
    measures.page("suites", client, jury("following"))
    for kind, file in FILES.items():
        measures.page(f"suites, {file}", client, jury("following"), _export=kind)
    measures.page("documents d’un étudiant", client, jury("student_documents", number))
    measures.page("lots", client, jury("batches"))
    measures.page("statistiques", client, jury("figures"))
    measures.page("statistiques, CSV", client, jury("figures"), _export="csv")
    measures.page("résultats, classeur", client, jury("results_xlsx"))
    measures.page("résultats, classeur par groupe", client, jury("results_xlsx"), groupes="1")
    measures.page("résultats, CSV", client, jury("results_csv"))
    _apogee(measures, session, client, jury)
    measures.page("cohorte.json", client, jury("cohort_json"))
    account = User.objects.create_user("mesure", first_name="Camille", last_name="Mesure")
    Role.objects.create(user=account, department=session.department, role=Role.Name.STUDENT)
    Student.objects.filter(department=session.department, number=number).update(account=account)
    measures.page("mes notes", client_of(account), reverse("own:marks"))


def _apogee(measures: Measures, session: Session, client: Client, jury: Jury) -> None:
    """The whole promotion's file: UE, RCUE, semester, year and every element with an average."""
    programme = programme_of(session.cohort)
    elements = [Element("ELP", f"V{unit.code}", f"{unit.code} {unit.code}") for unit in programme.units.all()]
    elements += [Element("ELP", f"V{row.code}", f"{row.code} cours") for row in programme.elements.all()]
    people = [
        (row.student.number, row.student.last_name.encode("latin-1", "replace").decode("latin-1"))
        for row in session.enrolments().select_related("student")
    ]
    data = Layout(people, elements=[BUT2[0], *elements]).build()
    file = read_apogee(data)
    proposed = apogee.proposed_elements(programme, file).by_subject
    apogee.save_elements(
        programme=programme,
        elements={subject: list(proposal.references) for subject, proposal in proposed.items()},
        by=session.president,
    )
    apogee.keep_file(session=session, data=data, name="V2RT.TXT", by=session.president)
    measures.page("Apogée, plan", client, jury("apogee"))
    kept = ApogeeUpload.objects.of(session.president, session=session)
    assert kept is not None  # kept just above
    digest = apogee.plan_for(session, file).digest
    asked = {"kept": kept, "shown": digest, "overwrite": True, "by": session.president}
    measures.line("Apogée, fichier rendu", lambda: apogee.give_back(session=read(session), **asked))
