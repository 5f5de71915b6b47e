"""A broker for a try-out, where Mosquitto is not installed: amqtt with our permissions. MQTT 3.1.1 only.

It forgets what waits when it ends. The end-to-end acknowledgement makes that cost a delay, never data.
"""

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from contract import permissions
from kit import dynamic_security


class Door(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]  # amqtt comes without types
    """Lets in who stands in the file that Mosquitto would load, and each agent only to its own topics."""

    @dataclass
    class Config:
        """`access`: the file."""

        access: str = ""

    def __init__(self, context: BaseContext) -> None:
        BaseAuthPlugin.__init__(self, context)
        self.topic_config = None
        self._access = Path(self.config.access)

    async def authenticate(self, *, session: Session) -> bool | None:
        name, password = session.username, session.password
        if not name or not password or session.client_id != name:
            return False
        return dynamic_security.lets_in(self._access.read_text(), name, password)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        if session is None or topic is None:
            return False
        return permissions.allows(session.username, "write" if action is Action.PUBLISH else "read", topic)


def config(port: int, access: Path) -> dict[str, Any]:
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"simulator.demo.try_out_broker.Door": {"access": str(access)}},
    }


async def serve(port: int, access: Path) -> None:
    """Until SIGTERM or SIGINT."""
    broker = Broker(config(port, access))
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await broker.start()
    await ended.wait()
    await broker.shutdown()
