"""The local règlement: what a new version would change for a jury, and adopting it."""
