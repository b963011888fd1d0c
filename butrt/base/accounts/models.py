"""People who sign in, and what they are in each department."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.apps import apps
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils import timezone
from django.utils.functional import cached_property

from butrt.base.documents.printed import PrintedTexts
from butrt.base.sorting import SortedByName, SortedByNameQuerySet, SortKeyField

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from butrt.base.departments import Department

    class SignedInRequest(HttpRequest):
        """A request behind the login: `user` is one of ours."""

        user: User


def departments_of(keys: Iterable[int]) -> QuerySet[Any]:
    """The departments with these keys, in their order: that in which the journal's chains are written.

    Found by their label: the ground floor imports nothing above it.
    """
    return apps.get_model("curriculum", "Department")._default_manager.filter(pk__in=keys).order_by("pk")


class People(UserManager["User"]):
    """Django's own manager of accounts, which keeps their keys."""

    use_in_migrations = False

    def get_queryset(self) -> SortedByNameQuerySet[User]:
        return SortedByNameQuerySet(self.model, using=self._db)

    def named_in(self, *departments: Department | int, roles: Collection[str]) -> QuerySet[User]:
        """The open accounts that may be named there (see `User.named_in`): who studies there may not."""
        keys = [department if isinstance(department, int) else department.pk for department in departments]
        here = Role.objects.filter(department__in=keys)
        return self.filter(is_active=True, pk__in=here.filter(role__in=roles).values("user")).exclude(
            pk__in=here.filter(role=Role.Name.STUDENT).values("user")
        )


