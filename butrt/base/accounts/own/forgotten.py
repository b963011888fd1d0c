"""A forgotten password: whoever asks is answered the same, in words and in time; the rest goes by mail.

A page looks the account up and leaves the mail to a worker, whether there is an account or not. By mail, who
may have a link receives it; the others read why they have none.
"""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django_tasks import task

from butrt.base.accounts.invitations import Outcome, lifetime, link_of, why_not
from butrt.base.accounts.models import User
from butrt.base.accounts.own.limits import asked_too_often
from butrt.base.accounts.trail import journal
from butrt.base.journal.models import Entry
from butrt.base.mails import deliver, leave

MOST_FROM_A_MACHINE = 10  # in an hour, for whatever accounts
MOST_FOR_AN_ACCOUNT = 3  # in an hour, wherever it is asked
MOST_ACCOUNTS = 5  # that share an address
ELSEWHERE = "elsewhere"
REASONS = {
    Outcome.CLOSED.name: "Ce compte est fermé : aucun lien n’est envoyé. L’administration du département "
    "peut le rouvrir.",
    Outcome.NEW_ADDRESS.name: "Le courriel de ce compte a été changé par quelqu’un d’autre il y a moins de "
    "trois jours : aucun lien n’est envoyé d’ici là. Si vous êtes pressé, le demander à l’administration du "
    "département.",
    ELSEWHERE: "Ce compte n’a pas de mot de passe ici : il s’ouvre par la connexion de votre "
    "établissement, à choisir sur la page de connexion. C’est elle qui vous rend un mot de passe oublié.",
}


def ask(*, text: str, machine: str) -> bool:
    """Have a worker write to whom this user name or address is; False when this machine asked too often."""
    if asked_too_often(f"forgotten from {machine}", most=MOST_FROM_A_MACHINE):
        return False
    accounts = User.objects.filter(Q(username__iexact=text) | Q(email__iexact=text))
    answer.enqueue([*accounts.order_by("pk").values_list("pk", flat=True)[:MOST_ACCOUNTS]], machine)
    return True


@task
def answer(accounts: list[int], machine: str) -> None:
    """Write to these people; to none, when nobody has what was typed."""
    for user in User.objects.filter(pk__in=accounts):
        if not asked_too_often(f"forgotten by {user.pk}", most=MOST_FOR_AN_ACCOUNT):
            _answer(user, machine)


def _answer(user: User, machine: str) -> None:
    why = _why_no_link(user)
    outcome = why or Outcome.SENT.name
    if user.email and leave() and why in ("", *REASONS):
        sent, _ = deliver([(user, _letter(user, machine, REASONS.get(why, "")))])
        outcome = outcome if sent else Outcome.REFUSED.name
    with transaction.atomic():
        journal("account.forgotten", user, None, outcome=outcome.lower(), address=machine)


def _why_no_link(user: User) -> str:
    """Why a person has no link: the name of an `Outcome`, `ELSEWHERE`, or "" when they have one."""
    why = why_not(user)
    if why is None and _signs_in_elsewhere(user):
        return ELSEWHERE
    return why.name if why else ""


def _signs_in_elsewhere(user: User) -> bool:
    """Whether the institution's sign-in opens the account, as the journal has it, and no password of ours."""
    came = Entry.objects.filter(act="account.sign_in", about=user.username, details__has_key="way")
    return not user.has_usable_password() and came.exists()


def _letter(user: User, machine: str, reason: str) -> EmailMessage:
    context = {
        "user": user,
        "machine": machine,
        "now": timezone.localtime(),
        "reason": reason,
        "link": "" if reason else link_of(user),
        "lifetime": lifetime(),
    }
    body = render_to_string("base/accounts/own/forgotten.txt", context)
    return EmailMessage("Mot de passe oublié", body, to=[user.email])
