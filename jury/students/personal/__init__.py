"""Personal data (RGPD): how long each kind is kept, what a purge erases, what is held about a student."""
