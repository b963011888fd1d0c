"""The next school year, prepared on one page from a closed one: promotions, students, teachers, juries."""
