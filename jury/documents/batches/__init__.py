"""The documents of a session made together by the workers: one file of all of them, or a mail a student."""
