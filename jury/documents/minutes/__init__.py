"""The procès-verbal: what a version says, and its document."""

from jury.documents.minutes.content import issue, minutes_content

__all__ = ["issue", "minutes_content"]
