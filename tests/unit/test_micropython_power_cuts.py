"""The board's scripted life, with the power cut at every single write and erasure of its flash."""

from functools import cache

import pytest

from contract import decoding
from contract.fields import Loss
from contract.topics import Up, parse
from tests.support.micropython_life import Flash, World, live

READINGS_OFFLINE = 30  # more than the spool of this small flash holds
SHARES = 4  # so that two workers have something to divide


def lived(cut_at=None, how=0, page=256):
    said = []
    world = World(Flash(page=page), said.append)
    world.flash.cut_at, world.flash.how = cut_at, how
    for _ in live(world, READINGS_OFFLINE, nothing_kept_is_lost):
        pass
    return world, said


def nothing_kept_is_lost(world):
    spool = world.client.spool
    waiting = {(name, seq) for lane, name in ((0, "alarms"), (1, "readings")) for seq in spool.numbers(lane)}
    declared = {(name, seq) for name, seq, _ in gaps(spool)}
    assert world.kept <= waiting | declared | world.cloud.settled | world.cloud.gaps
    assert Loss.CORRUPT not in {reason for _, _, reason in gaps(spool)}


def gaps(spool):
    names = {2: Loss.SPOOL_FULL, 3: Loss.WITHDRAWN, 4: Loss.QUARANTINED, 5: Loss.CORRUPT}
    return [
        (("alarms", "readings")[lane], seq, names[why]) for lane, a, b, why in spool.gaps for seq in range(a, b + 1)
    ]


@cache
def operations(page):
    return lived(page=page)[0].flash.operations


@pytest.mark.parametrize(
    ("how", "page"),
    [(0, 256), (1, 256), (2, 256), (3, 256), (3, 16)],
    ids=["nothing", "half", "all", "some-bits", "small-pages"],
)
@pytest.mark.parametrize("share", range(SHARES))
def test_a_power_cut_at_any_write_loses_nothing_that_was_kept_and_gives_no_number_twice(share, how, page):
    for cut_at in range(1 + share, operations(page) + 1, SHARES):
        world, _ = lived(cut_at, how, page)

        assert world.client.spool.count() == 0, cut_at
        assert world.client.spool.gaps == [], cut_at
        assert world.kept <= world.cloud.settled | world.cloud.gaps, cut_at
        assert world.cloud.reasons <= {"withdrawn", "spool_full"}, cut_at


def test_this_life_fills_the_spool_and_has_a_withdrawal():
    assert lived()[0].cloud.reasons == {"withdrawn", "spool_full"}


@pytest.mark.parametrize("page", [16, 256])
def test_everything_that_is_said_in_this_life_is_a_message_of_the_contract(page):
    _, said = lived(page=page)

    for topic, _, body in (line.split(" ", 2) for line in said):
        name = parse(topic).name
        assert isinstance(name, Up)
        decoding.decode(body.encode(), decoding.type_of(name))


def test_alarms_go_before_the_readings_that_waited_with_them():
    _, said = lived()

    after_the_outage = said.index(next(line for line in said if '"boot":2' in line and "/reported" in line))
    names = [line.split(" ")[0].split("/")[-1] for line in said[:after_the_outage]]
    since = len(names) - names[::-1].index("state")
    assert names[since] == "alarms"
    assert names[since:] == sorted(names[since:])
