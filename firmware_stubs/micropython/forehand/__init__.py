"""Forehand's wire on a microcontroller. Runs on MicroPython and, unchanged, on CPython."""
