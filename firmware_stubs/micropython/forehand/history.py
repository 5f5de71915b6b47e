"""What the records of a spool come to. Told in order they give the same again, now or after a start. Pure."""

import struct

from forehand import records, wire, wishes
from forehand.wire import LANES

MOST_DECLARED = 128  # gaps; a cloud that does not name any of so many has no use for the oldest


class History:
    """`known`, and for each lane what waits: number to (where it stands, bytes of its body, purpose).

    None instead: it waits, but nobody has found it yet.
    """

    def __init__(self, known, runs=((), ())):
        self.known = known
        self.wish = wire.desired(known.wish) if known.wish else None
        self.waiting = [{seq: None for first, last in run for seq in range(first, last + 1)} for run in runs]

    def apply(self, at, record):
        """One record that stands at `at`."""
        kind, mark, seq, body = record
        if kind == records.MESSAGE:
            self._take(mark >> 4, seq, (at, len(body), mark & 15))
        elif kind == records.LET_GO:
            self._let_go(mark >> 4, records.unpack_spans(body), mark & 15)
        elif kind == records.GAPS_NAMED:
            self._forget_gaps(mark >> 4, records.unpack_spans(body))
        elif kind == records.WISH:
            self._wish(body)
        elif kind == records.STARTED:
            self.known.boot = max(self.known.boot, seq)
            self.known.session = max(self.known.session, struct.unpack("<Q", body)[0])
        elif kind == records.BELONGS:
            self._belong(str(body, "utf-8"))

    def count(self):
        return sum([len(lane) for lane in self.waiting])

    def numbers(self):
        return [sorted(lane) for lane in self.waiting]

    def lost(self):
        """For each lane the numbers that should wait and that nobody found."""
        return [sorted([seq for seq in lane if lane[seq] is None]) for lane in self.waiting]

    def _take(self, lane, seq, place):
        expected = self.known.next_seq[lane]
        if seq < expected and seq not in self.waiting[lane]:
            return  # an old copy of what is settled
        if seq > expected:
            self._declare(lane, expected, seq - 1, records.CORRUPT)
        self.known.next_seq[lane] = max(expected, seq + 1)
        self.waiting[lane][seq] = place

    def _let_go(self, lane, spans, reason):
        gone = sorted([seq for seq in self.waiting[lane] if is_among(seq, spans)])
        for seq in gone:
            del self.waiting[lane][seq]
        if reason == records.REFUSED:
            self.known.refused += len(gone)
        elif reason != records.STORED:
            for first, last in records.spans(gone):
                self._declare(lane, first, last, reason)

    def _declare(self, lane, first, last, reason):
        """Joined to its neighbours, so that there are few."""
        apart = []
        for gap in self.known.gaps:
            if gap[0] == lane and gap[3] == reason and gap[1] <= last + 1 and first <= gap[2] + 1:
                first, last = min(first, gap[1]), max(last, gap[2])
            else:
                apart.append(gap)
        self.known.gaps = sorted(apart + [[lane, first, last, reason]])[-MOST_DECLARED:]

    def _forget_gaps(self, lane, spans):
        """What the cloud named; of a gap named in part the rest stays."""
        for named_first, named_last in spans:
            rest = []
            for gap in self.known.gaps:
                of, first, last, reason = gap
                if of != lane or last < named_first or named_last < first:
                    rest.append(gap)
                    continue
                if first < named_first:
                    rest.append([lane, first, named_first - 1, reason])
                if named_last < last:
                    rest.append([lane, named_last + 1, last, reason])
            self.known.gaps = rest

    def _wish(self, body):
        wish = wire.desired(body)
        in_force = None if wish is None else wishes.merged(self.wish, wish)
        if in_force is not None:
            self.wish, self.known.wish = in_force, wishes.body(in_force)
            self._withdraw(lambda purpose: wishes.allows(in_force, purpose))

    def _belong(self, agent):
        if self.known.agent not in ("", agent):
            self._withdraw(lambda _purpose: False)
            self.wish, self.known.wish, self.known.refused = None, b"", 0
        self.known.agent = agent

    def _withdraw(self, is_allowed):
        for lane in range(len(LANES)):
            places = self.waiting[lane]
            gone = [seq for seq in places if places[seq] is not None and not is_allowed(places[seq][2])]
            self._let_go(lane, records.spans(sorted(gone)), records.WITHDRAWN)


def is_among(seq, spans):
    return any(first <= seq <= last for first, last in spans)
