"""What consenting homes teach the first forecasts of others."""
