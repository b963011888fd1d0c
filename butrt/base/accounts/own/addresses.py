"""Another address for one's account: it counts once proved by a link sent there, good once, for a day."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.dispatch import receiver
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from butrt.base.accounts.models import NewAddress, User, secret_digest
from butrt.base.accounts.notices import Notice, tell
from butrt.base.accounts.own.limits import asked_too_often
from butrt.base.accounts.trail import journal
from butrt.base.mails import deliver, leave
from butrt.base.workers.services import housekeeping

SERVES = timedelta(days=1)
MOST_ASKED = 5  # links of one person, in an hour: they leave for addresses that are not yet theirs
GONE = (
    "Ce lien ne sert plus : il a déjà servi, il a expiré, ou un autre l’a remplacé. Votre courriel n’a pas "
    "changé."
)


def ask(*, user: User, email: str) -> bool:
    """Send a link to the address that a person wants; whether the mail server took it.

    Raises ValidationError when it is theirs already, where no mail leaves, or after too many.
    """
    if email.lower() == user.email.lower():
        raise ValidationError({"email": "C’est déjà le courriel de votre compte."})
    if not leave():
        raise ValidationError("Ce site n’envoie pas de courriel : demander le changement à l’administration.")
    if asked_too_often(f"address:{user.pk}", most=MOST_ASKED):
        raise ValidationError("Trop de demandes : attendre une heure au plus.")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        asked = {"email": email, "digest": secret_digest(secret), "asked_at": timezone.now()}
        NewAddress.objects.update_or_create(user=user, defaults=asked)
        journal("account.address_asked", user, user, email=email)
    link = settings.BUTRT_PUBLIC_URL + reverse("mine:prove", args=[secret])
    body = render_to_string("base/accounts/own/prove.txt", {"user": user, "link": link, "email": email})
    sent, _ = deliver([(user, EmailMessage("Confirmer votre courriel", body, to=[email]))])
    return bool(sent)


def waiting(user: User) -> NewAddress | None:
    """The address that a person has still to prove, if its link serves."""
    return NewAddress.objects.filter(user=user, asked_at__gt=timezone.now() - SERVES).first()


def proves(user: User, secret: str) -> NewAddress | None:
    """The address that this link proves; None when it serves no more, or was another's."""
    asked = waiting(user)
    return asked if asked and constant_time_compare(asked.digest, secret_digest(secret)) else None


@transaction.atomic
def prove(*, user: User, secret: str) -> User:
    """Give the account its new address, told at the one of before. Raises ValidationError."""
    account = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    asked = proves(account, secret)
    if asked is None:
        raise ValidationError(GONE)
    before, account.email = account.email, asked.email
    account.save(update_fields=["email"])
    asked.delete()
    changes = {"email": [before, account.email]}
    journal("account.address", account, account, changes=changes)
    line = f"courriel : {before or 'vide'} → {account.email}"
    tell([Notice(account, [line], also=before)], by=account)
    return account


@transaction.atomic
def give_up(user: User) -> None:
    """Keep the address that one has: the link serves no more."""
    NewAddress.objects.filter(user=user).delete()


@receiver(housekeeping, dispatch_uid="accounts.addresses.forget")
def forget(**_: Any) -> None:
    """Addresses that nobody proved."""
    NewAddress.objects.filter(asked_at__lt=timezone.now() - SERVES).delete()
