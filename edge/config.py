"""Reads agent.toml, and says in plain words what to do where it is wrong."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from contract import limits
from contract.fields import Name, Text
from contract.topics import AGENT_ID
from edge.sensors.ipp import IppAddress
from edge.sensors.snmp_address import SnmpAddress
from edge.sensors.wristband_address import WristbandAddress
from edge.ways import config as ways
from edge.ways.config import WayConfig

ENROLLED = "enrolled.toml"  # beside agent.toml: who this agent is, and where its broker
Seconds = Annotated[int, Meta(ge=1, le=86_400)]
Grams = Annotated[float, Meta(ge=0, le=1_000_000)]


class ConfigError(Exception):
    """The configuration cannot be used; the message says which line to change, and how."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class BrokerConfig(_Part, frozen=True):
    """Where the broker is. `username` None: the agent's own id."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)] = 1883
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    protocol: Literal["5", "3.1.1"] = "5"
    tls: bool = False
    ca_file: str | None = None  # for a broker whose certificate is not signed by a public authority


class IppConfig(_Part, frozen=True, tag="ipp", tag_field="type"):
    """A printer on the network."""

    name: Name
    address: str


class SnmpConfig(_Part, frozen=True, tag="snmp", tag_field="type"):
    """A printer on the network that is asked over SNMP."""

    name: Name
    address: str


class ScaleConfig(_Part, frozen=True, tag="scale", tag_field="type"):
    """A weight scale; `address` is a file of weights, relative to agent.toml."""

    name: Name
    address: str
    slot: Name = "1"
    description: Text | None = None
    serial: Text | None = None
    tare_g: Annotated[float, Meta(ge=-1_000_000, le=1_000_000)] = 0.0
    container_g: Grams = 0.0
    max_g: Grams = 20_000.0
    noise_g: Grams = 5.0


class WristbandConfig(_Part, frozen=True, tag="wristband", tag_field="type"):
    """A wristband; `address` is a recording (relative to agent.toml), a place on the network or a serial line."""

    name: Name
    address: str
    serial: Text | None = None


DeviceConfig = IppConfig | SnmpConfig | ScaleConfig | WristbandConfig


class AgentConfig(_Part, frozen=True):
    """One agent: who it is, where its broker is, what it keeps and what it reads."""

    agent: Annotated[str, Meta(pattern=rf"^{AGENT_ID}$")]
    broker: BrokerConfig
    state_dir: str = "state"
    spool_max_mb: Annotated[int, Meta(ge=1, le=10_000)] = 200
    poll_s: Seconds = 900  # until the cloud wishes otherwise
    unheard_after_s: Seconds = 20  # so long the cloud may say nothing to an alarm
    second_way: WayConfig | None = None  # out of the home, for an alarm that the cloud says nothing to
    devices: Annotated[list[DeviceConfig], Meta(max_length=limits.MAX_DEVICES_PER_AGENT)] = []


def load(path: Path) -> AgentConfig:
    """The configuration, with every path made absolute and the password read.

    Raises ConfigError.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {path}: {_reason(error)}. Name the agent's file with --config.") from error
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}. Text values need quotes.") from error
    told = _enrolled(path.with_name(ENROLLED))
    table = told | table | ({"broker": _both(told, table)} if "broker" in told else {})
    try:
        config = msgspec.convert(table, AgentConfig)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_plainly(str(error))}") from error
    return _settled(config, path)


def _both(told: dict[str, Any], table: dict[str, Any]) -> Any:
    """Key by key: an authority of one's own stands in agent.toml, and the rest is as the cloud said."""
    own = table.get("broker", {})
    return told["broker"] | own if isinstance(own, dict) else own


