"""The proof of the night: what the site gives out today is what the sealed PV say. See night.py."""
