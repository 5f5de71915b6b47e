"""Topic names. Identity is in the topic, so that the broker can enforce it."""

import re
from dataclasses import dataclass
from enum import StrEnum

ROOT = "forehand/v1"
AGENT_ID = r"[a-z0-9][a-z0-9-]{0,62}"
_TOPIC = re.compile(rf"^{ROOT}/(?P<agent>{AGENT_ID})/(?P<way>up|down)/(?P<name>[a-z]+)$")


class Up(StrEnum):
    """What an agent publishes."""

    STATE = "state"
    READINGS = "readings"
    ALARMS = "alarms"
    REPORTED = "reported"
    RESULTS = "results"


class Down(StrEnum):
    """What the cloud publishes to one agent."""

    DESIRED = "desired"
    STORED = "stored"
    COMMANDS = "commands"


INGEST_GROUP = "ingest"
"""Several processes of the cloud that take in messages divide readings and results between them."""

RETAINED = frozenset({Up.STATE, Up.REPORTED, Down.DESIRED})
NUMBERED = frozenset({Up.READINGS, Up.ALARMS, Up.RESULTS})
"""What an agent spools, and sends until `stored` names it."""


@dataclass(frozen=True)
class Address:
    """One topic, taken apart."""

    agent: str
    name: Up | Down


def up(agent: str, name: Up) -> str:
    return f"{ROOT}/{agent}/up/{name}"


def down(agent: str, name: Down) -> str:
    return f"{ROOT}/{agent}/down/{name}"


def every_up(name: Up) -> str:
    """The filter with which the cloud reads one kind of message from all agents."""
    return f"{ROOT}/+/up/{name}"


def every_down(agent: str) -> str:
    """The filter with which an agent reads what is meant for it."""
    return f"{ROOT}/{agent}/down/+"


def matches(topic_filter: str, topic: str) -> bool:
    """MQTT 5, section 4.7: `+` stands for one level, `#` for the rest of them and for none."""
    asked, given = topic_filter.split("/"), topic.split("/")
    if asked[-1] == "#":
        asked, given = asked[:-1], given[: len(asked) - 1]
    return len(asked) == len(given) and all(one in {"+", level} for one, level in zip(asked, given, strict=True))


def parse(topic: str) -> Address | None:
    """None: not one of ours."""
    match = _TOPIC.match(topic)
    if match is None:
        return None
    names: type[Up | Down] = Up if match["way"] == "up" else Down
    try:
        return Address(match["agent"], names(match["name"]))
    except ValueError:
        return None
