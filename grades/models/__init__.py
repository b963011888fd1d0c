"""People and marks: students, promotions, enrolments, évaluations, marks and their history."""

from grades.models.appreciations import Appreciation
from grades.models.cohorts import Cohort, Group, distinct_elements
from grades.models.enrolments import Adjustment, Enrolment, EnrolmentQuerySet, ExtraRepeat, Reopening
from grades.models.imports import StudentFile, StudentImport
from grades.models.marks import Mark, MarkChange
from grades.models.students import Photo, Student, lacking
from grades.models.teaching import Assessment, AssessmentWeight, Teaching

__all__ = [
    "Adjustment",
    "Appreciation",
    "Assessment",
    "AssessmentWeight",
    "Cohort",
    "Enrolment",
    "EnrolmentQuerySet",
    "ExtraRepeat",
    "Group",
    "Mark",
    "MarkChange",
    "Photo",
    "Reopening",
    "Student",
    "StudentFile",
    "StudentImport",
    "Teaching",
    "distinct_elements",
    "lacking",
]
