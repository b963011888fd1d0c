"""The jury room: the table, the student's card, the decisions."""
