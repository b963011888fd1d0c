"""From the database’s rows to the engine’s input, and back to people’s eyes: figures, verdicts, words."""
