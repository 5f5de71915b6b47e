"""How often one address may try in a while: a sliding window in this process's memory."""

import ipaddress
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_OF_ONE_LINE = 64


def place(host: str | None) -> str:
    """Whose tries are counted together: an IPv4 address, or the IPv6 network that a provider gives to one line."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return host or "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _OF_ONE_LINE), strict=False))


@dataclass
class Window:
    """`most` tries in `within`. Remembers at most `places` addresses, the longest unseen goes first."""

    most: int
    within: timedelta
    places: int = 10_000
    _seen: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, place: str, now: datetime) -> bool:
        """Counts this try. False: too many."""
        with self._lock:
            tries = self._seen.setdefault(place, deque())
            self._seen.move_to_end(place)
            while tries and not timedelta() <= now - tries[0] < self.within:  # also those of a clock that stepped back
                tries.popleft()
            if len(tries) >= self.most:
                return False
            tries.append(now)
            while len(self._seen) > self.places:
                self._seen.popitem(last=False)
            return True
