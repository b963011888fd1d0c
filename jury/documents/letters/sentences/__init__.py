"""What a letter says of a student, in words to them: the decision, why, what they keep, what they may do."""

from jury.documents.letters.sentences.acquired import acquired_units
from jury.documents.letters.sentences.fields import field_values
from jury.documents.letters.sentences.following import following, what_next
from jury.documents.letters.sentences.grounds import grounds
from jury.documents.letters.sentences.outcome import outcome

__all__ = [
    "acquired_units",
    "field_values",
    "following",
    "grounds",
    "outcome",
    "what_next",
]
