"""Tell a person: what was said, how often it was tried, and what became of it."""
