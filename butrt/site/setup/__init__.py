"""What is left to do before a new department works, shown on the homes until all is done or put away."""
