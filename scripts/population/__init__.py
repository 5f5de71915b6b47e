"""Teaches the forecast from many series of daily use."""
