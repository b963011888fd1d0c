"""The procès-verbal: what a version says, and its document."""

from jury.documents.minutes.content import fingerprint, issue, minutes_content

__all__ = ["fingerprint", "issue", "minutes_content"]
