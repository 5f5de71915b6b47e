"""A broker for a try-out, where Mosquitto is not installed: amqtt with our permissions. MQTT 3.1.1 only.

It forgets what waits when it ends. The end-to-end acknowledgement makes that cost a delay, never data.
"""

import asyncio
import base64
import hmac
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from contract import permissions
from kit import mosquitto_passwords


class Door(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]  # amqtt comes without types
    """Lets in who stands in the passwords file, and each agent only to its own topics."""

    @dataclass
    class Config:
        """`passwords`: the file that Mosquitto would read."""

        passwords: str = ""

    def __init__(self, context: BaseContext) -> None:
        BaseAuthPlugin.__init__(self, context)
        self.topic_config = None
        self._passwords = Path(self.config.passwords)

    async def authenticate(self, *, session: Session) -> bool | None:
        name, password = session.username, session.password
        if not name or not password or session.client_id != name:
            return False
        return fits(self._passwords, name, password)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        if session is None or topic is None:
            return False
        return permissions.allows(session.username, "write" if action is Action.PUBLISH else "read", topic)


def fits(passwords: Path, username: str, password: str) -> bool:
    """Whether the file says so. It is read each time: a new agent needs no restart."""
    for line in passwords.read_text().splitlines():
        name, _, told = line.partition(":")
        if name == username:
            salt = base64.b64decode(told.split("$")[3])
            return hmac.compare_digest(line, mosquitto_passwords.entry(username, password, salt))
    return False


def config(port: int, passwords: Path) -> dict[str, Any]:
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"simulator.demo.try_out_broker.Door": {"passwords": str(passwords)}},
    }


async def serve(port: int, passwords: Path) -> None:
    """Until SIGTERM or SIGINT."""
    broker = Broker(config(port, passwords))
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await broker.start()
    await ended.wait()
    await broker.shutdown()
