"""The demo's broker: Mosquitto with the configuration that we ship, or amqtt where it is missing."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from kit import mosquitto
from simulator.demo import ports
from simulator.demo.children import Child, ChildError, Children

CLOUD_USER = "cloud"
_STARTS_WITHIN_S = 15.0


@dataclass(frozen=True)
class Broker:
    """Where it listens, and how to speak to it. `access`: who may connect; it is read when the broker starts.

    `try_out`: good for a look, not for use.
    """

    port: int
    access: Path
    protocol: str
    try_out: bool


def prepare(folder: Path, *, try_out: bool = False) -> Broker:
    """Write its files; nothing runs yet. Raises ChildError where no broker is to be had.

    `try_out`: not Mosquitto, even where it is.
    """
    directory = folder / "broker"
    port = ports.free()
    try_out = try_out or mosquitto.find() is None
    if try_out and importlib.util.find_spec("amqtt") is None:
        raise ChildError(
            "There is no MQTT broker here. Install Mosquitto (Debian: `apt install mosquitto`; macOS: `brew install "
            "mosquitto`), or the simulator's own packages: `pip install .[simulator]`."
        )
    directory.mkdir(parents=True, exist_ok=True)
    if not try_out:
        mosquitto.configure(directory, port)
    return Broker(port, directory / mosquitto.ACCESS, "3.1.1" if try_out else "5", try_out)


def start(broker: Broker, children: Children) -> Child:
    """Returns when it listens. Raises ChildError when it does not."""
    program = mosquitto.find()
    if broker.try_out or program is None:
        command = [sys.executable, "-m", "simulator", "try-out-broker", str(broker.port), str(broker.access)]
    else:
        command = [program, "-c", str(broker.access.with_name("mosquitto.conf"))]
    child = children.start("broker", command)
    if not ports.wait_for(broker.port, _STARTS_WITHIN_S, child.is_alive):
        raise ChildError(f"the broker does not listen on {broker.port}. The end of {child.log}:\n{child.last_words()}")
    return child
