"""The programme: département, parcours, competences, UE, ressources and SAÉ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.urls import reverse

from butrt.base.documents.printed import PrintedTexts

if TYPE_CHECKING:
    from butrt.base.accounts.models import User


def school_year_label(year: int) -> str:
    """2024 → "2024-2025"."""
    return f"{year}-{year + 1}"


class Department(PrintedTexts):
    """A department of an IUT: everything below belongs to one."""

    code = models.SlugField("code", unique=True)
    name = models.CharField("département", max_length=120)
    institute = models.CharField("IUT", max_length=120)
    university = models.CharField("université", max_length=120)
    city = models.CharField("ville", max_length=80)
    # Invented people and marks: every document of the department says so.
    demonstration = models.BooleanField("données inventées", default=False)

    class Meta:
        verbose_name = "département"
        ordering = ["institute", "name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.institute}"


class Specialty(PrintedTexts):
    """A spécialité of the BUT and its national référentiel: its competences, their niveaux, its parcours."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="specialties")
    name = models.CharField("spécialité", max_length=120)
    short = models.CharField("sigle", max_length=20, blank=True)
    # Which référentiel was loaded, from which file; empty while its competences come from programmes alone.
    source = models.CharField("référentiel", max_length=200, blank=True)

    class Meta:
        verbose_name = "spécialité"
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["department", "name"], name="specialty_name_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("curriculum:referential", args=[self.pk])


