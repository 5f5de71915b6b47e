"""Bytes to messages. Whatever arrives, the answer is a message or a named refusal, never another exception."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from contract import limits
from contract.alarms import Alarm
from contract.fields import Lane, Refusal, Seq, Stream
from contract.messages import AgentState, Command, Desired, Readings, Reported, Result, Stored
from contract.topics import Down, Up

M = TypeVar("M", bound=Struct)

_TYPES: dict[Up | Down, type[Struct]] = {
    Up.STATE: AgentState,
    Up.READINGS: Readings,
    Up.ALARMS: Alarm,
    Up.REPORTED: Reported,
    Up.RESULTS: Result,
    Down.DESIRED: Desired,
    Down.STORED: Stored,
    Down.COMMANDS: Command,
}
_DECODERS: dict[type[Struct], msgspec.json.Decoder[Any]] = {t: msgspec.json.Decoder(t) for t in _TYPES.values()}


class Refused(Exception):  # noqa: N818 - it names an answer, not a fault
    """The bytes are not a message. `reason` is for the agent, `detail` for the staff who look at it."""

    def __init__(self, reason: Refusal, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Header(Struct, frozen=True):
    """The least that lets the cloud answer a message it cannot read."""

    stream: Stream
    lane: Lane
    seq: Seq


class _OnlyVersion(Struct):
    v: int


_HEADER = msgspec.json.Decoder(Header)
_VERSION = msgspec.json.Decoder(_OnlyVersion)


def decode(body: bytes, as_type: type[M]) -> M:
    """One message of the given type.

    Raises Refused, whatever the bytes are.
    """
    if len(body) > limits.MAX_MESSAGE_BYTES:
        raise Refused(Refusal.TOO_LARGE, f"{len(body)} bytes; at most {limits.MAX_MESSAGE_BYTES}")
    try:
        message: M = _DECODERS[as_type].decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused(*_why(body, error)) from error
    return message


def type_of(name: Up | Down) -> type[Struct] | None:
    """None: this version knows the topic, but nothing is sent on it yet."""
    return _TYPES.get(name)


def header(body: bytes) -> Header | None:
    """None: not even stream, lane and number can be read."""
    try:
        return _HEADER.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _why(body: bytes, error: Exception) -> tuple[Refusal, str]:
    try:
        version = _VERSION.decode(body).v
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Refusal.MALFORMED, str(error)[:200]
    if version != limits.WIRE_VERSION:
        return Refusal.UNKNOWN_VERSION, f"version {version}; this end speaks {limits.WIRE_VERSION}"
    return Refusal.MALFORMED, str(error)[:200]
