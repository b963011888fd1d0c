"""The pages where the presidency and the members of a jury sign its PV, and where it is sealed."""
