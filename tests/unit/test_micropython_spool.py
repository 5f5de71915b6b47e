"""The board's spool: any sequence of what can happen to it, on flash that forgives nothing."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from forehand import records
from forehand.history import MOST_DECLARED
from forehand.spool import MOST_GAPS, MOST_WAITING, Spool, SpoolFullError
from forehand.wire import ALARMS, LANES, READINGS, SAFETY, SUPPLY
from tests.support.micropython_life import BLOCK, Flash, PowerCutError

EVERYTHING = {"config": 1, "consent": 1, "purposes": ["supply", "safety"], "poll_s": 900, "prealarm_s": 30}
PURPOSE = {ALARMS: SAFETY, READINGS: SUPPLY}
lanes = st.sampled_from([ALARMS, READINGS])


def opened(flash, agent="board-1"):
    return Spool(flash, agent, lambda size: bytes(range(size)), flash.page)


def opened_at_last(flash, ahead, how):
    """The power may fail once more while the board starts."""
    flash.cut_at, flash.how = flash.operations + ahead, how
    try:
        return opened(flash)
    except PowerCutError:
        return opened(flash)
    finally:
        flash.cut_at = None


def put(spool, lane=READINGS, size=300):
    return spool.put(lane, PURPOSE[lane], lambda seq: f"{lane} {seq} {spool.boot} ".encode().ljust(size, b"."))


def waiting(spool):
    return {(lane, seq) for lane in range(len(LANES)) for seq in spool.numbers(lane)}


def declared(spool):
    return {(lane, seq) for lane, first, last, _ in spool.gaps for seq in range(first, last + 1)}


class AnySequence(RuleBasedStateMachine):
    """Whatever is done, each number ever given is waiting, settled or declared; its bytes are what they were."""

    def __init__(self):
        super().__init__()
        self.flash = Flash()
        self.spool = opened(self.flash)
        self.given = {}
        self.settled = set()
        self.consent = 1

    @rule(lane=lanes, count=st.integers(1, 25), size=st.integers(30, 1000))
    def put(self, lane, count, size):
        for _ in range(count):
            try:
                seq = put(self.spool, lane, size)
            except SpoolFullError:
                assert lane == ALARMS or len(self.spool.gaps) >= MOST_GAPS
                return
            self.given[lane, seq] = self.spool.get(lane, seq)

    @rule(lane=lanes, first=st.integers(1, 60), more=st.integers(0, 60), is_refusal=st.booleans())
    def answered(self, lane, first, more, is_refusal):
        self.settled |= {(lane, seq) for seq in self.spool.numbers(lane) if first <= seq <= first + more}
        if is_refusal:
            self.spool.refuse(lane, list(range(first, first + more + 1)))
        else:
            self.spool.stored(lane, [[first, first + more]])

    @rule(purposes=st.sampled_from([["supply"], ["safety"], [], ["supply", "safety"]]))
    def wish(self, purposes):
        self.consent += 1
        self.spool.accept({**EVERYTHING, "consent": self.consent, "purposes": purposes})

    @rule(seed=st.integers(0, 10), count=st.integers(1, 3))
    def name_gaps(self, seed, count):
        for lane, first, last, _ in self.spool.gaps[seed % 3 :][:count]:
            middle = (first + last) // 2
            self.settled |= {(lane, seq) for seq in range(first, middle + 1)}
            self.spool.gaps_named(lane, [[first, middle]])

    @rule(times=st.integers(1, 12))
    def start_again(self, times):
        for _ in range(times):
            self.spool = opened(self.flash)

    @rule(ahead=st.integers(1, 12), how=st.integers(0, 3), lane=lanes)
    def cut(self, ahead, how, lane):
        """What was being written may be there or not; it was not promised."""
        self.flash.cut_at, self.flash.how = self.flash.operations + ahead, how
        before = set(self.given)
        try:
            for _ in range(ahead):
                self.given.setdefault((lane, put(self.spool, lane)), None)
        except (PowerCutError, SpoolFullError):
            self.flash.cut_at = None
        self.flash.cut_at = None
        self.spool = opened(self.flash)
        for lane_, seq in waiting(self.spool) - before:
            self.given[lane_, seq] = self.spool.get(lane_, seq)

    @rule(ahead=st.integers(1, 6), how=st.integers(0, 3))
    def cut_while_starting(self, ahead, how):
        self.spool = opened_at_last(self.flash, ahead, how)

    @invariant()
    def nothing_is_lost_undeclared(self):
        here = waiting(self.spool)
        assert set(self.given) == here | (declared(self.spool) & set(self.given)) | self.settled
        assert not here & (self.settled | declared(self.spool))
        assert all(reason != records.CORRUPT for *_, reason in self.spool.gaps)

    @invariant()
    def bytes_never_change(self):
        for key in waiting(self.spool):
            assert self.given[key] is None or self.spool.get(*key) == self.given[key]

    @invariant()
    def the_wish_outlives_every_start(self):
        assert self.consent == 1 or self.spool.wish["consent"] == self.consent


AnySequence.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestAnySequence = AnySequence.TestCase


def test_when_it_is_full_the_oldest_readings_go_and_are_declared_and_no_alarm_does():
    spool = opened(Flash())
    alarms = [put(spool, ALARMS) for _ in range(6)]

    for _ in range(100):
        put(spool)

    readings = spool.numbers(READINGS)
    assert spool.numbers(ALARMS) == alarms
    assert readings == list(range(readings[0], 101))
    assert spool.gaps == [[READINGS, 1, readings[0] - 1, records.SPOOL_FULL]]


def test_what_has_holes_gives_way_to_what_is_new_as_well():
    spool = opened(Flash())
    for _ in range(24):
        put(spool)
    spool.stored(READINGS, [[seq, seq] for seq in range(1, 25, 2)])

    for _ in range(40):
        put(spool)

    assert spool.numbers(READINGS)[-1] == 64
    assert len(spool.gaps) > 8


def test_a_larger_flash_holds_96_messages():
    spool = opened(Flash(blocks=32))

    for _ in range(200):
        put(spool)

    assert spool.count() == MOST_WAITING


def test_alarms_that_do_not_fit_are_refused_and_none_of_those_kept_is_lost():
    spool = opened(Flash())
    for _ in range(12):
        put(spool, ALARMS)
    with pytest.raises(SpoolFullError):
        put(spool, ALARMS)

    for _ in range(300):
        put(spool)

    assert spool.numbers(ALARMS) == list(range(1, 13))


def test_a_cloud_that_names_no_gap_ever_costs_no_more_memory():
    flash = Flash()
    spool = opened(flash)
    for consent in range(2, 60):
        alarms = [put(spool, ALARMS) for _ in range(6)]
        spool.stored(ALARMS, [[seq, seq] for seq in alarms[::2]])
        spool.accept({**EVERYTHING, "consent": consent, "purposes": []})

    declared_before = spool.gaps
    assert len(declared_before) == MOST_DECLARED
    spool = opened(flash)
    assert spool.gaps == declared_before
    for _ in range(3):  # sixty at once
        spool.gaps_named(ALARMS, [[1, 10**6]] * 100)
    assert spool.gaps == []


def test_a_rotten_message_is_declared_and_never_sent():
    flash = Flash()
    spool = opened(flash)
    for _ in range(3):
        put(spool)
    flash.data[flash.data.index(b"1 2 ") + 9] ^= 4

    assert spool.get(READINGS, 2) is None
    assert spool.gaps == [[READINGS, 2, 2, records.CORRUPT]]
    assert opened(flash).gaps == spool.gaps


def test_a_message_that_rots_while_the_board_is_off_is_declared():
    flash = Flash()
    for _ in range(3):
        put(spool := opened(flash))
    flash.data[flash.data.index(b"1 2 ") + 9] ^= 4

    spool = opened(flash)

    assert spool.numbers(READINGS) == [1, 3]
    assert spool.gaps == [[READINGS, 2, 2, records.CORRUPT]]


@pytest.mark.parametrize("ahead", [1, 2, 3])
@pytest.mark.parametrize("how", [0, 1, 2, 3])
def test_a_board_whose_power_fails_in_every_start_loses_no_alarm_and_comes_up_in_the_end(ahead, how):
    flash = Flash()
    spool = opened(flash)
    for _ in range(12):
        put(spool, ALARMS)
        put(spool)
    here = waiting(spool)

    for _ in range(100):
        spool = opened_at_last(flash, ahead, how)

    assert here == waiting(spool) | declared(spool)
    assert spool.numbers(ALARMS) == list(range(1, 13))
    assert put(spool) == 13


def test_after_a_start_nothing_is_written_where_a_cut_off_write_may_have_begun():
    flash = Flash()
    spool = opened(flash)
    place = spool._at
    flash.cut_at = flash.operations + 1
    with pytest.raises(PowerCutError):
        put(spool)

    spool = opened(flash)

    assert place + flash.page <= spool._at
    assert flash.data[place : place + flash.page] == b"\xff" * flash.page


def test_a_rotten_checkpoint_gives_no_number_twice():
    flash = Flash()
    spool = opened(flash)
    for _ in range(20):  # into the second segment
        put(spool)
    flash.data[2 * BLOCK + 30] ^= 4

    spool = opened(flash)

    assert spool.numbers(READINGS) == list(range(1, 21))
    assert put(spool) == 21


def test_another_agent_on_this_board_gets_nothing_of_the_former_one():
    flash = Flash()
    spool = opened(flash)
    spool.accept(EVERYTHING)
    put(spool)

    spool = opened(flash, "board-2")

    assert spool.wish is None
    assert spool.count() == 0
    assert spool.gaps == [[READINGS, 1, 1, records.WITHDRAWN]]


def test_a_flash_that_is_too_small_is_told_so():
    with pytest.raises(ValueError):
        opened(Flash(blocks=15))


def test_boots_count_on_and_a_session_is_never_below_the_time():
    flash = Flash()
    assert [opened(flash).boot for _ in range(3)] == [1, 2, 3]

    assert opened(flash).next_session(1_795_334_400) == 1_795_334_400
    assert opened(flash).session == 1_795_334_401
