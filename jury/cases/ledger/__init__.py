"""The ledger of results: read by each jury, written once by the one that gave them, filled from elsewhere."""
