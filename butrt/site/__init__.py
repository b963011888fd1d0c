"""The roof, which stands on every app: home of each role, search, API, the frame of pages."""