class Parcours(PrintedTexts):
    """A way through a spécialité (R&T, Internet des objets et mobilité), its three years together."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="parcours")
    specialty = models.ForeignKey(
        Specialty, models.PROTECT, related_name="parcours", verbose_name="spécialité"
    )
    code = models.CharField("code", max_length=20)
    name = models.CharField("parcours", max_length=120)
    short = models.CharField("sigle", max_length=20)
    # Not a choice of the student: what all of the spécialité follow before they choose (a common BUT1).
    common = models.BooleanField("tronc commun", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "parcours"
        constraints = [
            UniqueConstraint(fields=["department", "code"], name="parcours_code_once"),
            UniqueConstraint(fields=["specialty"], condition=Q(common=True), name="parcours_one_common"),
        ]

    def __str__(self) -> str:
        return f"{self.specialty}, {'tronc commun' if self.common else f'parcours {self.name}'}"

    @property
    def competences(self) -> models.QuerySet[Competence]:
        """Those that its students develop: the common ones and its own; in a tronc commun, all of them."""
        theirs = Competence.objects.filter(specialty=self.specialty_id)
        return theirs if self.common else theirs.filter(Q(common=True) | Q(parcours=self)).distinct()


class Competence(PrintedTexts):
    """A compétence of the référentiel, developed in niveaux over the years.

    Its `identity` is the référentiel's and is its own; its `code` is what programmes call it: RT4 of IOM and
    RT4 of Cyber share a code and nothing else (domain 1).
    """

    specialty = models.ForeignKey(Specialty, models.PROTECT, related_name="competences")
    identity = models.CharField("identité", max_length=40)
    code = models.CharField("code", max_length=40)
    title = models.CharField("compétence", max_length=200)
    short = models.CharField("nom court", max_length=40)
    # Common to all the parcours of the spécialité; else those that it belongs to.
    common = models.BooleanField("commune à tous les parcours", default=False)
    parcours = models.ManyToManyField(Parcours, blank=True, related_name="own_competences")

    class Meta:
        verbose_name = "compétence"
        ordering = ["code", "identity"]
        constraints = [UniqueConstraint(fields=["specialty", "identity"], name="competence_identity_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Level(PrintedTexts):
    """A niveau of a compétence: what is learnt, and in which year."""

    competence = models.ForeignKey(Competence, models.CASCADE, related_name="levels")
    number = models.PositiveSmallIntegerField("niveau")
    year = models.PositiveSmallIntegerField("année")
    title = models.CharField("intitulé", max_length=300)

    class Meta:
        verbose_name = "niveau"
        verbose_name_plural = "niveaux"
        ordering = ["competence", "number"]
        constraints = [
            UniqueConstraint(fields=["competence", "number"], name="level_once"),
            CheckConstraint(condition=Q(number__range=(1, 3)), name="level_number_1_to_3"),
            CheckConstraint(condition=Q(year__range=(1, 3)), name="level_year_1_to_3"),
        ]

    def __str__(self) -> str:
        return f"{self.competence.code}, niveau {self.number}"


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: User) -> Self:
        """The programmes of the departments where this person works."""
        return self.filter(parcours__department__in=user.works_in)


class ProgrammeManager(models.Manager["Programme"]):
    """Each programme with its parcours, without which it has no name."""

    def get_queryset(self) -> models.QuerySet[Programme]:
        return super().get_queryset().select_related("parcours")


class Programme(models.Model):
    """One year (BUT1 to BUT3) of a parcours, as a fiche or the national text prints it."""

    class Modality(models.TextChoices):
        INITIAL = "initiale", "formation initiale"
        APPRENTICESHIP = "apprentissage", "apprentissage"

    parcours = models.ForeignKey(Parcours, models.PROTECT, related_name="programmes")
    year = models.PositiveSmallIntegerField("année", validators=[MinValueValidator(1), MaxValueValidator(3)])
    modality = models.CharField("modalité", max_length=16, choices=Modality)
    in_force_from = models.PositiveSmallIntegerField("en vigueur depuis")
    # Plain structure without elements, made so that a whole cursus can be judged.
    illustrative = models.BooleanField("structure illustrative", default=False)
    # Where it was read, what it announced, which totals it printed: see curriculum/fiche.py.
    source = models.JSONField("source", default=dict, blank=True)

    objects = ProgrammeManager.from_queryset(ProgrammeQuerySet)()

    class Meta:
        verbose_name = "programme"
        ordering = ["parcours", "year", "-in_force_from"]
        constraints = [
            UniqueConstraint(fields=["parcours", "year", "modality", "in_force_from"], name="programme_once"),
            CheckConstraint(condition=Q(year__range=(1, 3)), name="programme_year_1_to_3"),
        ]

    def __str__(self) -> str:
        return f"BUT{self.year} {self.parcours.short}, {self.get_modality_display()}"

    def get_absolute_url(self) -> str:
        return reverse("curriculum:programme", args=[self.pk])

    @property
    def formation(self) -> str:
        """What names of files call it: "RT-Cyber", "RT-Cyber-FA" in apprenticeship."""
        apprentices = self.modality == self.Modality.APPRENTICESHIP
        return f"{self.parcours.code}{'-FA' if apprentices else ''}"

    @property
    def semesters(self) -> tuple[int, int]:
        """The two semesters of this year: BUT2 has 3 and 4."""
        return (2 * self.year - 1, 2 * self.year)

    @property
    def identity(self) -> ProgrammeIdentity:
        """What it is beside its maquette: RNCP, contacts… Empty texts when nothing was written."""
        try:
            return self.stored_identity
        except ProgrammeIdentity.DoesNotExist:
            return ProgrammeIdentity(programme=self)


class ProgrammeIdentity(PrintedTexts):
    """What the fiche says around its tables: what the programme is. No jury judges by it."""

    FIELDS = (
        *("rncp", "domain", "mention", "component", "languages", "hours", "contacts"),
        *("objectives", "outlets", "skills", "year_skills", "access"),
    )

    programme = models.OneToOneField(Programme, models.CASCADE, related_name="stored_identity")
    rncp = models.CharField("numéro RNCP", max_length=20, blank=True)
    domain = models.CharField("domaine", max_length=200, blank=True)
    mention = models.CharField("mention", max_length=200, blank=True)
    component = models.TextField("composante de rattachement", blank=True, max_length=8000)
    languages = models.CharField("langues", max_length=200, blank=True)
    hours = models.CharField("volume horaire", max_length=300, blank=True)
    contacts = models.TextField(
        "contacts",
        blank=True,
        max_length=8000,
        help_text="Un par ligne, sa qualité d’abord : « Secrétariat : nom, courriel, téléphone ».",
    )
    objectives = models.TextField("objectifs", blank=True, max_length=8000)
    outlets = models.TextField("débouchés", blank=True, max_length=8000)
    skills = models.TextField("compétences acquises à l’issue de la formation", blank=True, max_length=8000)
    year_skills = models.TextField("compétences acquises à l’issue de l’année", blank=True, max_length=8000)
    access = models.TextField("modalités d’accès", blank=True, max_length=8000)

    class Meta:
        verbose_name = "identité du programme"

    def __str__(self) -> str:
        return f"Ce qu’est {self.programme}"

    @property
    def stated(self) -> list[tuple[str, str]]:
        """The texts that are not empty, under their names."""
        return [
            (str(self._meta.get_field(name).verbose_name).capitalize(), text)  # type: ignore[union-attr]
            for name in self.FIELDS
            if (text := getattr(self, name))
        ]


class Unit(PrintedTexts):
    """A UE: one semester of one level of one competence, with its ECTS."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="units")
    # As the establishment writes it: UE31, UE3.1, UE34ESE, UE3.5.SNRV.
    code = models.CharField("code", max_length=40)
    semester = models.PositiveSmallIntegerField("semestre")
    competence = models.ForeignKey(Competence, models.PROTECT, related_name="units")
    level = models.PositiveSmallIntegerField("niveau")
    ects = models.DecimalField("ECTS", max_digits=4, decimal_places=1)
    rcue_weight = models.DecimalField("poids dans le RCUE", max_digits=6, decimal_places=3, default=1)

    class Meta:
        verbose_name = "UE"
        verbose_name_plural = "UE"
        ordering = ["semester", "code"]
        constraints = [
            UniqueConstraint(fields=["programme", "code"], name="unit_code_once"),
            # 4.4: no UE belongs to more than one RCUE, and a RCUE is the two semesters of a level.
            UniqueConstraint(fields=["programme", "competence", "semester"], name="unit_once_per_semester"),
            CheckConstraint(condition=Q(semester__range=(1, 6)), name="unit_semester_1_to_6"),
            CheckConstraint(condition=Q(level__range=(1, 3)), name="unit_level_1_to_3"),
            CheckConstraint(condition=Q(ects__gt=0), name="unit_ects_positive"),
            CheckConstraint(condition=Q(rcue_weight__gt=0), name="unit_rcue_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def rcue(self) -> str:
        """The RCUE's name in the cohort file: "RT1/2". Needs `competence` selected."""
        return f"{self.competence.code}/{self.level}"


class Element(PrintedTexts):
    """A ressource or a SAÉ: what is marked. It may count in several UE."""

    class Kind(models.TextChoices):
        RESOURCE = "ressource", "ressource"
        SAE = "sae", "SAÉ"

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="elements")
    code = models.CharField("code", max_length=30)  # the public one, in files: "Saé4.IOM.stage"
    display = models.CharField("code affiché", max_length=30)  # on the screen: "Stage S4"
    title = models.CharField("intitulé", max_length=200)
    short = models.CharField("intitulé court", max_length=60)
    kind = models.CharField("pôle", max_length=10, choices=Kind)
    semester = models.PositiveSmallIntegerField("semestre")

    class Meta:
        verbose_name = "élément"
        ordering = ["semester", "kind", "code"]
        constraints = [
            UniqueConstraint(fields=["programme", "code"], name="element_code_once"),
            CheckConstraint(condition=Q(semester__range=(1, 6)), name="element_semester_1_to_6"),
            CheckConstraint(condition=Q(kind__in=["ressource", "sae"]), name="element_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.display} {self.title}"


class Weight(PrintedTexts):
    """What an element counts in a UE: its coefficient and its hours there, as the fiche prints them."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="weights")
    element = models.ForeignKey(Element, models.PROTECT, related_name="weights")
    coefficient = models.DecimalField("coefficient", max_digits=6, decimal_places=2)
    cm = models.PositiveSmallIntegerField("CM", default=0)
    td = models.PositiveSmallIntegerField("TD", default=0)
    tp = models.PositiveSmallIntegerField("TP", default=0)
    project = models.PositiveSmallIntegerField("projet", default=0)
    evaluation_type = models.CharField("type d’évaluation", max_length=10, blank=True)
    label = models.CharField("libellé imprimé", max_length=200, blank=True)
    line = models.PositiveIntegerField("ligne de la fiche", null=True, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "coefficient"
        ordering = ["unit", "position"]
        constraints = [
            UniqueConstraint(fields=["unit", "element"], name="weight_once"),
            CheckConstraint(condition=Q(coefficient__gte=0), name="weight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.element.display} en {self.unit.code} : {self.coefficient}"

    @property
    def total(self) -> int:
        """Taught hours: CM, TD and TP, without the project."""
        return self.cm + self.td + self.tp
