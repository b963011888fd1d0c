"""One box for everything: a student, an element, a jury, a document."""
