"""What a programme is beside its maquette: RNCP, mention, contacts, objectives, access (domain 1)."""
