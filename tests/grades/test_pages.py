"""The pages of marks: who enters, what a save answers, the plain form, évaluations, history."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curriculum.models import Unit, Weight
from grades.models import Assessment, AssessmentWeight, Enrolment, Group, Mark
from grades.services import Entry, record_marks
from tests.factories import (
    make_assessment,
    make_cohort,
    make_department,
    make_element,
    make_enrolment,
    make_regulation,
    make_teaching,
    make_user,
    programme_of,
)
from tests.pages import shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def teaching(client):
    """An element, its teacher signed in, one évaluation, two students."""
    cohort = make_cohort()
    teacher = make_user("teacher", department=cohort.department, first_name="Hélène", last_name="Marchetti")
    teaching = make_teaching(cohort, teachers=[teacher])
    make_assessment(teaching, title="DS 1")
    make_enrolment(cohort)
    make_enrolment(cohort)
    client.force_login(teacher)
    return teaching


def url(name, *args):
    return reverse(f"grades:{name}", args=args)


def save(client, teaching, *cells):
    """POST cells (évaluation, enrolment, text, version) as the browser does."""
    body = {"cells": [{"a": a.pk, "e": e.pk, "t": text, "v": version} for a, e, text, version in cells]}
    return client.post(url("save", teaching.pk), json.dumps(body), content_type="application/json")


def students(teaching):
    return list(teaching.cohort.enrolments.order_by("pk"))


# ---------- doors ----------


def pages(teaching):
    assessment = teaching.assessments.first()
    mark = (
        record_marks(
            teaching=teaching,
            entries=[Entry(assessment.pk, students(teaching)[0].pk, "12", 0)],
            by=make_user(),
        )
        .outcomes[0]
        .mark_id
    )
    return {
        url("sheet", teaching.pk): 200,
        url("history", mark): 200,
        url("assessment_new", teaching.pk): 403,
        url("assessment_edit", assessment.pk): 403,
    }


def test_a_teacher_reads_and_fills_but_creates_no_assessment(client, teaching):
    expected = pages(teaching)

    assert {page: client.get(page).status_code for page in expected} == expected
    answer = client.get(url("assessment_new", teaching.pk))
    assert "Les responsables de l’élément créent et changent ses évaluations." in answer.text


def test_heads_and_the_director_do_both(client, teaching):
    head = make_user("teacher", department=teaching.cohort.department)
    teaching.heads.add(head)
    expected = dict.fromkeys(pages(teaching), 200)
    for person in (head, make_user("director", department=teaching.cohort.department)):
        client.force_login(person)

        assert {page: client.get(page).status_code for page in expected} == expected


@pytest.mark.parametrize("role", ["teacher", "president", "member", "secretariat", "administrator"])
def test_for_the_others_a_sheet_does_not_exist(client, teaching, role):
    expected = dict.fromkeys(pages(teaching), 404)
    client.force_login(make_user(role, department=teaching.cohort.department))

    assert {page: client.get(page).status_code for page in expected} == expected
    assert save(client, teaching).status_code == 404
    assert client.post(url("sheet", teaching.pk)).status_code == 404


def test_another_department_s_director_sees_nothing(client, teaching):
    client.force_login(make_user("director", department=make_department()))

    assert client.get(url("sheet", teaching.pk)).status_code == 404
    assert client.get(url("teachings")).text.count(teaching.element.title) == 0


def test_the_anonymous_are_asked_to_sign_in(client, teaching):
    client.logout()

    for page in pages(teaching):
        assert client.get(page).headers["Location"].startswith(reverse("login"))


# ---------- saving cells ----------


def test_a_save_answers_cell_by_cell_with_the_averages_of_its_students(client, teaching):
    assessment, (ann, bob) = teaching.assessments.get(), students(teaching)

    answer = save(client, teaching, (assessment, ann, "14.5", 0), (assessment, bob, "25", 0)).json()

    mark = Mark.objects.get()
    assert [
        {key: cell[key] for key in ("a", "e", "state", "text", "version", "mark", "reason", "suggestion")}
        for cell in answer["cells"]
    ] == [
        {
            "a": assessment.pk,
            "e": ann.pk,
            "state": "saved",
            "text": "14,5",
            "version": 1,
            "mark": mark.pk,
            "reason": "",
            "suggestion": "",
        },
        {
            "a": assessment.pk,
            "e": bob.pk,
            "state": "refused",
            "text": "",
            "version": 0,
            "mark": None,
            "reason": "25 dépasse le maximum, 20.",
            "suggestion": "2,5",
        },
    ]
    assert "Rien n’est enregistré, votre saisie reste." in answer["cells"][1]["explain"]
    assert "14,50" in answer["averages"][str(ann.pk)]


def test_what_the_class_has_come_to_is_told_apart(client, teaching):
    assessment, (ann, bob) = teaching.assessments.get(), students(teaching)
    save(client, teaching, (assessment, ann, "14.5", 0))
    group = Group.objects.create(cohort=teaching.cohort, name="TP A")
    Enrolment.objects.filter(pk=bob.pk).update(group=group)

    whole = client.get(url("figures", teaching.pk)).json()
    part = client.get(url("figures", teaching.pk), {"groupe": group.pk}).json()

    assert "en saisie, 1 sur 2" in whole["columns"][str(assessment.pk)]["state"]
    assert "en saisie, 0 sur 1" in part["columns"][str(assessment.pk)]["state"]
    assert [said["average"]["mean"] for said in (whole, part)] == ["14,50", "—"]
    assert all("1 note à saisir" in said["summary"] for said in (whole, part))


def test_a_locked_sheet_answers_403_with_its_reason(client, teaching):
    assessment, (ann, _) = teaching.assessments.get(), students(teaching)
    Assessment.objects.update(locked=True)

    answer = save(client, teaching, (assessment, ann, "12", 0))

    assert (answer.status_code, answer.json()["cells"][0]["reason"]) == (
        403,
        "DS 1 est verrouillée, ses notes ne changent plus.",
    )
    posted = client.post(url("sheet", teaching.pk), {f"m-{assessment.pk}-{ann.pk}-0": "12"})
    assert (posted.status_code, "DS 1 est verrouillée" in posted.text) == (403, True)
    assert not Mark.objects.exists()
    page = client.get(url("sheet", teaching.pk)).text
    assert "Notes verrouillées." in page
    assert "Enregistrer les notes" not in page


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"cells": 3}', '{"cells": [{"a": "x"}]}', '{"cells": [3]}']
)
def test_what_is_no_list_of_cells_is_told(client, teaching, body):
    answer = client.post(url("save", teaching.pk), body, content_type="application/json")

    assert (answer.status_code, answer.json()) == (
        400,
        {"reason": "Ces notes ne se lisent pas, recharger la page."},
    )


def test_a_save_is_only_posted(client, teaching):
    assert client.get(url("save", teaching.pk)).status_code == 405


def test_a_save_takes_as_many_queries_whatever_the_number_of_cells(client, teaching):
    assessment = teaching.assessments.get()
    other = Unit.objects.exclude(weights__element=teaching.element).get()
    Weight.objects.create(unit=other, element=teaching.element, coefficient=1)
    AssessmentWeight.objects.create(assessment=assessment, unit=other, weight=2)
    first, *enrolments = [*students(teaching), *(make_enrolment(teaching.cohort) for _ in range(30))]
    save(client, teaching, (assessment, first, "12", 0))  # the first entry of the department's journal
    counts = []
    for chosen in (enrolments[:1], enrolments[1:4], enrolments[4:]):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = save(client, teaching, *((assessment, each, "12", 0) for each in chosen))
        assert {cell["state"] for cell in answer.json()["cells"]} == {"saved"}
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))

    locks = 2 * (connection.vendor == "postgresql")  # of the semester and of the journal
    assert counts == [15 + locks] * 3  # the UE among them, for the poids


def test_a_page_takes_as_many_queries_for_one_student_as_for_three(client, teaching):
    counts = []
    for _ in range(3):
        make_enrolment(teaching.cohort)
        make_assessment(teaching)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("sheet", teaching.pk)).status_code == 200
        counts.append(len(captured))

    assert counts == [counts[0]] * 3


# ---------- without JavaScript ----------


def test_the_plain_form_saves_what_it_can_and_keeps_the_rest(client, teaching):
    assessment, (ann, bob) = teaching.assessments.get(), students(teaching)
    page = client.get(url("sheet", teaching.pk)).text
    assert f'name="m-{assessment.pk}-{ann.pk}-0"' in page

    answer = client.post(
        url("sheet", teaching.pk),
        {f"m-{assessment.pk}-{ann.pk}-0": "14,5", f"m-{assessment.pk}-{bob.pk}-0": "AIB"},
    )

    assert answer.status_code == 200
    assert [str(mark) for mark in Mark.objects.all()] == [f"{ann.student} : 14.50"]
    assert "AIB\N{NO-BREAK SPACE}? Vouliez-vous ABI\N{NO-BREAK SPACE}?" in answer.text
    assert f'name="m-{assessment.pk}-{bob.pk}-0" value="AIB"' in answer.text
    assert f'aria-invalid="true" aria-describedby="x-{assessment.pk}-{bob.pk}"' in answer.text
    assert f'name="m-{assessment.pk}-{ann.pk}-1" value="14,5"' in answer.text


def test_the_plain_form_goes_back_to_the_sheet_when_all_is_saved(client, teaching):
    assessment, (ann, bob) = teaching.assessments.get(), students(teaching)

    answer = client.post(
        url("sheet", teaching.pk),
        {f"m-{assessment.pk}-{ann.pk}-0": "14,5", f"m-{assessment.pk}-{bob.pk}-0": "", "m-x-1-0": "9"},
        follow=True,
    )

    assert answer.redirect_chain == [(url("sheet", teaching.pk), 302)]
    assert "Notes enregistrées." in answer.text


def test_the_plain_form_shows_both_values_of_a_conflict_then_takes_the_second(client, teaching):
    assessment, (ann, _) = teaching.assessments.get(), students(teaching)
    colleague = make_user(first_name="Karim", last_name="Ouadah")
    record_marks(teaching=teaching, entries=[Entry(assessment.pk, ann.pk, "15,5", 0)], by=colleague)

    answer = client.post(url("sheet", teaching.pk), {f"m-{assessment.pk}-{ann.pk}-0": "14,5"})

    assert "Karim Ouadah a saisi 15,5" in answer.text
    assert f'name="m-{assessment.pk}-{ann.pk}-1" value="14,5"' in answer.text
    client.post(url("sheet", teaching.pk), {f"m-{assessment.pk}-{ann.pk}-1": "14,5"})
    assert [str(mark.value) for mark in Mark.objects.all()] == ["14.50"]


# ---------- évaluations, history, list ----------


@pytest.fixture
def head(client, teaching):
    teaching.heads.add(teaching.teachers.get())
    return teaching


ASKED = {"title": "DS 2", "kind": "normal", "date": "2025-06-05", "coefficient": "2,5", "maximum": "10"}


def test_a_head_creates_an_assessment_with_commas_and_poids(client, head):
    other = Unit.objects.exclude(weights__element=head.element).get()
    Weight.objects.create(unit=other, element=head.element, coefficient=1)

    answer = client.post(url("assessment_new", head.pk), ASKED | {"weight_UE31": "1", "weight_UE41": "0,5"})

    assert answer.headers["Location"] == url("sheet", head.pk)
    made = Assessment.objects.get(title="DS 2")
    assert [str(made.coefficient), str(made.maximum), str(made.date)] == ["2.50", "10.00", "2025-06-05"]
    assert [(each.unit.code, str(each.weight)) for each in made.weights.all()] == [("UE41", "0.50")]
    page = client.get(url("assessment_edit", made.pk)).text
    assert 'value="2,5"' in page
    assert 'value="0,5"' in page


def test_a_refused_assessment_keeps_what_was_typed_and_says_why(client, head):
    answer = client.post(url("assessment_new", head.pk), ASKED | {"title": "DS 1"})

    assert "porte déjà cet intitulé" in answer.text
    assert 'value="2,5"' in answer.text
    assert Assessment.objects.count() == 1


def test_a_head_changes_an_assessment_but_not_under_its_marks(client, head):
    assessment, (ann, _) = head.assessments.get(), students(head)
    record_marks(teaching=head, entries=[Entry(assessment.pk, ann.pk, "15", 0)], by=make_user())

    page = url("assessment_edit", assessment.pk)
    typed = ASKED | shown(client, page)

    refused = client.post(page, typed)
    accepted = client.post(page, typed | {"maximum": "20"})

    assert "Une note de 15 est déjà saisie" in refused.text
    assert accepted.status_code == 302
    assessment.refresh_from_db()
    assert (assessment.title, str(assessment.coefficient)) == ("DS 2", "2.50")


def test_a_locked_assessment_is_neither_changed_nor_joined_by_another(client, head):
    Assessment.objects.update(locked=True)

    assert client.get(url("assessment_edit", head.assessments.get().pk)).status_code == 403
    assert client.get(url("assessment_new", head.pk)).status_code == 403


def test_the_history_of_a_mark_tells_who_when_and_from_where(client, teaching):
    assessment, (ann, _) = teaching.assessments.get(), students(teaching)
    save(client, teaching, (assessment, ann, "12", 0))
    save(client, teaching, (assessment, ann, "ABJ", 1))

    page = client.get(url("history", Mark.objects.get().pk)).text

    assert page.index("ABJ") < page.index(">12<")
    assert page.count("<td>Hélène Marchetti</td>") == 2
    assert page.count("<td>écran</td>") == 2


@pytest.mark.parametrize(("rule", "words"), [("zero", "compte 0"), ("neutral", "ne compte pas")])
def test_the_legend_says_what_the_regulation_does_of_an_unjustified_absence(client, teaching, rule, words):
    make_regulation(teaching.cohort.department, unjustified_absence=rule)

    page = client.get(url("sheet", teaching.pk)).text

    assert f"absence injustifiée, {words}</span>" in page


def test_the_list_shows_one_s_own_elements_and_sorts_them(client, teaching):
    make_teaching(teaching.cohort, make_element(programme_of(teaching.cohort), title="Pas le mien"))

    page = client.get(url("teachings") + "?sort=-average").text

    assert teaching.element.title in page
    assert "Pas le mien" not in page
    assert "0 sur 2" in page


def test_the_list_has_as_many_queries_for_one_element_as_for_three(client, teaching):
    counts = []
    for _ in range(3):
        element = make_element(programme_of(teaching.cohort))
        make_assessment(make_teaching(teaching.cohort, element, teachers=teaching.teachers.all()))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("teachings")).status_code == 200
        counts.append(len(captured))

    assert counts == [counts[0]] * 3


def test_the_pages_hold_no_inline_style_nor_script(client, head):
    for page in (*pages(head), url("teachings")):
        answer = client.get(page)

        assert "style=" not in answer.text
        assert "<script>" not in answer.text
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
