"""What a person would repeat, done at once: a list pasted or sent, lines ticked, shown before it is done."""
