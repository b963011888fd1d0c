"""Reading from outside: JSON for other systems of the university, by tokens; see description.py."""
