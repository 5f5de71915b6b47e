"""Questions through gufo-snmp: compiled, little processor time. No wheel for armv7 and Windows."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    DesKey,
    Md5Key,
    NoSuchInstance,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpAuthError,
    SnmpError,
    SnmpVersion,
)
from gufo.snmp import User as GufoUser
from gufo.snmp.sync import SnmpSession

from edge.sensors.base import SensorError
from edge.sensors.snmp_address import SnmpAddress, User, Version
from edge.sensors.snmp_values import Column, Value
from edge.sensors.snmp_walk import MAX_CELLS, REPETITIONS, REQUEST_S, TRIES, SilentError, community

T = TypeVar("T")
_VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, "3": SnmpVersion.v3}
_AUTH = {
    "md5": Md5Key, "sha": Sha1Key, "sha224": Sha224Key, "sha256": Sha256Key, "sha384": Sha384Key, "sha512": Sha512Key,
}  # fmt: skip
_PRIVACY = {"des": DesKey, "aes": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}


class GufoWalk:
    """One socket, one question at a time."""

    def __init__(self, session: SnmpSession, *, bulk: bool) -> None:
        self._session = session
        self._bulk = bulk

    @classmethod
    @contextmanager
    def session(cls, address: SnmpAddress, version: Version, context: str) -> Iterator["GufoWalk"]:
        if version == "3" and context:
            raise SensorError("gufo-snmp knows no contexts of SNMP version 3: pip install pysnmp")
        host = resolved(address.host, address.port)
        user = _user(address.user) if version == "3" and address.user else None
        named = community(address, context)
        session = _guarded(
            lambda: SnmpSession(
                host, address.port, named, user=user, version=_VERSIONS[version], timeout=REQUEST_S,
                max_repetitions=REPETITIONS,
            )
        )  # fmt: skip
        _guarded(session.refresh)
        yield cls(session, bulk=version != "1")

    def get(self, oid: str) -> Value:
        try:
            return _guarded(lambda: self._session.get(oid))
        except _NoSuchError:
            return None

    def walk(self, oid: str) -> Column:
        """In bulk; one by one where the printer stumbles over that."""
        if self._bulk:
            try:
                return _guarded(lambda: self._cells(self._session.getbulk(oid), oid))
            except SilentError:
                raise
            except SensorError:
                self._bulk = False
        return _guarded(lambda: self._cells(self._session.getnext(oid), oid))

    @staticmethod
    def _cells(answers: Iterator[tuple[str, Value]], oid: str) -> Column:
        below = (pair for pair in islice(answers, MAX_CELLS) if pair[0].startswith(f"{oid}."))
        return {name: value for name, value in below if value is not None}


class _NoSuchError(SensorError):
    pass


def resolved(host: str, port: int) -> str:
    """The first address of a name; IPv4 where there is one.

    Raises SensorError.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise SensorError(f"there is no machine called {host}: is the name right? ({error})") from error
    return str(min(found, key=lambda each: each[0] != socket.AF_INET)[4][0])


def _user(user: User) -> GufoUser:
    auth = _AUTH[user.auth](user.auth_password.encode()) if user.auth_password else None
    privacy = _PRIVACY[user.priv](user.priv_password.encode()) if user.priv_password else None
    return GufoUser(user.name, auth_key=auth, priv_key=privacy)


def _guarded(ask: Callable[[], T]) -> T:
    for tried in range(TRIES):
        try:
            return ask()
        except NoSuchInstance as error:
            raise _NoSuchError("no such object") from error
        except (TimeoutError, BlockingIOError) as error:
            if tried + 1 == TRIES or "refused" in str(error):
                raise SilentError(str(error) or "no answer in time") from error
        except SnmpAuthError as error:
            raise SensorError(f"the printer does not accept this user or password ({error})") from error
        except (SnmpError, OSError, ValueError, RuntimeError) as error:
            raise SensorError(
                f"the printer's SNMP answer cannot be used: {str(error) or type(error).__name__}"
            ) from error
    raise AssertionError
