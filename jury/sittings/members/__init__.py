"""Who sits in a jury: the list that the office writes, the convocation that is printed."""
