"""What became of everything that the agent of one home has numbered, and of every look at its devices."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from sqlmodel import col, select

from cloud import db
from cloud.devices.inbox_tables import GapRow, InboxMessage, ReadingRow, SetAside
from cloud.emergencies.tables import AlarmSignal
from tests.system.one_home import LANES, Home

LONGEST_PAUSE_MS = 4_000  # between two looks at one device, each of which is due after a second


@dataclass(frozen=True)
class Account:
    """`declared`: given up by the agent, and said so. `silent`: looks that are missing without a word."""

    spooled: dict[str, int]
    lost: list[tuple[str, int]]
    doubled: list[tuple[str, int]]
    declared: set[tuple[str, int]]
    silent: list[str]
    set_aside: int

    def wrongs(self) -> dict[str, object]:
        """Empty: nothing was lost, nothing doubled, nothing set aside."""
        named = ("lost", "doubled", "silent", "set_aside")
        return {name: getattr(self, name) for name in named if getattr(self, name)}

    def told(self) -> dict[str, object]:
        """The figures."""
        counted = {name: len(getattr(self, name)) for name in ("lost", "doubled", "declared", "silent")}
        return {**{f"spooled_{lane}": number for lane, number in self.spooled.items()}, **counted}


def account(home: Home) -> Account:
    """To be asked when all that was spooled has been answered."""
    spooled = {lane: home.spooled(lane) for lane in LANES}
    with db.reading(home.engine) as session:
        heard = Counter(session.exec(select(InboxMessage.lane, InboxMessage.seq)))
        readings = list(session.exec(select(ReadingRow).order_by(col(ReadingRow.slot_id), col(ReadingRow.seq))))
        signals = len(session.exec(select(AlarmSignal)).all())
        gaps = session.exec(select(GapRow)).all()
        set_aside = len(session.exec(select(SetAside)).all())
        session.expunge_all()
    declared = {(gap.lane, seq) for gap in gaps for seq in range(gap.first, gap.last + 1)}
    here = Counter(("readings", row.seq) for row in readings) + _alarms(heard, signals)
    numbered = {(lane, seq) for lane, last in spooled.items() for seq in range(1, last + 1)}
    doubled = [key for key, times in here.items() if times > 1]
    lost = sorted(numbered - set(here) - declared)
    return Account(spooled, lost, doubled, declared, _silent(readings, declared), set_aside)


def _alarms(heard: Counter[tuple[str, int]], signals: int) -> Counter[tuple[str, int]]:
    """Each press is one message and one signal: a signal too many, or too few, is of the last."""
    alarms = Counter({key: times for key, times in heard.items() if key[0] == "alarms"})
    if alarms:
        alarms[max(alarms)] += signals - len(alarms)
    return alarms


def _silent(readings: list[ReadingRow], declared: set[tuple[str, int]]) -> list[str]:
    by_slot: dict[str, list[ReadingRow]] = defaultdict(list)
    for row in readings:
        by_slot[row.slot_id].append(row)
    return [
        f"nothing between {one.seq} and {other.seq} for {other.up_ms - one.up_ms} ms"
        for rows in by_slot.values()
        for one, other in pairwise(rows)
        if other.up_ms - one.up_ms > LONGEST_PAUSE_MS
        and not any(("readings", seq) in declared for seq in range(one.seq, other.seq))
    ]
