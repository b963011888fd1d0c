"""Backups: an encrypted archive of the database, the certificates and the settings; its restoration.

The archive is a tar encrypted by age (https://age-encryption.org): `age -d -i KEY ARCHIVE | tar x` opens one
without this site. Its first piece, `manifest.json`, says what the others are (`manifest.py`).
"""
