"""What a sender is given, and what it may answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session


@dataclass(frozen=True)
class Job:
    """One claimed row. `attempt` counts from 1."""

    id: str
    topic: str
    payload: Mapping[str, Any]
    attempt: int


class Fate(StrEnum):
    """What becomes of a row after a send."""

    DONE = "done"
    AGAIN = "again"  # after a pause, until the attempts are used up
    LATER = "later"  # it was too early: back as it stands, and no attempt is counted
    DEAD = "dead"  # no try will ever succeed


Effect = Callable[[Session], None]


def _nothing(session: Session) -> None:
    del session


@dataclass(frozen=True)
class Sent:
    """A sender's answer. `apply` runs in the transaction that marks the row; `give_up` when it was the last attempt."""

    fate: Fate
    code: str = ""
    apply: Effect = _nothing
    give_up: Effect = _nothing

    @classmethod
    def done(cls, apply: Effect = _nothing) -> "Sent":
        return cls(Fate.DONE, apply=apply)

    @classmethod
    def again(cls, code: str, apply: Effect = _nothing, give_up: Effect = _nothing) -> "Sent":
        return cls(Fate.AGAIN, code, apply, give_up)

    @classmethod
    def later(cls) -> "Sent":
        return cls(Fate.LATER)

    @classmethod
    def dead(cls, code: str, apply: Effect = _nothing) -> "Sent":
        return cls(Fate.DEAD, code, apply)


Sender = Callable[[Job, datetime], Sent]
"""Sends one job: network work outside of any transaction; an effect is returned, not made. It must bear repeats."""
