"""What the tests run in a real MicroPython: the scripted life, and what it says."""

from life import Flash, World, live


def acts():
    yield from live(World(Flash(), print))
