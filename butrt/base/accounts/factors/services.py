"""What is done with second factors: proved, added, removed; each journaled, and its person told by mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from butrt.base.accounts import lockout, trail
from butrt.base.accounts.factors import codes, passkeys
from butrt.base.accounts.factors.gate import is_required_of
from butrt.base.accounts.models import User
from butrt.base.accounts.notices import Notice, tell
from butrt.base.french import several

RECOVERY = Authenticator.Type.RECOVERY_CODES
WAITS = (
    "Trop de codes refusés : attendre une heure avant d’en donner un autre. Une clé d’accès, elle, sert "
    "toujours."
)
WRONG = (
    "Ce code n’est pas le bon, ou il a déjà servi. Attendre le suivant ; si tous sont refusés, vérifier que "
    "le téléphone est à l’heure."
)
UNREADABLE = (
    "Ce code ne peut plus être vérifié : la clé secrète du site a changé. Demander à l’administration de "
    "retirer ce second facteur, pour en choisir un nouveau."
)
MISTYPED = (
    "Ce n’est pas le code que l’application montre maintenant. En donner un nouveau ; si tous sont refusés, "
    "vérifier que le téléphone est à l’heure."
)
LAST = (
    "C’est le dernier, et votre rôle demande un second facteur : en ajouter d’abord un autre, puis retirer "
    "celui-ci."
)
OWN = "Le vôtre se change dans « Mon compte »."


def prove_by_code(request: HttpRequest, *, user: User, code: str) -> None:
    """Take a code of the person's application, or a recovery code. Raises ValidationError, counted."""
    with transaction.atomic():
        _hold(user)
        if lockout.waits_for_code(user):
            raise ValidationError(WAITS)
        try:
            used = codes.take(user, code)
        except InvalidToken as error:
            raise ValidationError(UNREADABLE) from error
        if used is None:
            _refused(request, user)
        else:
            _taken(user, used)
    if used is None:
        raise ValidationError(WRONG)


def prove_by_key(request: HttpRequest, *, user: User, answer: Mapping[str, Any]) -> None:
    """Take what one of the person's keys answered. Raises ValidationError."""
    with transaction.atomic():
        _hold(user)
        passkeys.take(request, user, answer).record_usage()


def add_application(*, user: User, secret: str, code: str) -> list[str]:
    """Keep an application that shows this secret's codes; the recovery codes, when these are the first.

    Raises ValidationError when the code is not that of now.
    """
    step = codes.step_of(secret, code)
    if step is None:
        raise ValidationError(MISTYPED)
    with transaction.atomic():
        _hold(user)
        codes.add_application(user, secret, step)
        return _added(user, "application de codes")


@transaction.atomic
def add_key(request: HttpRequest, *, user: User, name: str, answer: Mapping[str, Any]) -> list[str]:
    """Keep a key that the browser made, as `add_application` does. Raises ValidationError."""
    _hold(user)
    passkeys.add(request, user, name=name, answer=answer)
    return _added(user, f"clé d’accès « {name} »")


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """New codes; those of before open nothing any more."""
    _hold(user)
    trail.journal("factor.codes", user, user)
    tell([Notice(user, ["codes de secours renouvelés : ceux d’avant ne servent plus"])], by=user)
    return codes.new_recovery_codes(user)


@transaction.atomic
def remove(*, user: User, authenticator: Authenticator) -> None:
    """A person takes one of theirs away. Raises ValidationError for the last, where a role asks for one."""
    _hold(user)
    others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk).exclude(type=RECOVERY)
    if is_required_of(user) and not others.exists():
        raise ValidationError(LAST)
    name = name_of(authenticator)
    authenticator.delete()
    _renew(user)
    trail.journal("factor.remove", user, user, kind=name)
    tell([Notice(user, [f"second facteur retiré : {name}"])], by=user)


@transaction.atomic
def remove_all(*, user: User, by: User | None) -> bool:
    """Take away what a person lost; whether there was anything. Who must have one chooses another at once.

    `by`: an administrator, or None for who holds the server. Raises ValidationError for one's own.
    """
    if user == by:
        raise ValidationError(OWN)
    _hold(user)
    kept = Authenticator.objects.filter(user=user)
    names = [name_of(authenticator) for authenticator in kept.exclude(type=RECOVERY)]
    if not names:
        return False
    kept.delete()
    _renew(user)
    lockout.forget_codes(user)
    trail.journal("factor.remove", user, by, kinds=names)
    tell([Notice(user, [f"second facteur retiré : {name}" for name in names])], by=by)
    return True


def name_of(authenticator: Authenticator) -> str:
    """ "application de codes", "clé d’accès « YubiKey »"."""
    if authenticator.type == Authenticator.Type.WEBAUTHN:
        return f"clé d’accès « {authenticator.data['name']} »"
    return "codes de secours" if authenticator.type == RECOVERY else "application de codes"


def _hold(user: User) -> None:
    """One at a time on an account: no code serves twice, no try escapes the count."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _refused(request: HttpRequest, user: User) -> None:
    trail.tell(request, "factor.refused", user)
    if lockout.code_failed(user):
        line = (
            f"{lockout.CODES} codes refusés à la suite : il faut attendre une heure. Si ce n’était pas vous, "
            "quelqu’un connaît votre mot de passe : le changer"
        )
        tell([Notice(user, [line])], by=None)


def _taken(user: User, used: Authenticator) -> None:
    lockout.forget_codes(user)
    used.record_usage()
    if used.type == RECOVERY:
        left = codes.recovery_codes_left(user)
        trail.journal("factor.recover", user, user, left=left)
        rest = several(left, "code", "codes") if left else "aucun"
        tell([Notice(user, [f"un code de secours a servi, il en reste {rest}"])], by=user)


def _added(user: User, name: str) -> list[str]:
    first = not Authenticator.objects.filter(user=user, type=RECOVERY).exists()
    _renew(user)
    trail.journal("factor.add", user, user, kind=name)
    tell([Notice(user, [f"second facteur ajouté : {name}"])], by=user)
    return codes.new_recovery_codes(user) if first else []


def _renew(user: User) -> None:
    """Another mark, so that every other session is asked again; none for who has only recovery codes left."""
    if Authenticator.objects.filter(user=user).exclude(type=RECOVERY).exists():
        user.second_factor = get_random_string(32)
    else:
        Authenticator.objects.filter(user=user).delete()
        user.second_factor = ""
    User.objects.filter(pk=user.pk).update(second_factor=user.second_factor)
