"""What a department tells of a jury: who goes on, repeats or leaves; how each origin succeeded."""
