"""The relevé de notes of each student: one page that they can recompute by hand."""

from jury.documents.transcripts.document import render_transcript

__all__ = ["render_transcript"]
