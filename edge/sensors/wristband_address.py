"""Where a wristband's lines come from, as agent.toml says it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from edge.sensors.wristband_channels import Channel, Tcp, Tty

_HOW = "write tcp://HOST:PORT, file:RECORDING.jsonl, or the path of a serial line such as /dev/ttyACM0"


@dataclass(frozen=True)
class WristbandAddress:
    """Exactly one of the three is given."""

    file: str | None = None
    host: str | None = None
    port: int = 0
    line: str | None = None

    @classmethod
    def parse(cls, text: str) -> "WristbandAddress":
        """Raises ValueError that says what to write."""
        if text.startswith("file:") and len(text) > len("file:"):
            return cls(file=text.removeprefix("file:"))
        if text.startswith("/"):
            return cls(line=text)
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ValueError(f"{text!r} is no address: {_HOW}") from error
        if parts.scheme != "tcp" or not host or not port or parts.path:
            raise ValueError(f"{text!r} is no address: {_HOW}")
        return cls(host=host, port=port)

    def below(self, home: Path) -> str:
        """The same in full: a recording lies relative to agent.toml."""
        if self.file is not None:
            return f"file:{home / self.file}"
        return self.line or f"tcp://{f'[{self.host}]' if ':' in str(self.host) else self.host}:{self.port}"

    def opener(self) -> Callable[[], Channel]:
        """How to open what is not a recording."""
        host, port, line = self.host, self.port, self.line
        if line is not None:
            return lambda: Tty(line)
        return lambda: Tcp(str(host), port)
