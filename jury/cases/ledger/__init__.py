"""The ledger of results: written once by the jury that gave them, or brought from elsewhere; read beside."""
