"""The link by which people choose their own password: it goes to them alone, serves once and expires.

Whoever sees the link can become the person. So no page shows it: it leaves by mail for the account's address,
or, where there is no mail, who holds the server prints it (`manage.py invite`) and hands it over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from butrt.base.accounts.models import User
from butrt.base.accounts.notices import Notice, tell
from butrt.base.french import several
from butrt.base.journal.models import Entry
from butrt.base.journal.services import record
from butrt.base.mails import deliver, leave

if TYPE_CHECKING:
    from butrt.base.departments import Department

WARNED = timedelta(days=3)  # what somebody warned at their former address has to object


class Outcome(Enum):
    """What became of a link, as who asked for it is told."""

    SENT = "Un lien pour choisir son mot de passe lui est envoyé."
    CLOSED = "Compte fermé : aucun lien n’est envoyé."
    NO_ADDRESS = (
        "Aucun lien n’est envoyé : ce compte n’a pas de courriel. L’ajouter, ou demander à qui tient le "
        "site de donner le lien en main propre (manage.py invite)."
    )
    NEW_ADDRESS = (
        "Aucun lien n’est envoyé : cette personne a déjà un mot de passe, et son courriel a changé il y a "
        "moins de trois jours. Attendre, qu’elle puisse s’y opposer, ou demander à qui tient le site de "
        "donner le lien en main propre (manage.py invite)."
    )
    NO_SERVER = (
        "Aucun lien n’est envoyé : ce site n’a pas de serveur de courriel. Qui tient le site donne le "
        "lien en main propre (manage.py invite)."
    )
    REFUSED = "Le serveur de courriel n’a pas pris le lien : vérifier l’adresse, puis l’envoyer de nouveau."


def lifetime() -> str:
    """How long a link serves: "3 jours", "12 heures"."""
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    return several(hours // 24, "jour") if hours >= 24 else several(hours, "heure")


def invite(*, user: User, department: Department | None, by: User | None) -> Outcome:
    """Send a person their link, and journal what became of it. Their password stays until they choose."""
    outcome = _send([user], by)[user]
    with transaction.atomic():
        record(
            act="account.link",
            about=user.username,
            by=by,
            department=department,
            details={"outcome": outcome.name.lower(), "email": user.email},
        )
    return outcome


def invite_all(*, users: Sequence[User], department: Department, by: User) -> dict[User, Outcome]:
    """Send several people their links at once: one connection, one entry in the journal."""
    outcomes = _send(users, by)
    with transaction.atomic():
        record(
            act="account.link",
            about=f"{len(users)} comptes",
            by=by,
            department=department,
            details={"outcomes": {user.username: outcome.name.lower() for user, outcome in outcomes.items()}},
        )
    return outcomes


@transaction.atomic
def print_link(user: User) -> str:
    """The link itself, for who holds the server to hand over; the person is told, and the journal."""
    record(act="account.link", about=user.username, by=None, details={"outcome": "printed"})
    tell([Notice(user, ["un lien pour choisir votre mot de passe a été tiré sur le serveur"])], by=None)
    return link_of(user)


def _send(users: Sequence[User], by: User | None) -> dict[User, Outcome]:
    outcomes = {user: why for user in users if (why := why_not(user))}
    sent, refused = deliver((user, _letter(user, by)) for user in users if user not in outcomes)
    return outcomes | dict.fromkeys(sent, Outcome.SENT) | dict.fromkeys(refused, Outcome.REFUSED)


def why_not(user: User) -> Outcome | None:
    """Why no link may leave for an account."""
    if not user.is_active:
        return Outcome.CLOSED
    if not user.email:
        return Outcome.NO_ADDRESS
    if _readdressed(user):
        return Outcome.NEW_ADDRESS
    return None if leave() else Outcome.NO_SERVER


def _letter(user: User, by: User | None) -> EmailMessage:
    context = {"user": user, "by": by, "link": link_of(user), "lifetime": lifetime()}
    body = render_to_string("base/accounts/invitation.txt", context)
    return EmailMessage("Choisir votre mot de passe", body, to=[user.email])


def _readdressed(user: User) -> bool:
    """Whether the address of who has a password just changed: who did it could take the account."""
    changes = Entry.objects.filter(
        act="account.change", details__user=user.pk, at__gt=timezone.now() - WARNED
    ).values_list("details__changes", flat=True)
    return user.has_usable_password() and any("email" in (change or {}) for change in changes)


def link_of(user: User) -> str:
    token = default_token_generator.make_token(user)
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.BUTRT_PUBLIC_URL + reverse("choose_password", args=[key, token])
