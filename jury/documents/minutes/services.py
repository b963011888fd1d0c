"""What people do with a version of the PV once the jury is closed: sign it, seal it. One transaction each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from butrt.base.accounts.models import User
from butrt.base.journal.services import record
from jury.cases.refusals import Refusal
from jury.documents.issued import PV, issued_for
from jury.documents.minutes.signatories import Progress, Signatory
from jury.models import Minutes, MinutesRevision, Session

if TYPE_CHECKING:
    from butrt.base.documents.signing import Signer

ATTEMPTS = 4


def sign(*, version: Minutes, by: User, own: Signer | None = None) -> Progress:
    """Sign a version of the PV: its presidency first, then the members present, in any order.

    `own` is the person's own certificate, given now and kept nowhere; else the one that the site keeps for
    them. The document is made outside the transaction (it takes a second): when someone else signed
    meanwhile, it is signed again after them. Raises `Refusal` or ValidationError.
    """

    from jury.documents.minutes.pdfs import prepared, signed

    place, signer = _signer_of(version, by, own)
    for _ in range(ATTEMPTS):
        last = version.revisions.order_by("-step").first()
        steps = []
        if last is None:
            code = issued_for(version.session, version, PV, by=by).token
            last = prepared(version, code)
            steps.append(last)
        steps.append(signed(version, last, place, signer, by=by))
        with transaction.atomic():
            _hold(version)
            _may_sign(version, by)
            if _add_revisions(version, steps):
                _journal(
                    "minutes.sign",
                    version,
                    by,
                    certificate=signer.name,
                    sha256=[step.sha256 for step in steps],
                )
                return Progress(version)
    raise Refusal("D’autres personnes signent ce PV en ce moment : recommencer dans un instant.")


def seal(*, version: Minutes, by: User) -> None:
    """Seal a version of the PV: nobody signs it any more.

    The presidency and the secretariat decide when; once everyone awaited has signed, it may be done by the
    last one's signature. Raises `Refusal` or ValidationError.
    """

    from jury.documents.minutes.pdfs import sealed

    for _ in range(ATTEMPTS):
        progress = _may_seal(version, by)
        steps = sealed(version, version.revisions.latest("step"), progress.waiting, by=by)
        with transaction.atomic():
            _hold(version)
            _may_seal(version, by)
            if _add_revisions(version, steps):
                _journal(
                    "minutes.seal",
                    version,
                    by,
                    sha256=[step.sha256 for step in steps],
                    unsigned=[place.name for place in progress.waiting],
                )
                return
    raise Refusal("D’autres personnes signent ce PV en ce moment : recommencer dans un instant.")


def signer_kept_for(*, version: Minutes, by: User) -> Signer | None:
    """The certificate that the site would sign this PV with for this person; None: they give their own.

    Raises `Refusal` when it is not theirs to sign now, ValidationError when the certificate is not usable.
    """

    from jury.documents.minutes.pdfs import kept_signer, refused_in_french

    place = _may_sign(version, by)
    with refused_in_french():
        return kept_signer(by, place)


def _signer_of(version: Minutes, by: User, own: Signer | None) -> tuple[Signatory, Signer]:
    from butrt.base.documents.signing import bears, check_own, without_mention
    from jury.documents.minutes.pdfs import kept_signer, refused_in_french

    place = _may_sign(version, by)
    with refused_in_french():
        if own is not None:
            check_own(own, str(by))
        signer = own or kept_signer(by, place)
    if signer is None:
        raise Refusal(
            "Le site ne garde aucun certificat pour votre compte : donner le vôtre (fichier .p12), ou "
            f"demander à qui tient le site de le garder (people/{by.username}.p12)."
        )
    if not bears(signer.certificate, place.name):  # the account was renamed since the jury
        raise Refusal(
            f"Le PV nomme {place.name} à cette place et ce certificat est au nom de "
            f"« {without_mention(signer.name)} » : signer avec un certificat au nom que le PV porte, ou, si "
            "ce nom a changé depuis, corriger le jury, qui fera une version du PV au nom d’aujourd’hui."
        )
    return place, signer


def _add_revisions(version: Minutes, steps: list[MinutesRevision]) -> bool:
    """Add the next steps; False when others came meanwhile. Inside the transaction that holds the session."""
    if version.revisions.filter(step__gte=steps[0].step).exists():
        return False
    version.revisions.bulk_create(steps)
    return True


def _may_sign(version: Minutes, by: User) -> Signatory:
    progress = Progress(version)
    place = progress.of(by)
    if place is None or not Session.objects.visible_to(by).filter(pk=version.session_id).exists():
        raise Refusal("Le PV est signé par la présidence du jury et les membres présents qui ont un compte.")
    if version.session.minutes.filter(version__gt=version.version).exists():
        raise Refusal("Une version plus récente remplace celle-ci : c’est elle qui se signe.")
    if progress.sealed:
        raise Refusal("Le cachet est apposé : plus personne ne signe cette version du PV.")
    if place not in progress.waiting:
        raise Refusal("Vous avez déjà signé cette version du PV.")
    if not progress.may_sign(by):
        raise Refusal("La présidence du jury signe la première ; votre signature vient après.")
    return place


def _may_seal(version: Minutes, by: User) -> Progress:
    progress = Progress(version)
    office = Session.objects.documented_for(by).filter(pk=version.session_id).exists()
    if not office and progress.waiting:
        raise Refusal("Le cachet est apposé par la présidence du jury ou le secrétariat.")
    if progress.sealed:
        raise Refusal("Le cachet est déjà apposé.")
    if not progress.started:
        raise Refusal("La présidence du jury signe d’abord ; le cachet vient en dernier.")
    return progress


def _hold(version: Minutes) -> None:
    """Keep others from signing until the transaction ends (SQLite writes one at a time anyway)."""
    Session.objects.select_for_update(no_key=True).only("pk").get(pk=version.session_id)


def _journal(act: str, version: Minutes, by: User, **details: object) -> None:
    department = Session.objects.with_programme().get(pk=version.session_id).department
    record(
        act=act,
        about=str(version.session),
        by=by,
        department=department,
        details={"version": version.version} | details,
    )
