"""What a department wants on its documents: the texts that a PV has in view, the figures of a transcript."""
