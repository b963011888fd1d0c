"""What is looked at to say that the site is well: one list, for the monitoring and for the homes.

Nothing here tells who anybody is, save `Check.whose`, which stays on the homes. Each check is bounded in
time, and their queries are as many whatever the site holds.
"""

from __future__ import annotations

import ctypes
import shutil
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from butrt.base import french, mails
from butrt.base.accounts.models import User
from butrt.base.french import NBSP, several
from butrt.base.journal.models import Entry
from butrt.base.nights.models import Run
from butrt.base.nights.services import last_runs
from butrt.base.workers.models import Worker
from butrt.site.health.waiting import answer_of
from curriculum.models import Department

QUERY_TIME = 3  # seconds, for each of the database's answers
SOON = timedelta(days=60)  # a certificate of an establishment takes weeks to have
RENEWED = timedelta(days=20)  # that of a site is renewed by itself a month before
FORGOTTEN, SLOW = timedelta(minutes=2), timedelta(minutes=30)  # a task waits
NIGHTS_MISSED = timedelta(hours=50)  # two nights
LONGEST_NIGHT = timedelta(hours=12)
SETTLING_IN = timedelta(days=3)  # a new site has had no night
CLOCK_OFF, CLOCK_WRONG = timedelta(seconds=5), timedelta(minutes=1)
NEARLY_FULL, FULL = 0.10, 0.02  # of the disk, still free
TIME_ERROR = 5  # adjtimex(2): the kernel's clock is not synchronised
MIB = 2**20


class State(StrEnum):
    OK = "ok"
    WARN = "warn"  # somebody looks at it one of these days
    FAIL = "fail"  # today


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `name` for programs, the others in French."""

    name: str
    title: str
    state: State
    sentence: str
    # Whom it is about, or what was said: for who runs the site, and for nobody else.
    whose: str = ""


def look(departments: Iterable[Department] | None = None) -> list[Check]:
    """Every check. `departments`: whose people's certificates are looked at; everybody's by default."""
    checks = list(_of_the_database(departments))
    return [*checks, disk(), seal(), *https(), mail()]


def worst(checks: Iterable[Check]) -> State:
    """The gravest of their states."""
    states = {check.state for check in checks}
    return next((state for state in (State.FAIL, State.WARN) if state in states), State.OK)


def _of_the_database(departments: Iterable[Department] | None) -> Iterator[Check]:
    """Whether it answers; then what only it knows."""
    try:
        with _bounded():
            checks = [queue(), clock(), personal_certificates(departments), *nights()]
    except DatabaseError:
        yield Check("database", "Base de données", State.FAIL, "La base de données ne répond pas.")
        return
    yield Check("database", "Base de données", State.OK, "La base de données répond.")
    yield from checks


@contextmanager
def _bounded() -> Iterator[None]:
    """PostgreSQL gives up a query that lasts; nobody makes a reader of SQLite wait."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{QUERY_TIME}s'")
        yield
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")  # for who holds a transaction around


