"""The commands for who sets up an agent. Each is imported when it is asked for: the agent itself needs none of them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import structlog

from edge import config as configuration
from edge.config import ConfigError

OK, WRONG = 0, 2


def check_config(words: list[str]) -> int:
    """0: agent.toml can be used. 2: it cannot; what to change is said."""
    if len(words) != 1 or words[0].startswith("-"):
        sys.stderr.write("usage: forehand-edge check-config FILE\n\nSay whether agent.toml can be used.\n")
        return OK if words in (["-h"], ["--help"]) else WRONG
    try:
        config = configuration.load(Path(words[0]))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    broker = config.broker
    sys.stdout.write(
        f"{words[0]} can be used: {config.agent} at {broker.host}:{broker.port}, state in {config.state_dir}\n"
    )
    for device in config.devices:
        kind = str(device.__struct_config__.tag)
        sys.stdout.write(f"  {device.name}: {kind} at {device.address.partition('?')[0]}\n")
    if not config.devices:
        sys.stdout.write("  no devices yet: add a [[devices]] table with name, type and address\n")
    return OK


def _of(module: str) -> Callable[[list[str]], int]:
    def run(words: list[str]) -> int:
        with _logs_on_stderr():
            code: int = import_module(module).main(words)
        return code

    return run


@contextmanager
def _logs_on_stderr() -> Iterator[None]:
    """What a command prints is for another program to read."""
    before = structlog.get_config()
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    try:
        yield
    finally:
        structlog.configure(**before)


NAMED: dict[str, Callable[[list[str]], int]] = {
    "read": _of("edge.read_command"),
    "discover": _of("edge.discover_command"),
    "check-config": check_config,
    "status": _of("edge.status_command"),
    "doctor": _of("edge.doctor_command"),
}
