"""A person's own account: password, address, open sessions, alerts; and a password that was forgotten."""