def _enrolled(path: Path) -> dict[str, Any]:
    """What the cloud said when this Pi became an agent. What agent.toml says itself goes first."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}. Enrol again: python -m edge enrol URL CODE") from error


def _settled(config: AgentConfig, path: Path) -> AgentConfig:
    home = path.resolve().parent
    names = [device.name for device in config.devices]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"{path}: two devices are called {twice[0]!r}; give each its own name.")
    broker = config.broker
    settled = msgspec.structs.replace(
        broker,
        username=broker.username or config.agent,
        password=_password(broker, home, path),
        ca_file=broker.ca_file and str(home / broker.ca_file),
    )
    return msgspec.structs.replace(
        config,
        broker=settled,
        state_dir=str(home / config.state_dir),
        devices=[_device(device, home, path) for device in config.devices],
        second_way=_second_way(config, home, path),
    )


def _second_way(config: AgentConfig, home: Path, path: Path) -> WayConfig | None:
    """Looked at now: a night on which nothing else works is too late."""
    try:
        return None if config.second_way is None else ways.settled(config.second_way, home)
    except ValueError as error:
        raise ConfigError(f"{path}: in second_way, {error}.") from error


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is not text in UTF-8"


def _device(device: DeviceConfig, home: Path, path: Path) -> DeviceConfig:
    if isinstance(device, ScaleConfig):
        return msgspec.structs.replace(device, address=str(home / device.address))
    try:
        if isinstance(device, WristbandConfig):
            address = WristbandAddress.parse(device.address).below(home)
            return msgspec.structs.replace(device, address=address)
        (SnmpAddress if isinstance(device, SnmpConfig) else IppAddress).parse(device.address)
    except ValueError as error:
        raise ConfigError(f"{path}: device {device.name!r}: {error}.") from error
    return device


def _password(broker: BrokerConfig, home: Path, path: Path) -> str | None:
    if broker.password is not None and broker.password_file is not None:
        raise ConfigError(f"{path}: [broker] has password and password_file; keep one of them.")
    if broker.password_file is None:
        return broker.password
    file = home / broker.password_file
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot read the password from {file}: {_reason(error)}.") from error


_CHOICES = "The types are 'ipp', 'snmp', 'scale' and 'wristband'; of a second way 'webhook' and 'sms'."
_PLAIN = (  # what msgspec says, what a person should read
    (r"Object contains unknown field `(.*)`", r"there is no setting {!r}. Check its spelling, or remove the line."),
    (r"Object missing required field `agent`", "it does not say who it is. Enrol: python -m edge enrol URL CODE"),
    (r"Object missing required field `(.*)`", r"the setting {!r} is missing. Add it."),
    (r"Invalid value '(.*)' - at second_way", r"there is no way {!r}. The types are 'webhook' and 'sms'."),
    (r"Invalid value '(.*)'", r"there is no driver for {!r}. " + _CHOICES),
    (r"Expected `str` matching regex .*0-9.*6,14.*", "write a number in full, with its country, such as +4930123456."),
    (r"Invalid enum value (.*)", r"{} is not one of the choices. For protocol they are '5' and '3.1.1'."),
    (
        r"Expected `str` matching regex .*A-Z.*",
        "use letters, digits, '.', '_' and '-', a letter or digit first.",
    ),
    (r"Expected `str` matching regex .*a-z.*", "use small letters, digits and '-', as in the name it was given."),
    (r"Expected `(\w+)`, got `(\w+)`", "this should be {}, and is {}. Text needs quotes, numbers none."),
    (r"Expected `(\w+)` (.*)", "this should be {}, {}."),
)
_TYPES = {"str": "text", "int": "a whole number", "float": "a number", "array": "a list", "object": "a table"}


def _plainly(error: str) -> str:
    what, _, where = error.partition(" - at ")
    place = re.sub(r"\[(\d+)\]", lambda found: f" number {int(found[1]) + 1}", where.strip("`").lstrip("$."))
    told = what
    for pattern, text in _PLAIN:
        found = re.fullmatch(pattern, what)
        if found:
            told = text.format(*(_TYPES.get(part, part) for part in found.groups()))
            break
    return f"in {place.replace('.', ', ')}: {told}" if place else told
