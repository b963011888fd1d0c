"""The accounts of the people of a department opened together, from a list; their invitations."""
