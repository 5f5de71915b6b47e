"""What we claim, as commands that print a table."""
