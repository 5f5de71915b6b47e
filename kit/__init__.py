"""Plumbing that knows no business: clock, ids, MQTT, bus."""
