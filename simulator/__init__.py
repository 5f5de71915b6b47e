"""Households as data, and the real agent and the real cloud driven through their year."""
