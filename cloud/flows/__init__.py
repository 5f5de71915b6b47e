"""What happens when, in order: each flow tells one story over the domains."""
