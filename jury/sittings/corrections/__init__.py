"""What changes after the jury looked: marks corrected meanwhile, a closed session corrected."""
