"""Who may say and hear what. The broker's list of roles is made from this; tests ask a real broker."""

from dataclasses import dataclass
from typing import Literal

from contract import topics

_INGESTS = ("cloud-ingest", "cloud-ingest-2", "cloud-ingest-3", "cloud-ingest-4")
CLOUD_USERS = (
    "cloud", "cloud-alarms", "cloud-web", "cloud-jobs", *_INGESTS, *(f"{name}-alarms" for name in _INGESTS),
)  # fmt: skip
"""Whoever takes in messages has a second connection for alarms alone: no backlog of readings is in front of one.
One user name, one connection: the broker takes the name as the client's id, so that nobody can push out another."""

KEEPER = "cloud-keeper"
"""Tells the broker who may connect, and neither says nor hears anything else."""

Action = Literal["read", "write"]


@dataclass(frozen=True)
class Rights:
    """Topic filters. `shares`: subscriptions that several may divide between them."""

    says: tuple[str, ...]
    hears: tuple[str, ...]
    shares: tuple[str, ...] = ()


_CLOUD = Rights(
    # It may also clear the two retained messages of an agent that is erased.
    (f"{topics.ROOT}/+/down/#", f"{topics.ROOT}/+/up/{topics.Up.STATE}", f"{topics.ROOT}/+/up/{topics.Up.REPORTED}"),
    (f"{topics.ROOT}/+/up/#",),
    (f"$share/{topics.INGEST_GROUP}/{topics.ROOT}/+/up/#",),
)
_KEEPER = Rights(("$CONTROL/dynamic-security/v1",), ("$CONTROL/dynamic-security/v1/response",))


def rights(username: str) -> Rights:
    """An agent writes below its own `up/` and reads below its own `down/`; the cloud the other way round."""
    if username == KEEPER:
        return _KEEPER
    if username in CLOUD_USERS:
        return _CLOUD
    return Rights((f"{topics.ROOT}/{username}/up/#",), (f"{topics.ROOT}/{username}/down/#",))


def allows(username: str | None, action: Action, topic: str) -> bool:
    """`topic` is one that is published, without wildcards."""
    if username is None:
        return False
    its = rights(username)
    return any(topics.matches(each, topic) for each in (its.says if action == "write" else its.hears))
