"""What is recognised in the seconds around an impact."""

import pytest

from contract.alarms import MarkKind
from edge.falls import aftermath
from edge.falls.tape import in_g, thinned
from tests import movements
from tests.monitored import EVIDENCE, SUSPECTED, Wearer

FREE = [(60, 90, 120)] * 15  # 0.3 s


def marked(*parts):
    """The marks of what was lived through; the impact is its hardest sample."""
    samples = [in_g(sample) for part in parts for sample in part]
    impact = max(range(len(samples)), key=lambda n: sum(axis * axis for axis in samples[n]))
    return {mark.kind: (mark.from_ms, mark.to_ms) for mark in aftermath.marks(samples, impact, movements.FS)}


def test_a_fall_onto_the_floor_is_weightless_then_strikes_turns_and_lies_still():
    found = marked(movements.standing(5), FREE, movements.THUMP, movements.ROLLING, movements.lying(15))

    start, end = found[MarkKind.FREE_FALL]
    assert 280 <= end - start <= 320
    assert -200 <= end <= 0
    assert found[MarkKind.IMPACT][0] <= 0 < found[MarkKind.IMPACT][1] <= 600
    assert found[MarkKind.TURNED][0] == 0
    start, end = found[MarkKind.STILL]
    assert 900 <= start <= 2_000
    assert end >= 14_000
    assert MarkKind.GOT_UP not in found


def test_who_gets_up_is_seen_to_move_and_to_be_up():
    found = marked(movements.standing(5), movements.falling(), movements.lying(4), movements.walking(15))

    start, end = found[MarkKind.GOT_UP]
    assert 4_000 <= start <= 7_000
    assert 10_000 <= end <= 16_000
    assert found[MarkKind.MOVING][0] >= 4_000


def test_who_thrashes_where_they_lie_moves_and_has_not_got_up():
    found = marked(movements.standing(5), movements.falling(), movements.thrashing(18))

    assert MarkKind.MOVING in found
    assert not {MarkKind.GOT_UP, MarkKind.STILL} & found.keys()


def test_a_knock_on_a_table_turns_nobody():
    found = marked(movements.standing(5), movements.THUMP, movements.standing(15))

    assert not {MarkKind.TURNED, MarkKind.FREE_FALL, MarkKind.GOT_UP} & found.keys()


@pytest.mark.parametrize("impact", [0, 9])
def test_an_impact_at_the_edge_of_what_is_there_is_still_marked(impact):
    samples = [in_g(sample) for sample in movements.standing(0.2)]

    assert [mark.kind for mark in aftermath.marks(samples, impact, movements.FS)] == [MarkKind.IMPACT]


def test_the_parts_travel_with_the_movement_and_the_chance_with_the_suspicion():
    wearer = Wearer()
    wearer.stand(12)
    wearer.fall()
    wearer.lie(60)

    told = {step.event: step for step in wearer.told if hasattr(step, "event")}
    assert 0.5 < told[SUSPECTED].probability <= 1
    assert round(told[SUSPECTED].probability, 2) == told[SUSPECTED].probability
    kinds = {mark.kind for mark in told[EVIDENCE].movement.marks}
    assert {MarkKind.IMPACT, MarkKind.TURNED, MarkKind.STILL} <= kinds


def test_the_parts_of_a_thinned_movement_keep_their_times():
    samples = movements.standing(5) + movements.falling() + movements.lying(15)
    often = [sample for sample in samples for _ in range(4)]
    impact = 4 * (5 * movements.FS + 1)

    movement = thinned(often, impact, 200)

    still = next(mark for mark in movement.marks if mark.kind == MarkKind.STILL)
    assert still.to_ms >= 14_000
    assert movement.fs_hz < 200
