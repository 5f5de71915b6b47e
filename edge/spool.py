"""Keeps every message until the cloud has stored it. Bytes never change once they are here."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import structlog

from contract.fields import Loss, Purpose
from contract.messages import Desired, Gap
from edge import spool_commands, spool_facts, spool_file, spool_gaps
from edge.counters import Counters
from edge.spool_answered import Answered
from edge.spool_file import Opened, Setup, transaction
from edge.spool_gaps import Span
from edge.spool_room import Room, SpoolFullError
from edge.spool_seal import islands, seal
from kit.ids import Ids

log = structlog.get_logger()

ALARMS, RESULTS, READINGS = "alarms", "results", "readings"
LANES = (ALARMS, RESULTS, READINGS)  # the most urgent first
_DROPPABLE = (READINGS, RESULTS)  # never alarms
_ROW_BYTES = 100  # what a row costs beside its body
_LEAST_BYTES = 1_000_000  # so much is kept even on a full disk, from what the ballast freed
_FULL_SHARE = 10  # a full disk costs one in so many of the readings

Build = Callable[[int], bytes]
"""The message's bytes, once its number is known."""


@dataclass(frozen=True)
class Spooled:
    """One message as it will leave."""

    lane: str
    seq: int
    body: bytes


class Spool:
    """One file, one agent, one thread. Use `Spool.open` or `Spool.in_memory`."""

    def __init__(self, opened: Opened, ids: Ids) -> None:
        self._opened = opened
        self._db = opened.db
        self._counters = opened.counters
        self._max_bytes = opened.max_bytes
        self.stream = spool_facts.stream(self._db, ids)
        self.desired = spool_facts.desired(self._db)
        self.refused = spool_facts.refused(self._db)
        self._count, self._bytes = 0, 0
        self._missed = 0  # readings that found no room, to be declared with the next that finds some
        self._room = Room(self._make_room, self._weigh)
        self.answered = Answered(self._db, self._room)
        self._weigh()
        if opened.is_tight:
            self._grow_no_further()
        self.declare(list(opened.lost))

    @classmethod
    def open(cls, setup: Setup, ids: Ids) -> "Spool":
        """Raises SpoolError."""
        return cls(spool_file.open_folder(setup), ids)

    @classmethod
    def in_memory(cls, ids: Ids, max_bytes: int = 200_000_000) -> "Spool":
        return cls(spool_file.open_memory(max_bytes), ids)

    def close(self) -> None:
        """Harmless twice."""
        self._opened.close()

    @property
    def boot(self) -> int:
        """Counts the starts of the machine from 1."""
        return self._counters.boot

    @property
    def count(self) -> int:
        """How many messages wait."""
        return self._count

    def belong_to(self, agent: str) -> None:
        """After a change of identity what another agent was allowed, and what it measured, stays at home."""
        before = spool_facts.text(self._db, "agent")
        if before == agent:
            return

        def change_hands() -> None:
            with transaction(self._db):
                spool_facts.note(self._db, "agent", agent)
                if before is not None:
                    spool_facts.forget_agent(self._db)
                    self._let_go("1", (), Loss.WITHDRAWN)

        self._room.to(change_hands)
        if before is not None:
            log.warning("another_agent_now", before=before, agent=agent)
        self.desired, self.refused = spool_facts.desired(self._db), spool_facts.refused(self._db)

    def next_session(self, at_least: int = 0) -> int:
        """A number above all earlier ones.

        `at_least`: the time in seconds, where it is known, so that an agent on a new memory card does not start below
        what the cloud has seen, and is not taken for an old session.
        """
        counters = self._counters
        self._counters = Counters(counters.boot, counters.boot_id, max(counters.session + 1, at_least))
        self._opened.keep(self._counters)
        return self._counters.session

    # -- messages

    def put(self, lane: str, purpose: Purpose | None, build: Build) -> int:
        """Take one message, on the disk when this returns; its number.

        Raises SpoolFullError. Readings are then declared lost as soon as others fit; all else is the caller's to keep.
        """
        try:
            return self._room.to(lambda: self._put(lane, purpose, build))
        except SpoolFullError:
            self._missed += lane == READINGS
            raise

    def pending(self, lane: str, after: int, limit: int) -> list[Spooled]:
        """The oldest waiting messages numbered above `after`. A message whose bytes rotted is declared lost."""
        sql = (
            "SELECT seq, seal, purpose, CAST(body AS BLOB) FROM messages"
            " WHERE lane = ? AND seq > ? ORDER BY seq LIMIT ?"
        )
        rows = self._db.execute(sql, (lane, after, limit)).fetchall()
        rotten = [seq for seq, sealed, purpose, body in rows if sealed != seal(lane, seq, purpose, body)]
        if rotten:
            self.drop(lane, rotten, Loss.CORRUPT)
        return [Spooled(lane, seq, body) for seq, _, _, body in rows if seq not in rotten]

    def get(self, lane: str, seq: int) -> Spooled | None:
        """None: it is not waiting any more."""
        found = self.pending(lane, seq - 1, 1)
        return found[0] if found and found[0].seq == seq else None

    def stored(self, lane: str, spans: list[Span]) -> None:
        """The cloud has these: let go of them."""

        def let_go() -> None:
            with transaction(self._db):
                for first, last in spans:
                    self._delete("lane = ? AND seq BETWEEN ? AND ?", (lane, first, last))

        self._room.to(let_go)

    def refuse(self, lane: str, seqs: list[int]) -> None:
        """The cloud will never have these: let go of them, and count them."""

        def let_go() -> int:
            with transaction(self._db):
                gone = sum(len(self._delete("lane = ? AND seq = ?", (lane, seq))) for seq in seqs)
                if gone:
                    spool_facts.note(self._db, "refused", self.refused + gone)
            return gone

        self.refused += self._room.to(let_go)

    def drop(self, lane: str, seqs: list[int], reason: Loss) -> None:
        """Let go of messages that nobody stored, and declare it. On a full disk they stay until another time."""

        def let_go() -> None:
            with transaction(self._db):
                for seq in seqs:
                    self._let_go("lane = ? AND seq = ?", (lane, seq), reason)

        with suppress(SpoolFullError):
            self._room.to(let_go)

    # -- gaps

    def declare(self, gaps: list[Gap]) -> None:
        if gaps:
            with transaction(self._db):
                for gap in gaps:
                    spool_gaps.declare(self._db, gap)

    def gaps(self, limit: int) -> list[Gap]:
        return spool_gaps.waiting(self._db, limit)

    def gaps_told(self, gaps: list[Gap]) -> None:
        """On a full disk it is not noted: a gap that grows is then told again as a whole."""

        def note() -> None:
            with transaction(self._db):
                spool_gaps.mark_told(self._db, gaps)

        with suppress(SpoolFullError):
            self._room.to(note, lets_go=False)

    def gaps_answered(self, stream: str, lane: str, spans: list[Span]) -> None:
        def forget() -> None:
            with transaction(self._db):
                spool_gaps.answered(self._db, stream, lane, spans)

        self._room.to(forget, lets_go=False)

    # -- what the cloud wants

    def accept(self, desired: Desired, withdrawn: Iterable[Purpose]) -> None:
        """Remember the wish and purge what may not leave any more, all or nothing."""
        body = msgspec.json.encode(desired)

        def accepted() -> None:
            with transaction(self._db):
                spool_facts.note(self._db, "desired", body)
                for purpose in withdrawn:
                    self._let_go("purpose = ?", (purpose,), Loss.WITHDRAWN)

        self._room.to(accepted)
        self.desired = desired

    def is_new_command(self, command: str) -> bool:
        return spool_commands.is_new(self._db, command)

    def put_result(self, command: str, build: Build) -> int:
        """Take a command's result and remember the command, all or nothing. Raises SpoolFullError."""
        return self._room.to(lambda: self._put(RESULTS, None, build, command))

    def settle(self) -> None:
        """To be called now and then: once there is room again, lay the ballast and grow as before."""
        if self._opened.ballast.lay():
            self._max_bytes = self._opened.max_bytes

    # -- within

    def _put(self, lane: str, purpose: Purpose | None, build: Build, command: str | None = None) -> int:
        with transaction(self._db):
            row = self._db.execute("SELECT next_seq FROM lanes WHERE lane = ?", (lane,)).fetchone()
            missed = self._missed if lane == READINGS else 0
            seq = missed + int(row[0] if row else 1)
            if missed:
                self._declare_missed(seq)
            body = build(seq)
            named = purpose.value if purpose else None
            values = (lane, seq, named, seal(lane, seq, named, body), body)
            self._db.execute("INSERT INTO messages (lane, seq, purpose, seal, body) VALUES (?, ?, ?, ?, ?)", values)
            self._db.execute("INSERT OR REPLACE INTO lanes VALUES (?, ?, ?)", (lane, seq + 1, seal(lane, seq + 1)))
            self._count += 1
            self._bytes += len(body) + _ROW_BYTES
            if command is not None:
                spool_commands.remember(self._db, command)
            self._keep_to_size()
        self._missed -= missed
        return seq

    def _declare_missed(self, before: int) -> None:
        span = [before - self._missed, before - 1]
        spool_gaps.declare(self._db, Gap(stream=self.stream, lane=READINGS, range=span, reason=Loss.SPOOL_FULL))

    def _keep_to_size(self) -> None:
        while self._bytes > self._max_bytes:
            for lane in _DROPPABLE:
                if self._drop_oldest(lane, 1):
                    break
            else:
                return  # only alarms are left, and they stay

    def _drop_oldest(self, lane: str, limit: int) -> int:
        oldest = "lane = ? AND seq IN (SELECT seq FROM messages WHERE lane = ? ORDER BY seq LIMIT ?)"
        return self._let_go(oldest, (lane, lane, limit), Loss.SPOOL_FULL)

    def _let_go(self, where: str, values: tuple[object, ...], reason: Loss) -> int:
        gone = self._delete(where, values)
        for lane, span in islands(gone):
            spool_gaps.declare(self._db, Gap(stream=self.stream, lane=lane, range=list(span), reason=reason))
        return len(gone)

    def _delete(self, where: str, values: tuple[object, ...]) -> list[tuple[str, int]]:
        sql = f"DELETE FROM messages WHERE {where} RETURNING lane, seq, length(body)"  # noqa: S608 - `where` is ours
        rows = self._db.execute(sql, values).fetchall()
        self._count -= len(rows)
        self._bytes -= sum(size + _ROW_BYTES for _, _, size in rows)
        return sorted((lane, seq) for lane, seq, _ in rows)

    def _make_room(self) -> None:
        """Give up the ballast for the deletion's sake, and from now on grow no further."""
        self._opened.ballast.give_up()
        with transaction(self._db):
            self._drop_oldest(READINGS, max(1, self._count // _FULL_SHARE))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._grow_no_further()

    def _grow_no_further(self) -> None:
        """What the ballast freed is for deleting, not for more."""
        self._max_bytes = min(self._opened.max_bytes, max(self._bytes, _LEAST_BYTES))

    def _weigh(self) -> None:
        sql = "SELECT count(*), coalesce(sum(length(body)), 0) FROM messages"
        self._count, body_bytes = self._db.execute(sql).fetchone()
        self._bytes = body_bytes + self._count * _ROW_BYTES
