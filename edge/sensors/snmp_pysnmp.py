"""Questions through pysnmp: pure Python, for where gufo-snmp has no wheel. Its async stays in this file."""

import asyncio
import atexit
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as api
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from edge.sensors.base import SensorError
from edge.sensors.snmp_address import SnmpAddress, User, Version
from edge.sensors.snmp_values import Column, Value
from edge.sensors.snmp_walk import MAX_CELLS, REPETITIONS, REQUEST_S, TRIES, SilentError, community

T = TypeVar("T")
_NO_SUCH_NAME = 2
_NOTHING = (EndOfMibView, NoSuchInstance, NoSuchObject)
_AUTH = {
    "md5": api.usmHMACMD5AuthProtocol, "sha": api.usmHMACSHAAuthProtocol, "sha224": api.usmHMAC128SHA224AuthProtocol,
    "sha256": api.usmHMAC192SHA256AuthProtocol, "sha384": api.usmHMAC256SHA384AuthProtocol,
    "sha512": api.usmHMAC384SHA512AuthProtocol,
}  # fmt: skip
_PRIVACY = {
    "des": api.usmDESPrivProtocol, "aes": api.usmAesCfb128Protocol, "aes192": api.usmAesCfb192Protocol,
    "aes256": api.usmAesCfb256Protocol,
}  # fmt: skip


class PysnmpWalk:
    """One look at one printer, on the engine of this process: a new one reads its own tables for half a second."""

    def __init__(self, shared: "_Shared", address: SnmpAddress, version: Version, context: str) -> None:
        self._loop = shared.loop
        self._engine = shared.engine
        self._context = api.ContextData(contextName=context.encode() if version == "3" else b"")
        self._bulk = version != "1"
        if version == "3" and address.user:
            self._auth = _user(address.user)
        else:
            self._auth = api.CommunityData(community(address, context), mpModel=0 if version == "1" else 1)
        target = api.UdpTransportTarget.create((address.host, address.port), timeout=REQUEST_S, retries=TRIES - 1)
        self._target = self._run(target)

    @classmethod
    @contextmanager
    def session(cls, address: SnmpAddress, version: Version, context: str) -> Iterator["PysnmpWalk"]:
        with _Shared.lock:
            yield cls(_Shared.here(), address, version, context)

    def get(self, oid: str) -> Value:
        found = self._run(self._asked(api.get_cmd, oid))
        return found[0][1] if found else None

    def walk(self, oid: str) -> Column:
        """In bulk, or one by one; ends where the column ends, or where an answer does not go forward."""
        cells: dict[str, Value] = {}
        last = oid
        while len(cells) < MAX_CELLS:
            found = self._run(self._asked(api.bulk_cmd if self._bulk else api.next_cmd, last))
            below = [(name, value) for name, value in found if name.startswith(f"{oid}.") and name not in cells]
            cells.update(pair for pair in below if pair[1] is not None)
            if not below or len(below) < len(found):
                break
            last = below[-1][0]
        return cells

    async def _asked(self, command: Any, oid: str) -> list[tuple[str, Value]]:
        repeated = (0, REPETITIONS) if command is api.bulk_cmd else ()
        asked = api.ObjectType(api.ObjectIdentity(oid))
        silent, status, _at, bound = await command(
            self._engine, self._auth, self._target, self._context, *repeated, asked, lookupMib=False
        )
        if silent:
            _refuse(str(silent))
        if int(status) == _NO_SUCH_NAME:
            return []
        if status:
            raise SensorError(f"the printer answered with an SNMP error: {status.prettyPrint()}")
        return [(str(name), _plain(value)) for name, value in bound]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loop.run_until_complete(work)
        except (PySnmpError, OSError, ValueError) as error:
            raise SensorError(f"the SNMP answer cannot be used: {error}") from error


class _Shared:
    """The engine and its event loop, made when they are first needed; one look at a time."""

    lock = threading.RLock()
    made: "_Shared | None" = None

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.engine = api.SnmpEngine()
        atexit.register(self._close)

    @classmethod
    def here(cls) -> "_Shared":
        cls.made = cls.made or cls()
        return cls.made

    def _close(self) -> None:
        self.engine.close_dispatcher()
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self.loop.close()


def _refuse(why: str) -> None:
    if "timeout" in why.lower() or "no snmp response" in why.lower():
        raise SilentError("no answer in time")
    raise SensorError(f"the printer does not answer this user or password ({why})")


def _user(user: User) -> Any:
    return api.UsmUserData(
        user.name,
        user.auth_password or None,
        user.priv_password or None,
        authProtocol=_AUTH[user.auth] if user.auth_password else api.usmNoAuthProtocol,
        privProtocol=_PRIVACY[user.priv] if user.priv_password else api.usmNoPrivProtocol,
    )


def _plain(value: Any) -> Value:
    if isinstance(value, _NOTHING):
        return None
    if hasattr(value, "asOctets"):
        return bytes(value.asOctets())
    if hasattr(value, "asTuple"):
        return ".".join(map(str, value.asTuple()))
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
