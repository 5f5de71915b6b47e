"""Where a stranger may send us: public addresses only, looked up once, so that DNS cannot change its mind."""

import ipaddress
import socket
from collections.abc import Callable
from typing import TypeAlias

Resolver: TypeAlias = Callable[[str, int], list[str]]
"""Addresses of a host, as text. Raises OSError when there are none."""

_HIDES_IPV4 = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet, and hides no other inside."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local:
            return False
        if any(ip in network for network in _HIDES_IPV4):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def public_place(host: str, port: int, look_up: Resolver) -> str | None:
    """The one address to connect to. None: one of the host's addresses is not public, or it has none."""
    addresses = look_up(host, port)
    return addresses[0] if addresses and all(is_public(address) for address in addresses) else None
