"""Asks Mosquitto's dynamic security plugin, and tells it, while the broker runs: over two topics of its own."""

import itertools
import json
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kit import dynamic_security
from kit.bus import Bus, BusDownError, Delivery, Subscription
from kit.dynamic_security import Command

TOPIC = "$CONTROL/dynamic-security/v1"
ANSWERS = f"{TOPIC}/response"
CONNECTS_WITHIN_S, ANSWERS_WITHIN_S = 5.0, 10.0
PAGE = 100  # users in one answer, which is a message like others: at most 65,536 bytes
USERS_AT_ONCE = 20


class ControlError(Exception):
    """The broker cannot be told now; the message says why, without any secret."""


@dataclass
class Control:
    """One connection, one question at a time. Whoever asks hears all answers: each question has a number of its own."""

    bus: Bus
    name: str  # of this connection, and no other's at the same time
    _heard: "queue.SimpleQueue[bytes]" = field(default_factory=queue.SimpleQueue)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def users(self) -> dict[str, str]:
        """Who may connect: their marks by their names. Raises ControlError."""
        found: dict[str, str] = {}
        while True:
            asked = {"command": "listClients", "verbose": True, "count": PAGE, "offset": len(found)}
            [answer] = self.ask([asked])
            told = answer.get("data", {})
            page = {client["username"]: client.get("textdescription", "") for client in told.get("clients", [])}
            if not page or page.keys() <= found.keys():
                return found
            found |= page

    def carry_out(self, steps: Sequence[list[Command]]) -> None:
        """Raises ControlError for what was not done; everything else is."""
        wrong: list[str] = []
        for first in range(0, len(steps), USERS_AT_ONCE):
            commands = list(itertools.chain.from_iterable(steps[first : first + USERS_AT_ONCE]))
            wrong += dynamic_security.went_wrong(self.ask(commands))
        if wrong:
            raise ControlError("; ".join(sorted(set(wrong))))

    def ask(self, commands: Iterable[Command]) -> list[dict[str, Any]]:
        """One answer to each, in any order. Raises ControlError when they do not come in time."""
        numbered = {f"{self.name}/{next(self._numbers)}": command for command in commands}
        body = json.dumps({"commands": [command | {"correlationData": n} for n, command in numbered.items()]})
        try:
            self.bus.publish(TOPIC, body.encode())
        except BusDownError as error:
            raise ControlError(str(error)) from error
        answers: dict[str, dict[str, Any]] = {}
        until_s = time.monotonic() + ANSWERS_WITHIN_S
        while answers.keys() < numbered.keys():
            try:
                heard = self._heard.get(timeout=max(0.0, until_s - time.monotonic()))
            except queue.Empty:
                raise ControlError("the broker's dynamic security plugin does not answer") from None
            told = {each.get("correlationData", ""): each for each in json.loads(heard).get("responses", [])}
            answers |= {n: each for n, each in told.items() if n in numbered}
        return list(answers.values())

    def on_message(self, delivery: Delivery) -> None:
        self._heard.put(delivery.payload)
        delivery.ack()


@contextmanager
def connected(bus: Bus, name: str) -> Iterator[Control]:
    """Raises ControlError when the broker cannot be reached, or does not let this name in."""
    control, is_up = Control(bus, name), threading.Event()
    bus.start([Subscription(ANSWERS)], control.on_message, is_up.set)
    try:
        if not is_up.wait(CONNECTS_WITHIN_S):
            raise ControlError(f"the broker cannot be reached, or does not let {name} in")
        yield control
    finally:
        bus.stop()
