"""The real parts that tests start, and stand-ins for the rest."""
