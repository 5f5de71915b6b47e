"""Agents, the devices behind them, their slots, and what they have told us."""