def answers() -> bool:
    """Whether the database answers, and nothing else: for what shares the visitors out between servers."""
    try:
        with _bounded(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


# ---------- the queue ----------


def queue() -> Check:
    """The tasks that wait and who is there to take them: two queries."""

    def says(state: State, sentence: str) -> Check:
        return Check("queue", "Travaux en attente", state, sentence)

    waiting = DBTaskResult.objects.ready()
    oldest = waiting.order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    workers = Worker.objects.alive().count()
    age = timezone.now() - oldest if oldest else timedelta()
    at_work = several(workers, "exécutant en marche", "exécutants en marche")
    if "Immediate" in settings.TASKS["default"]["BACKEND"]:
        return says(State.OK, "Les travaux sont faits aussitôt demandés.")
    if not workers and age > FORGOTTEN:
        return says(
            State.FAIL, f"Aucun exécutant n’est en marche{NBSP}: un travail attend depuis {_lasting(age)}."
        )
    if not workers:
        return says(
            State.WARN,
            f"Aucun exécutant n’est en marche{NBSP}: le prochain lot de documents, le prochain envoi "
            "attendront.",
        )
    if age > SLOW:
        return says(State.WARN, f"{at_work}{NBSP}; le plus ancien travail attend depuis {_lasting(age)}.")
    return says(State.OK, f"{at_work}, aucun travail n’attend depuis longtemps.")


def _lasting(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return several(minutes, "minute")
    return several(minutes // 60, "heure") if minutes < 48 * 60 else several(age.days, "jour")


# ---------- the machine ----------


def clock() -> Check:
    """Against the kernel, which knows whether it follows a time server, and the database's: one query.

    SQLite has no clock of its own. No time server is asked from here: the machine's own NTP does.
    """

    def says(state: State, sentence: str) -> Check:
        return Check("clock", "Horloge", state, sentence)

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (there,) = cursor.fetchone()
        if (off := abs(timezone.now() - there)) > CLOCK_OFF:
            return says(
                State.FAIL if off > CLOCK_WRONG else State.WARN,
                "Les horloges du site et de la base diffèrent de "
                f"{several(int(off.total_seconds()), 'seconde')}.",
            )
    if synchronised() is False and not settings.DEMO:
        return says(
            State.WARN, "L’horloge de la machine ne suit aucun serveur de temps, à ce que dit son système."
        )
    return says(State.OK, "Rien ne dit que l’horloge soit fausse.")


def synchronised() -> bool | None:
    """Whether the kernel says that its clock follows a time server; None where it cannot be asked."""
    ask = getattr(ctypes.CDLL(None), "adjtimex", None)
    if ask is None:
        return None
    answer: int = ask(ctypes.create_string_buffer(512))  # a struct timex of zeros: nothing is set
    return None if answer < 0 else answer != TIME_ERROR


def disk() -> Check:
    """The disk of the data folder."""

    def says(state: State, sentence: str) -> Check:
        return Check("disk", "Disque", state, sentence)

    try:
        usage = answer_of(shutil.disk_usage, str(settings.DATA_DIR), kept=5)
    except OSError:
        return says(State.FAIL, "Le dossier des données n’est pas là.")
    if usage is None:
        return says(State.FAIL, "Le disque du dossier des données ne répond pas.")
    free = usage.free / usage.total
    state = State.FAIL if free < FULL else State.WARN if free < NEARLY_FULL else State.OK
    return says(state, f"Il reste {usage.free // MIB} Mio, {int(100 * free)}{NBSP}% du disque des données.")


def mail() -> Check:
    """Whether the server of mails lets itself be spoken to, with the site's account."""

    def says(state: State, sentence: str) -> Check:
        return Check("mail", "Courriel", state, sentence)

    if not mails.leave():
        return says(State.WARN, "Aucun serveur de courriel n’est donné (BUTRT_EMAIL_BACKEND).")
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return says(State.OK, "Les courriels ne passent par aucun serveur.")
    try:
        reached = answer_of(_greet, settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_USER)
    except (SMTPException, OSError) as refusal:
        return says(State.FAIL, f"Le serveur de courriel refuse ou ne répond pas ({type(refusal).__name__}).")
    if not reached:
        return says(State.FAIL, "Le serveur de courriel ne répond pas.")
    return says(State.OK, "Le serveur de courriel répond.")


def _greet(host: str, port: int, user: str) -> bool:
    """Open a session as a mail would, sign-in and TLS included, and leave."""
    server = get_connection(host=host, port=port, username=user, timeout=3)
    server.open()
    server.close()
    return True


# ---------- certificates ----------


def seal() -> Check:
    """The establishment's certificate, where this server can tell."""

    from butrt.base.documents.certificates import seal_ends
    from butrt.base.documents.signing import SigningRefused

    def says(state: State, title: str, sentence: str) -> Check:
        return Check("seal", title, state, sentence)

    name = "Cachet de l’établissement"
    try:
        ends = seal_ends()
    except SigningRefused:
        text = "Aucun PV ne pourra être scellé. Qui tient le site dépose le certificat sur le serveur."
        return says(State.WARN, f"{name} absent", text)
    if ends is None:
        return says(State.OK, name, "Un coffre de clés le tient.")
    left = ends - timezone.now()
    over = left < timedelta()
    text = f"Son certificat {'a expiré' if over else 'expire'} le {french.day(ends)}."
    if left >= SOON:
        return says(State.OK, name, text)
    text += " Qui tient le site le remplace sur le serveur."
    return says(State.FAIL if over else State.WARN, name, text)


def https() -> Iterator[Check]:
    """The certificate of the site's address, as a browser is given it: what renews it may have stopped."""
    address = urlsplit(settings.BUTRT_PUBLIC_URL)
    if address.scheme != "https" or address.hostname is None:
        return

    def says(state: State, sentence: str) -> Check:
        return Check("https", "Certificat HTTPS", state, sentence)

    try:
        ends = answer_of(_https_ends, address.hostname, address.port or 443, kept=3600)
    except ssl.SSLCertVerificationError as refusal:
        yield says(State.FAIL, f"Un navigateur le refuserait ({refusal.verify_message}).")
        return
    except OSError:  # the server may not reach itself by its public address
        ends = None
    if ends is None:
        yield says(State.OK, "Le site ne se joint pas lui-même par son adresse publique, rien n’en est dit.")
        return
    left = ends - timezone.now()
    yield says(State.WARN if left < RENEWED else State.OK, f"Il expire le {french.day(ends)}.")


def _https_ends(host: str, port: int) -> datetime:
    with (
        socket.create_connection((host, port), timeout=3) as line,
        ssl.create_default_context().wrap_socket(line, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def personal_certificates(departments: Iterable[Department] | None = None) -> Check:
    """Those that the site keeps for accounts still open, of some departments or of all: one query."""
    title = "Certificats des personnes"
    ends = answer_of(_personal_ends, str(settings.BUTRT_CERTIFICATES_DIR), within=5)
    if ends is None:
        return Check("certificates", title, State.OK, "La lecture des certificats n’est pas finie.")
    active = User.objects.filter(username__in=ends, is_active=True)
    if departments is not None:
        active = active.filter(roles__department__in=departments)
    watched = set(active.values_list("username", flat=True))
    soon = timezone.now() + SOON
    ending = {name: end for name, end in ends.items() if name in watched and (end is None or end < soon)}
    if not ending:
        return Check("certificates", title, State.OK, "Aucun n’expire bientôt.")
    sentence = (
        f"{several(len(ending), 'certificat a expiré ou expire', 'certificats ont expiré ou expirent')} "
        "dans les deux mois, ou ne se lit pas : ces personnes ne pourront plus signer avec."
    )
    whose = ", ".join(f"{name} ({french.day(end) if end else 'illisible'})" for name, end in ending.items())
    return Check("certificates", title, State.WARN, french.typeset(sentence), whose)


def _personal_ends(_directory: str) -> dict[str, datetime | None]:
    from butrt.base.documents.certificates import personal_ends

    return personal_ends()


# ---------- the nights ----------


def nights() -> list[Check]:
    """What each nightly act last said: one query each, and one for the age of the site."""
    last = last_runs()
    began = Entry.objects.order_by("pk").values_list("at", flat=True).first()
    new = settings.DEMO or began is None or timezone.now() - began < SETTLING_IN
    return [_night(act, last.get(act), new=new) for act in Run.Act]


def _night(act: Run.Act, run: Run | None, *, new: bool) -> Check:
    def says(state: State, sentence: str, whose: str = "") -> Check:
        return Check(act.value, act.label, state, french.typeset(sentence), whose)

    if run is None:
        if act is Run.Act.ANCHOR and not (settings.BUTRT_ANCHOR_TO or settings.BUTRT_ANCHOR_DIR):
            state = State.OK if settings.DEMO else State.WARN
            return says(state, "Le journal n’est ancré nulle part (BUTRT_ANCHOR_TO, BUTRT_ANCHOR_DIR).")
        return says(State.OK if new else State.WARN, "Cela n’a encore jamais été fait.")
    when, age = french.date(run.began_at, french.MOMENT), timezone.now() - run.began_at
    if run.ended_at is None:
        return (
            says(State.OK, f"En cours depuis le {when}.")
            if age < LONGEST_NIGHT
            else says(State.FAIL, f"Commencé le {when}, jamais fini : la machine s’est arrêtée.")
        )
    if not run.went_well:
        # What the proof found names students: the command tells it, on the server.
        whose = run.details.get("where", "") if act is Run.Act.PROOF else run.summary[:300]
        failed = "a trouvé une différence" if act is Run.Act.PROOF else "a échoué"
        return says(State.FAIL, f"Le dernier essai, le {when}, {failed}.", whose)
    if age > NIGHTS_MISSED:
        return says(State.WARN, f"En retard : rien depuis le {when}.")
    return says(State.OK, f"Réussi le {when}.")


def backup_age() -> timedelta | None:
    """How long ago the last backup that went well began; None when none did."""
    began = Run.objects.filter(act=Run.Act.BACKUP, went_well=True).order_by("-began_at")
    last = began.values_list("began_at", flat=True).first()
    return timezone.now() - last if last else None
