"""The spool under any sequence of what can happen to it."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.fields import Loss, Purpose
from contract.messages import Desired
from edge.spool import ALARMS, READINGS, RESULTS
from tests.edge_spools import OPEN, SMALL, opened, put, told, waiting


class AnySequence(RuleBasedStateMachine):
    """Whatever is done, each number ever given is waiting, stored, refused or declared."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.spool = opened(self.folder, max_bytes=SMALL)
        self.given: dict[str, list[int]] = {READINGS: [], ALARMS: [], RESULTS: []}
        self.settled: set[tuple[str, int]] = set()
        self.answered: set[tuple[str, int]] = set()

    lanes = st.sampled_from([READINGS, ALARMS, RESULTS])

    @rule(lane=lanes, purpose=st.sampled_from([Purpose.SUPPLY, Purpose.LEARN]), count=st.integers(1, 12))
    def put(self, lane, purpose, count):
        self.given[lane] += put(self.spool, count, lane, purpose)

    @rule(lane=lanes, first=st.integers(1, 40), more=st.integers(0, 20))
    def stored(self, lane, first, more):
        self.settled |= {(lane, seq) for seq in waiting(self.spool, lane) if first <= seq <= first + more}
        self.spool.stored(lane, [(first, first + more)])

    @rule(lane=lanes, seq=st.integers(1, 40))
    def quarantine(self, lane, seq):
        self.spool.drop(lane, [seq], Loss.QUARANTINED)

    @rule(purpose=st.sampled_from([Purpose.SUPPLY, Purpose.LEARN]))
    def withdraw(self, purpose):
        self.spool.accept(Desired(config=1, consent=1, purposes=[]), [purpose])

    @rule(told=st.booleans())
    def tell_gaps(self, told):
        gaps = self.spool.gaps(3)
        self.spool.gaps_told(gaps)
        if told and gaps:
            first, last = gaps[0].range
            self.answered |= {(gaps[0].lane, seq) for seq in range(first, last + 1)}
            self.spool.gaps_answered(gaps[0].stream, gaps[0].lane, [(first, last)])

    @rule()
    def crash(self):
        self.spool._db.close()
        self.spool.close()
        self.spool = opened(self.folder, max_bytes=SMALL)

    @invariant()
    def numbers_are_contiguous(self):
        for seqs in self.given.values():
            assert seqs == list(range(1, len(seqs) + 1))

    @invariant()
    def nothing_is_lost_undeclared(self):
        declared = {(lane, seq) for lane, (a, b), _ in told(self.spool) for seq in range(a, b + 1)}
        here = {(lane, seq) for lane in self.given for seq in waiting(self.spool, lane)}
        every = {(lane, seq) for lane, seqs in self.given.items() for seq in seqs}
        assert every == here | self.settled | declared | self.answered
        assert not here & (self.settled | declared | self.answered)

    @precondition(lambda self: self.spool.count)
    @invariant()
    def it_knows_how_much_waits(self):
        assert self.spool.count == sum(len(waiting(self.spool, lane)) for lane in self.given)

    def teardown(self):
        self.spool.close()
        OPEN.clear()
        self.temporary.cleanup()


AnySequence.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_any_sequence = AnySequence.TestCase
