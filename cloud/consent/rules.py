"""May this message be kept? May this be done?"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of the ledger, as the rules need it."""

    version: int
    purpose: str
    given: bool


@dataclass(frozen=True)
class Standing:
    """What is allowed now. `since` holds, for each purpose granted, the version of the last grant."""

    version: int
    since: dict[str, int]

    def allows(self, purpose: str) -> bool:
        return purpose in self.since

    def accepts(self, purpose: str, consent_version: int) -> bool:
        """A message made under an older consent, withdrawn in between, is not covered by a later grant."""
        return purpose in self.since and self.since[purpose] <= consent_version <= self.version


def standing(entries: Iterable[Entry]) -> Standing:
    """The sum of a household's ledger, whatever the order in which it is read."""
    version = 0
    since: dict[str, int] = {}
    for entry in sorted(entries, key=lambda e: e.version):
        version = entry.version
        if not entry.given:
            since.pop(entry.purpose, None)
        elif entry.purpose not in since:
            since[entry.purpose] = entry.version
    return Standing(version, since)
