"""Many small rows given as one, whatever the database."""

from butrt.base.accounts.models import Role
from butrt.base.gathered import Gathered, gathered
from tests.factories import make_department, make_user


def test_the_rows_of_a_group_are_one(db):
    here, there = make_department(), make_department()
    both, one = make_user("teacher", department=here), make_user("secretariat", department=there)
    Role.objects.create(user=both, department=there, role="director")

    roles = Role.objects.order_by().values_list("user").annotate(held=Gathered("department", "role"))

    assert {user: gathered(held) for user, held in roles} == {
        both.pk: {here.pk: "teacher", there.pk: "director"},
        one.pk: {there.pk: "secretariat"},
    }
