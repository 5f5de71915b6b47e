"""A board in a test: what it said, by name."""

import json

from tests.support.micropython_life import Flash, World

BAND = "wristband-1"


def board_world():
    """A board that has just said that it is ready; `said` are its lines since."""
    said = []
    made = World(Flash(), said.append)
    made.said = said
    made.start()
    return made


def names(world):
    return [line.split(" ")[0].split("/")[-1] for line in world.said]


def bodies(world, name):
    said = [line.split(" ", 2) for line in world.said]
    return [json.loads(body) for topic, _, body in said if topic.endswith(f"/{name}")]


def allowed(world, *purposes):
    world.wish(1, *(purposes or ("supply", "safety")))
    world.said.clear()
