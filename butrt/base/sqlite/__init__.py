"""The database of a site without PostgreSQL (see `base`)."""
