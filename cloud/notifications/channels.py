"""The ways to reach a person: one target per call, and a code where it was not taken."""

import queue
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from cloud.notifications import push, smtp
from cloud.notifications import webhook as hooks
from cloud.notifications.rendering import Mail

EMAIL, WEBHOOK, APPRISE = "email", "webhook", "apprise"
DEADLINE_S = 15.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class Target:
    """One person on one channel: `email`, `webhook` or `apprise`."""

    channel: str
    address: str
    name: str


Post = Callable[[Target, Mail, str], str | None]
"""Hands over one message, with a reference that a repeat carries too. None: taken; else a code why not."""

Send = Callable[[str, Mail, str], str | None]
"""One channel: address, message, reference; answers as `Post` does."""


@dataclass(frozen=True)
class Offer:
    """What a person may choose from: channels, and on `apprise` the beginnings of addresses."""

    channels: Collection[str] = (EMAIL, WEBHOOK, APPRISE)
    schemas: Collection[str] = frozenset(push.KNOWN)

    def problem(self, channel: str, address: str) -> str | None:
        """A code, or None: an address that may be tried. For the moment when it is entered."""
        return problem(channel, address, self.schemas) if channel in self.channels else f"{channel}_not_offered"


@dataclass(frozen=True)
class Ways:
    """What this service can use. None: it was not set up."""

    email: smtp.Server | None = None
    webhook: hooks.Hook | None = None
    apprise: push.Push | None = None

    @property
    def offered(self) -> tuple[str, ...]:
        """Which channels a person may choose from."""
        return tuple(name for name in (EMAIL, WEBHOOK, APPRISE) if getattr(self, name) is not None)

    @property
    def offer(self) -> Offer:
        return Offer(self.offered, frozenset() if self.apprise is None else self.apprise.schemas)


def post(ways: Ways, deadline_s: float = DEADLINE_S) -> Post:
    """Dispatch by channel. Nothing takes longer than the deadline, and nothing that a channel does is raised."""
    sends: dict[str, Send] = {name: getattr(ways, name).send for name in ways.offered}

    def hand_over(target: Target, mail: Mail, reference: str) -> str | None:
        send = sends.get(target.channel)
        if send is None:
            return "channel_not_set_up"
        return _within(deadline_s, target.channel, lambda: send(target.address, mail, reference))

    return hand_over


def problem(channel: str, address: str, schemas: Collection[str] = push.KNOWN) -> str | None:
    """A code, or None: an address that may be tried. For the moment when it is entered."""
    fits: dict[str, Callable[[str], bool]] = {
        EMAIL: smtp.is_address,
        WEBHOOK: hooks.is_address,
        APPRISE: lambda text: push.is_address(text, schemas),
    }
    if channel not in fits:
        return "no_such_channel"
    return None if fits[channel](address) else f"{channel}_address_not_usable"


def _within(seconds: float, channel: str, send: Callable[[], str | None]) -> str | None:
    """A server that drips keeps its own thread, not the sender's: time-outs of sockets start anew with every byte."""
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(send())
        except Exception as error:  # noqa: BLE001 - its words could hold an address
            _log.error("channel_broke", channel=channel, error=type(error).__name__)
            answers.put("channel_broke")

    threading.Thread(target=run, name=f"send-{channel}", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return "too_slow"
