"""A promotion followed through its years: who passed, repeated, left."""
