"""Reads the broker: commits whatever is queued, and acknowledges only then."""
