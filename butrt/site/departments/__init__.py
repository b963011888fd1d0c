"""The departments of a site, as its administrator opens them: what they are called, who administers them."""
