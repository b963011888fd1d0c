"""The help: one page a role, in the words of the screens; the key ? and the top bar lead there."""
