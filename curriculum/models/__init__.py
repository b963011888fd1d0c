"""The référentiel, its programmes, and the règlement of a department."""

from .programmes import (
    Competence,
    Department,
    Element,
    Level,
    Parcours,
    Programme,
    ProgrammeIdentity,
    ProgrammeQuerySet,
    Specialty,
    Unit,
    Weight,
    school_year_label,
)
from .regulation import SILENT, SOURCES, Regulation, RegulationQuerySet, default_sources

__all__ = [
    "SILENT",
    "SOURCES",
    "Competence",
    "Department",
    "Element",
    "Level",
    "Parcours",
    "Programme",
    "ProgrammeIdentity",
    "ProgrammeQuerySet",
    "Regulation",
    "RegulationQuerySet",
    "Specialty",
    "Unit",
    "Weight",
    "default_sources",
    "school_year_label",
]
