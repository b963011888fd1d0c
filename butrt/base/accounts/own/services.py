"""What people do of their own account: another password, which alerts."""

from __future__ import annotations

from django.db import transaction

from butrt.base.accounts.models import NewAddress, User
from butrt.base.accounts.notices import Notice, tell
from butrt.base.accounts.own.opened import close_others
from butrt.base.accounts.trail import journal

CHANGED = "mot de passe changé par vous-même ; vos autres sessions sont fermées"


@transaction.atomic
def change_password(*, user: User, password: str, here: str) -> None:
    """Give oneself another password: the other sessions end, an address still to be proved is forgotten."""
    user.set_password(password)
    user.save(update_fields=["password"])
    journal("account.password", user, user)
    close_others(user=user, here=here)
    NewAddress.objects.filter(user=user).delete()  # who knew the password before may have asked for it
    tell([Notice(user, [CHANGED])], by=user)


@transaction.atomic
def choose_alerts(*, user: User, told_of_marks: bool) -> None:
    """Be written to, or not, when somebody else changes one's marks."""
    user.told_of_marks = told_of_marks
    user.save(update_fields=["told_of_marks"])
    journal("account.alerts", user, user, marks=told_of_marks)
