"""Marks from a list, as Moodle and spreadsheets export it: a number or a name, a mark, in any columns."""
