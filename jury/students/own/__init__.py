"""What a student sees of themself: their published marks and their transcript. Nothing else is theirs."""
