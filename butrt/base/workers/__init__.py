"""The processes that do the long work: they take tasks from the database, and say that they are alive."""
