"""Households, the persons in them, and how they sign in."""
