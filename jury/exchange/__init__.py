"""What a department takes from elsewhere, and gives."""
