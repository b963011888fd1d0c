"""The ground floor, on which every app stands: it imports none of them."""
