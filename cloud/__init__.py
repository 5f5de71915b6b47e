"""The service: forecasts when each supply runs out, applies what the customer allows, ships in time."""
