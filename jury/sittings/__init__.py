"""A session’s life: schedule, members, checklist, open, decide, close, correct, catch up."""
