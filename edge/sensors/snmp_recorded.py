"""The stand-in below the SNMP driver: answers from what a printer once said. For tests and the simulator."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from edge.sensors.base import SensorError
from edge.sensors.snmp_address import SnmpAddress, Version
from edge.sensors.snmp_values import Column, Value
from edge.sensors.snmp_walk import MAX_CELLS, SilentError, community

_INTEGERS = frozenset({"2", "65", "66", "67", "70"})


class RecordedWalk:
    """Objects by their identifiers. `asked` tells every question, such as `walk 1.3.6.1.2.1.43.11.1.1.9`."""

    def __init__(self, objects: Mapping[str, Value]) -> None:
        self._objects = objects
        self.asked: list[str] = []

    def get(self, oid: str) -> Value:
        self.asked.append(f"get {oid}")
        return self._objects.get(oid)

    def walk(self, oid: str) -> Column:
        self.asked.append(f"walk {oid}")
        below = [name for name in self._objects if name.startswith(f"{oid}.")]
        below.sort(key=lambda name: [int(part) for part in name.split(".")])
        return {name: self._objects[name] for name in below[:MAX_CELLS]}


class RecordedPrinter:
    """A printer that answers to its communities, as `public` or `public@Jetdirect`, in the versions it knows."""

    def __init__(self, objects: Mapping[str, Mapping[str, Value]], versions: tuple[Version, ...] = ("1", "2c")) -> None:
        self._walks = {name: RecordedWalk(each) for name, each in objects.items()}
        self._versions = versions

    @property
    def asked(self) -> list[str]:
        return [oid for walk in self._walks.values() for oid in walk.asked]

    @contextmanager
    def opened(self, address: SnmpAddress, version: Version, context: str) -> Iterator[RecordedWalk]:
        walk = self._walks.get(community(address, context))
        if walk is None or version not in self._versions:
            raise SilentError("no answer in time")
        yield walk


def recorded(text: str) -> dict[str, Value]:
    """A snmpsim record, `OID|TAG|VALUE` in lines.

    Raises SensorError for a line of another form.
    """
    found: dict[str, Value] = {}
    for line in text.splitlines():
        oid, bar, rest = line.partition("|")
        tag, other, value = rest.partition("|")
        if not bar or not other:
            raise SensorError(f"{line[:40]!r} is no line of a record")
        found[oid] = _value(tag, value)
    return found


def _value(tag: str, value: str) -> Value:
    try:
        if tag in _INTEGERS:
            return int(value)
        if tag.endswith("x"):
            return bytes.fromhex(value)
    except ValueError as error:
        raise SensorError(f"{value[:40]!r} does not fit the tag {tag}") from error
    return value if tag == "6" else value.encode()
