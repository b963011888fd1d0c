"""Results from elsewhere: typed, sent in a file or read of ScoDoc, previewed, recorded, withdrawn."""