class User(PrintedTexts, SortedByName, AbstractUser):
    """A person of the department who signs in; people are listed by name."""

    # What the PV prints beside the name: "directrice des études", "maître de conférences".
    quality = models.CharField("qualité", max_length=80, blank=True)
    sort_key = SortKeyField("clé de classement", sources=("last_name", "first_name", "username"))
    # Written to when somebody else changes marks of an element that this person teaches (grades/alerts).
    told_of_marks = models.BooleanField("averti des notes changées", default=True, db_default=True)
    # Empty: none. Else the mark that a session keeps once it was given (accounts/factors): renewed with them.
    second_factor = models.CharField(
        "second facteur", max_length=32, blank=True, editable=False, default="", db_default=""
    )

    objects: ClassVar[People] = People()

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"
        ordering = ["sort_key", "pk"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Change an account, save its second factor: a copy read before it was chosen would undo it."""
        if not self._state.adding and not args and kwargs.get("update_fields") is None:
            fields = [field.name for field in self._meta.concrete_fields if not field.primary_key]
            kwargs["update_fields"] = [name for name in fields if name != "second_factor"]
        super().save(*args, **kwargs)

    @cached_property
    def role_set(self) -> frozenset[tuple[int, str]]:
        """(department's key, role) for every role of this person, read once a request."""
        return frozenset(self.roles.values_list("department_id", "role"))

    def has_role(self, department: Department | int, *roles: str) -> bool:
        """Whether this person holds one of `roles` in the department."""
        key = department if isinstance(department, int) else department.pk
        return any((key, role) in self.role_set for role in roles)

    def departments_as(self, *roles: str) -> list[int]:
        """Keys of the departments where this person holds one of `roles` (any role when none is given)."""
        return sorted({key for key, role in self.role_set if not roles or role in roles})

    @property
    def works_in(self) -> list[int]:
        """Keys of the departments where this person holds a role other than student's."""
        return sorted({key for key, role in self.role_set if role != Role.Name.STUDENT})

    def named_in(self, *roles: str) -> list[int]:
        """Keys of the departments where being named, on an element or in a jury, gives this person a right.

        They hold one of `roles` there, and do not study there: a name alone opens nothing.
        """
        return sorted({*self.departments_as(*roles)} - {*self.departments_as(Role.Name.STUDENT)})

    def is_a(self, *roles: str) -> bool:
        """Whether this person holds one of `roles` somewhere."""
        return any(role in roles for _, role in self.role_set)


class Role(models.Model):
    """What a person is in a department; a person may hold several, and differ from one to the next."""

    class Name(models.TextChoices):
        TEACHER = "teacher", "Enseignement"
        DIRECTOR = "director", "Direction des études"
        PRESIDENT = "president", "Présidence de jury"
        MEMBER = "member", "Membre de jury"
        SECRETARIAT = "secretariat", "Secrétariat"
        ADMINISTRATOR = "administrator", "Administration"
        STUDENT = "student", "Étudiant"

    TEACHING = (Name.TEACHER, Name.DIRECTOR)  # who may be named on an element
    SITTING = (Name.MEMBER, Name.PRESIDENT, Name.DIRECTOR, Name.TEACHER)  # who may be named in a jury

    user = models.ForeignKey(User, models.CASCADE, related_name="roles", verbose_name="compte")
    department = models.ForeignKey(
        "curriculum.Department", models.CASCADE, related_name="roles", verbose_name="département"
    )
    role = models.CharField("rôle", max_length=16, choices=Name)

    class Meta:
        verbose_name = "rôle"
        constraints = [
            UniqueConstraint(fields=["user", "department", "role"], name="role_once_per_department"),
            CheckConstraint(
                condition=Q(
                    role__in=[
                        *("teacher", "director", "president", "member"),
                        *("secretariat", "administrator", "student"),
                    ]
                ),
                name="role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.user.__dict__.pop("role_set", None)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def alive(self) -> Self:
        """Neither revoked nor expired, their owner's account open and their role still held."""
        held = Role.objects.filter(
            user=models.OuterRef("owner"),
            department=models.OuterRef("department"),
            role=models.OuterRef("role"),
        )
        return self.filter(
            models.Exists(held),
            revoked_at__isnull=True,
            expires_at__gt=timezone.now(),
            owner__is_active=True,
        )


def secret_digest(secret: str) -> str:
    """What is kept of a token or of a link: 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(models.Model):
    """What lets a program read for a person, in one role of one department; only its SHA-256 is kept."""

    # Roles that have something to read there.
    ROLES = (
        Role.Name.SECRETARIAT,
        Role.Name.DIRECTOR,
        Role.Name.PRESIDENT,
        Role.Name.ADMINISTRATOR,
    )

    name = models.CharField("usage", max_length=80)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="api_tokens", verbose_name="titulaire")
    department = models.ForeignKey(
        "curriculum.Department", models.PROTECT, related_name="api_tokens", verbose_name="département"
    )
    role = models.CharField("rôle", max_length=16, choices=[(role.value, role.label) for role in ROLES])
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="créé par"
    )
    created_at = models.DateTimeField("créé le")
    expires_at = models.DateTimeField("expire le")
    # Known to the minute: a program that reads often does not write as often.
    last_used_at = models.DateTimeField("servi le", null=True, blank=True)
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "jeton d’accès"
        verbose_name_plural = "jetons d’accès"
        ordering = ["-created_at", "-pk"]
        constraints = [
            UniqueConstraint(
                fields=["department", "name"],
                condition=Q(revoked_at__isnull=True),
                name="api_token_name_once",
                violation_error_message="Un jeton porte déjà ce nom : donnez-en un autre, ou révoquez-le.",
            ),
            CheckConstraint(
                condition=Q(role__in=["secretariat", "director", "president", "administrator"]),
                name="api_token_role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """ "valable", "expiré" or "révoqué"."""
        if self.revoked_at:
            return "révoqué"
        return "valable" if self.expires_at > timezone.now() else "expiré"


# ---------- what people do of their own account ----------


class OpenSession(models.Model):
    """From where a session was opened; it goes with the session, which tells when it began and served."""

    # Its own key names it in a page: the session's is what opens it.
    session = models.OneToOneField(
        "sessions.Session", models.CASCADE, related_name="opened", verbose_name="session"
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="open_sessions", verbose_name="compte")
    address = models.GenericIPAddressField("adresse")
    user_agent = models.CharField("navigateur", max_length=400, blank=True)

    class Meta:
        verbose_name = "session ouverte"
        verbose_name_plural = "sessions ouvertes"

    def __str__(self) -> str:
        return f"{self.user}, {self.address}"


class NewAddress(models.Model):
    """An address that a person asked for, until they prove that it is theirs by the link sent there."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="new_address", verbose_name="compte"
    )
    email = models.EmailField("courriel")
    digest = models.CharField("empreinte du lien", max_length=64)
    asked_at = models.DateTimeField("demandé le")

    class Meta:
        verbose_name = "courriel à prouver"
        verbose_name_plural = "courriels à prouver"

    def __str__(self) -> str:
        return f"{self.user}, {self.email}"


class Asking(models.Model):
    """Something asked once, for a limit that every process of the site counts; whence, only by its digest."""

    digest = models.CharField("empreinte", max_length=64)
    at = models.DateTimeField("quand")

    class Meta:
        verbose_name = "demande comptée"
        verbose_name_plural = "demandes comptées"
        indexes = [models.Index(fields=["digest", "at"], name="asking_lately")]

    def __str__(self) -> str:
        return f"{self.digest[:12]}, {self.at:%d/%m/%Y %H:%M}"


class ReadUpTo(models.Model):
    """How far an alert has read the journal: nothing is told twice, whichever worker looks."""

    alert = models.CharField("alerte", max_length=40, primary_key=True)
    at = models.DateTimeField("jusqu’à")
    # Entries up to this number are of no use to the next reading.
    entry = models.BigIntegerField("entrée")

    class Meta:
        verbose_name = "lecture du journal"
        verbose_name_plural = "lectures du journal"

    def __str__(self) -> str:
        return f"{self.alert}, {self.at:%d/%m/%Y %H:%M}"
