"""Coming from ScoDoc: what its API says of a semester's jury, recorded as earlier results or replayed."""
