"""The relevé de notes of each student: one page that they can recompute by hand."""

from jury.transcripts.batch import all_transcripts, zip_transcripts
from jury.transcripts.document import render_transcript

__all__ = ["all_transcripts", "render_transcript", "zip_transcripts"]
