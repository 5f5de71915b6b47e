"""Keeps every message in the flash until the cloud has stored it. Bytes never change once they are here.

Each step is one record behind the last. A segment that is full is followed by the next one, which begins with a
checkpoint; what waits in the oldest moves on in time. So no more is kept than what can: beyond, the oldest readings
are dropped and declared, alarms never. A power cut at any write costs at most what was being written.
"""

import struct

from forehand import records, wishes
from forehand.history import History, is_among
from forehand.records import Known
from forehand.recovery import recovered
from forehand.ring import PAGE_BYTES, Ring
from forehand.wire import ALARMS, LANES, READINGS

SPARE = 4  # segments in which nothing waits, so that what stands in the oldest can move on
KEPT_FREE = 2  # of these, for alarms alone
MOST_WAITING = 96
MOST_GAPS = 48  # as many as 96 messages with holes between them leave; beyond, new readings are not taken


class SpoolFullError(OSError):
    """There is no room for it. The message was not taken and has no number."""


class Spool:
    """One flash, one agent. `random(n)` gives n bytes; they are asked for once, when the flash is new."""

    def __init__(self, flash, agent, random, page=PAGE_BYTES):
        self._ring = Ring(flash, page)
        self._most = (self._ring.segments - SPARE - 2) * self._ring.segment_bytes * 3 // 4
        found = recovered(self._ring)
        if found is None:
            self._ring.erase(0)
            self._history = History(Known(random(16)))
            self._begin(0)
        else:
            self._history, self._head, self._at = found
        known = self._history.known
        self._append(records.STARTED, 0, known.boot + 1, struct.pack("<Q", known.session + 1))
        for lane, seqs in enumerate(self._history.lost()):
            self._let_go(lane, seqs, records.CORRUPT)
        if known.agent != agent:
            self._append(records.BELONGS, 0, 0, agent.encode())
        self._tidy()

    # -- what is known

    @property
    def stream(self):
        return "".join([f"{byte:02x}" for byte in self._history.known.stream])

    @property
    def boot(self):
        return self._history.known.boot

    @property
    def session(self):
        return self._history.known.session

    @property
    def refused(self):
        return self._history.known.refused

    @property
    def wish(self):
        """What the cloud wants, as a dict. None: it never said."""
        return self._history.wish

    @property
    def gaps(self):
        """[lane, first, last, reason] of what was let go and is not yet known to the cloud."""
        return self._history.known.gaps

    def count(self):
        return self._history.count()

    def numbers(self, lane):
        return sorted(self._history.waiting[lane])

    # -- messages

    def put(self, lane, purpose, build):
        """Take one message, in the flash when this returns; its number. `build(seq)` gives its bytes.

        Raises SpoolFullError, or another OSError of the flash.
        """
        seq = self._history.known.next_seq[lane]
        body = build(seq)
        if len(body) > records.MOST_BODY:
            raise ValueError(f"a message is at most {records.MOST_BODY} bytes here, this one has {len(body)}")
        self._make_room(lane, len(body))
        self._append(records.MESSAGE, lane << 4 | purpose, seq, body)
        self._tidy()
        return seq

    def get(self, lane, seq):
        """The message's bytes. None: it does not wait any more. One whose bytes rotted is declared lost."""
        if seq not in self._history.waiting[lane]:
            return None
        body = self._body(lane, seq)
        if body is None:
            self.let_go(lane, [seq], records.CORRUPT)
        return body

    def stored(self, lane, spans):
        """The cloud has these: let go of them."""
        self.let_go(lane, [seq for seq in self.numbers(lane) if is_among(seq, spans)], records.STORED)

    def refuse(self, lane, seqs):
        """The cloud will never have these: let go of them, and count them."""
        self.let_go(lane, [seq for seq in self.numbers(lane) if seq in seqs], records.REFUSED)

    def let_go(self, lane, seqs, reason):
        """Of messages that wait, in order of their numbers."""
        self._let_go(lane, seqs, reason)
        self._tidy()

    def gaps_named(self, lane, spans):
        """The cloud knows of these."""
        named = []
        for first, last in spans:
            for gap in self.gaps:
                if gap[0] == lane and first <= gap[2] and gap[1] <= last and len(named) < records.SPANS_IN_ONE:
                    named.append([max(first, gap[1]), min(last, gap[2])])
        self._append_spans(records.GAPS_NAMED, lane << 4, named)
        self._tidy()

    def accept(self, wish):
        """Remember the wish and purge what may not leave any more, all or nothing."""
        self._append(records.WISH, 0, 0, wishes.body(wish))
        self._tidy()

    def next_session(self, at_least):
        """Never below `at_least`: a board with a new flash must not be taken for an old session."""
        if at_least > self.session:
            self._append(records.STARTED, 0, self.boot, struct.pack("<Q", at_least))
            self._tidy()
        return self.session

    # -- room

    def _make_room(self, lane, body_bytes):
        """Drop the oldest readings, as many as must be."""
        size = self._ring.padded(body_bytes)
        alarms, readings = self._sizes(ALARMS), self._sizes(READINGS)
        if lane == ALARMS and sum(alarms) + size > self._ring.segment_bytes * 3 // 4:
            raise SpoolFullError("too many alarms wait")
        if lane == READINGS and len(self.gaps) >= MOST_GAPS:
            raise SpoolFullError("too many gaps are not yet told")
        keep = len(readings)
        while keep and (len(alarms) + keep >= MOST_WAITING or sum(alarms) + sum(readings[-keep:]) + size > self._most):
            keep -= 1
        if len(alarms) >= MOST_WAITING:
            raise SpoolFullError("only alarms wait")
        self._let_go(READINGS, self.numbers(READINGS)[: len(readings) - keep], records.SPOOL_FULL)

    def _sizes(self, lane):
        return [self._ring.padded(self._history.waiting[lane][seq][1]) for seq in self.numbers(lane)]

    def _tidy(self):
        """Empty the oldest segments until there are spare ones again."""
        while (free := self._free()) < SPARE:
            self._empty((self._head + free + 1) % self._ring.segments)

    def _free(self):
        """How many segments from the head on hold nothing that waits."""
        size = self._ring.segment_bytes
        used = {place[0] // size for lane in self._history.waiting for place in lane.values() if place is not None}
        for ahead in range(1, self._ring.segments):
            if (self._head + ahead) % self._ring.segments in used:
                return ahead - 1
        return self._ring.segments - 1

    def _empty(self, segment):
        dropped = []
        for lane in range(len(LANES)):
            for seq in self._standing_in(lane, segment):
                size = self._ring.padded(self._history.waiting[lane][seq][1])
                if lane == READINGS and self._free() < KEPT_FREE and not self._fits(2 * size):
                    dropped.append(seq)
                else:
                    self._move(lane, seq)
        self._let_go(READINGS, dropped, records.SPOOL_FULL)

    def _standing_in(self, lane, segment):
        places, size = self._history.waiting[lane], self._ring.segment_bytes
        return sorted([seq for seq in places if places[seq] is not None and places[seq][0] // size == segment])

    def _move(self, lane, seq):
        purpose = self._history.waiting[lane][seq][2]
        body = self._body(lane, seq)
        if body is None:
            self._let_go(lane, [seq], records.CORRUPT)
        else:
            self._append(records.MESSAGE, lane << 4 | purpose, seq, body)

    # -- reading and writing

    def _body(self, lane, seq):
        """None: it rotted."""
        at, _, purpose = self._history.waiting[lane][seq]
        record = self._ring.record(at)
        is_it = record is not None and record[:3] == (records.MESSAGE, lane << 4 | purpose, seq)
        return record[3] if is_it else None

    def _let_go(self, lane, seqs, reason):
        self._append_spans(records.LET_GO, lane << 4 | reason, records.spans(seqs))

    def _append_spans(self, kind, mark, spans):
        for start in range(0, len(spans), records.SPANS_IN_ONE):
            body = records.pack_spans(spans[start : start + records.SPANS_IN_ONE])
            self._append(kind, mark, 0, body)

    def _append(self, kind, mark, seq, body):
        size = self._ring.padded(len(body))
        if not self._fits(size):
            self._advance()
        at, self._at = self._at, self._at + size  # never written twice, whatever becomes of it
        record = (kind, mark, seq, body)
        self._ring.write(at, records.pack(*record))
        if self._ring.record(at) != record:
            raise OSError("the flash did not keep what was written")
        self._history.apply(at, record)

    def _fits(self, size):
        return self._at + size <= (self._head + 1) * self._ring.segment_bytes

    def _advance(self):
        """Into the next segment, which holds nothing that waits."""
        if self._free() < 1:
            raise SpoolFullError("no segment is free")
        following = (self._head + 1) % self._ring.segments
        self._ring.erase(following)
        self._begin(following)

    def _begin(self, segment):
        known = self._history.known
        known.number += 1
        body = records.pack_known(known, self._history.numbers())
        at = segment * self._ring.segment_bytes
        self._head, self._at = segment, at + self._ring.padded(len(body))
        self._ring.write(at, records.pack(records.CHECKPOINT, 0, 0, body))
