"""A programme as it would become: shown, kept signed by the browser, done whole or not at all."""

import copy
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from butrt.base.journal.models import Entry
from butrt.base.previews import Gone, PlanChanged
from curriculum.differences import differences
from curriculum.models import Programme, Unit, Weight
from curriculum.programmefile import ProgrammeError, dump_programme, parse_programme
from curriculum.proposals import propose, read_token, take_proposals
from curriculum.reading import programme_data
from curriculum.services import load_programme, new_version
from tests.curriculum.test_services import programme_data as fixture
from tests.curriculum.test_versions import freeze
from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db


def heavier(programme: Programme):
    """The programme with half a point more on its first line."""
    data = copy.deepcopy(programme_data(programme))
    data["weights"][0]["coefficient"] += Decimal("0.5")
    return data


def test_a_proposal_shows_sums_differences_and_findings(programme, department):
    proposal = propose(department=department, data=heavier(programme), name="classeur.xlsx")
    assert proposal.programme == programme
    assert (proposal.before.sum.coefficient, proposal.table.sum.coefficient) == (600, Decimal("600.5"))
    assert [change.about for section in proposal.sections for change in section.changes] == ["R301 en UE31"]
    assert any("imprim" in finding.title + finding.text for finding in proposal.come)
    assert proposal.applicable


def test_the_same_programme_is_nothing_to_do(programme, department):
    proposal = propose(department=department, data=programme_data(programme))
    assert (proposal.sections, proposal.applicable) == ((), False)


def test_an_unknown_programme_is_proposed_as_new():
    proposal = propose(department=make_department(), data=fixture())
    assert (proposal.programme, proposal.before, proposal.applicable) == (None, None, True)
    assert proposal.changes == 5 + 10 + 36 + 78


def test_taking_a_proposal_changes_the_programme_and_says_so_in_the_journal(
    programme, department, administrator
):
    proposal = propose(department=department, data=heavier(programme), name="classeur.xlsx")
    assert take_proposals([proposal], by=administrator) == [programme]
    assert differences(proposal.data, programme_data(programme)) == ()
    entry = Entry.objects.filter(act="programme.load").latest("pk")
    assert (entry.by, entry.details["file"]) == (administrator, "classeur.xlsx")
    assert len(entry.details["changes"]) == 1


def test_a_programme_changed_meanwhile_is_left_as_it_is(programme, department, administrator):
    mine, theirs = (propose(department=department, data=heavier(programme)) for _ in range(2))
    take_proposals([theirs], by=administrator)
    with pytest.raises(PlanChanged, match="a changé entre-temps"):
        take_proposals([mine], by=administrator)


def test_several_proposals_are_taken_together_or_not_at_all(department, administrator):
    good = propose(department=department, data=fixture() | {"in_force_from": 2026})
    known = load_programme(department=department, data=fixture("but1-rt"), by=None)
    freeze(known)
    data = copy.deepcopy(programme_data(known))
    data["units"][0]["ects"] = Decimal(11)
    with pytest.raises(ProgrammeError, match="a servi à"):
        take_proposals([good, propose(department=department, data=data)], by=administrator)
    assert not Programme.objects.filter(year=2, in_force_from=2026).exists()


def test_a_token_comes_back_to_its_sender_alone(programme, department, administrator):
    proposal = propose(department=department, data=heavier(programme), name="classeur.xlsx")
    token = proposal.token(administrator)
    again = read_token(token, by=administrator)
    assert differences(proposal.data, again.data) == ()
    assert (again.seen, again.name) == (proposal.seen, proposal.name)
    with pytest.raises(Gone):
        read_token(token, by=make_user("administrator", department=department))
    with pytest.raises(Gone):
        read_token(token[:-1] + ("a" if token[-1] != "a" else "b"), by=administrator)


def test_decimals_are_written_and_read_with_their_digits(programme):
    data = heavier(programme)
    data["units"][0]["rcue_weight"] = Decimal("0.001")
    again = parse_programme(dump_programme(data))
    assert differences(data, again) == ()
    assert again["weights"][0]["coefficient"] == data["weights"][0]["coefficient"]
    assert again["units"][0]["rcue_weight"] == Decimal("0.001")


def test_a_new_version_keeps_the_weight_of_a_unit_in_its_rcue(programme, administrator):
    Unit.objects.filter(programme=programme, code="UE31").update(rcue_weight=2)
    made = new_version(programme=programme, in_force_from=2025, by=administrator)
    assert made.units.get(code="UE31").rcue_weight == 2
    assert differences(programme_data(programme), programme_data(made)) == ()


def test_the_page_confirms_what_it_showed(client, programme, department, administrator):
    client.force_login(administrator)
    token = propose(department=department, data=heavier(programme)).token(administrator)
    answer = client.post(reverse("curriculum:confirm"), {"proposal": token}, follow=True)
    assert "enregistré" in answer.content.decode()
    assert Weight.objects.filter(unit__programme=programme).order_by("position")[0].coefficient == Decimal(
        "11.5"
    )

    again = client.post(reverse("curriculum:confirm"), {"proposal": token})
    said = " ".join(re.sub(r"<[^>]+>", " ", again.content.decode()).split())
    assert "Rien n’est enregistré. BUT2 IOM, apprentissage, depuis 2022 a changé entre-temps" in said


def test_a_proposal_for_another_department_is_refused(client, programme, department, administrator):
    token = propose(department=department, data=heavier(programme)).token(administrator)
    administrator.roles.all().delete()
    client.force_login(make_user("administrator", department=make_department(code="gea")))
    assert client.post(reverse("curriculum:confirm"), {"proposal": token}, follow=True).status_code == 200
    assert differences(fixture(), programme_data(programme)) == ()
