"""Who may say and hear what. The broker's own list (deploy/mosquitto/acl) says the same; tests compare the two."""

from typing import Literal

from contract import topics

CLOUD_USERS = (
    "cloud", "cloud-alarms", "cloud-web", "cloud-ingest", "cloud-ingest-alarms", "cloud-ingest-2",
    "cloud-ingest-2-alarms", "cloud-jobs",
)  # fmt: skip
"""Whoever takes in messages has a second connection for alarms alone: no backlog of readings is in front of one.
One user name, one connection: the broker takes the name as the client's id, so that nobody can push out another."""

_CLEARED_ON_ERASURE = ("up/state", "up/reported")
Action = Literal["read", "write"]


def allows(username: str | None, action: Action, topic: str) -> bool:
    """An agent writes below its own `up/` and reads below its own `down/`; the cloud the other way round."""
    if username is None or not topic.startswith(f"{topics.ROOT}/"):
        return False
    agent, _, rest = topic.removeprefix(f"{topics.ROOT}/").partition("/")
    says, hears = ("up/", "down/") if action == "write" else ("down/", "up/")
    if agent == username and rest.startswith(says):
        return True
    return username in CLOUD_USERS and (rest.startswith(hears) or (action == "write" and rest in _CLEARED_ON_ERASURE))
