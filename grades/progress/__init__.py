"""From marks entered to marks given: published to students, declared complete, watched over, reminded."""
