"""What those who deliberate see: the state of the room, how each likes it, the remarks of its members."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, UniqueConstraint

from grades.models import Student


class RoomStateQuerySet(models.QuerySet["RoomState"]):
    def step(self, session: int) -> None:
        """Tell those who follow that something was done; inside the transaction of the act."""
        if not self.filter(session=session).update(revision=F("revision") + 1):
            self.create(session_id=session, revision=1)

    def show(self, session: int, student: Student | None) -> None:
        """Tell those who follow which case the presidency has open; None for the table."""
        self.update_or_create(session_id=session, defaults={"shown": student})


class RoomState(models.Model):
    """What those who follow a session ask every second: has anything been done, which case is discussed."""

    session = models.OneToOneField("Session", models.CASCADE, related_name="room")
    # Stepped by each act on the session: see services.journal.
    revision = models.PositiveIntegerField("révision", default=0)
    shown = models.ForeignKey(Student, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RoomStateQuerySet.as_manager()

    class Meta:
        verbose_name = "état de la salle"

    def __str__(self) -> str:
        return f"{self.session}, {self.revision}"


class RoomPreference(models.Model):
    """How a person likes the room: the columns of the table, names or numbers when projected."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="room_preference", verbose_name="compte"
    )
    # Keys of jury.room.table.COLUMNS; null: as many as the screen holds.
    columns = models.JSONField("colonnes", null=True, blank=True)
    names = models.BooleanField("noms projetés", default=True)

    class Meta:
        verbose_name = "préférence de la salle"

    def __str__(self) -> str:
        return f"{self.user}, salle du jury"


class MemberRemark(models.Model):
    """What a member tells the presidency of a student, during the deliberation; on no document."""

    session = models.ForeignKey("Session", models.CASCADE, related_name="remarks")
    student = models.ForeignKey(Student, models.PROTECT, related_name="member_remarks")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="auteur"
    )
    text = models.TextField("remarque", max_length=1000)
    at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "remarque d’un membre du jury"
        verbose_name_plural = "remarques des membres du jury"
        ordering = ["at", "pk"]
        constraints = [UniqueConstraint(fields=["session", "student", "author"], name="member_remark_once")]

    def __str__(self) -> str:
        return f"{self.author}, {self.student}"
