"""The seam below the SNMP driver: one object, or one column, at a time. Two libraries stand behind it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import Protocol

from edge.sensors.base import SensorError
from edge.sensors.snmp_address import SnmpAddress, Version
from edge.sensors.snmp_values import Column, Value

REQUEST_S = 2.0  # a printer that wakes up answers the second question
TRIES = 2
MAX_CELLS = 256  # of one column; more is no printer
REPETITIONS = 20


class SilentError(SensorError):
    """Nobody answered in time."""


class Walk(Protocol):
    """Questions to one printer. Both raise SilentError where nobody answers, SensorError for what else goes wrong."""

    def get(self, oid: str) -> Value:
        """None: there is no such object."""
        ...

    def walk(self, oid: str) -> Column:
        """Every cell below, at most MAX_CELLS. Empty: there is no such column."""
        ...


Opened = Callable[[SnmpAddress, Version, str], AbstractContextManager[Walk]]
"""An address, the version to speak and the context (empty: the default) to a session."""


def opened(address: SnmpAddress, version: Version, context: str) -> AbstractContextManager[Walk]:
    """gufo-snmp where it is installed and can do it, else pysnmp.

    Raises SensorError where neither is.
    """
    has_fast, has_slow = (find_spec(name) is not None for name in ("gufo", "pysnmp"))
    if has_fast and not (version == "3" and context and has_slow):  # gufo-snmp sends no context name
        from edge.sensors.snmp_gufo import GufoWalk  # noqa: PLC0415 - each where its library is

        return GufoWalk.session(address, version, context)
    if has_slow:
        from edge.sensors.snmp_pysnmp import PysnmpWalk  # noqa: PLC0415

        return PysnmpWalk.session(address, version, context)
    raise SensorError("no SNMP library is installed: pip install gufo-snmp, or pysnmp where it has no wheel")


def community(address: SnmpAddress, context: str) -> str:
    """What versions 1 and 2c have for a context (HP's Jetdirect and others)."""
    return f"{address.community}@{context}" if context else address.community
