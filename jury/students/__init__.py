"""A student’s own pages, and the personal data held about them."""
