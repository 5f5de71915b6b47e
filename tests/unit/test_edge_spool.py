"""The spool: nothing is lost undeclared, whatever happens to the file."""

import random
import sqlite3
from pathlib import Path

import pytest

from contract.fields import Loss, Purpose
from contract.messages import Desired, Gap
from edge.spool import ALARMS, READINGS, RESULTS, Spool
from edge.spool_file import SpoolError
from edge.spool_room import SpoolFullError
from tests.edge_spools import SMALL, close_all, opened, put, told, waiting


@pytest.fixture(autouse=True)
def _closing():
    yield
    close_all()


def test_each_lane_counts_from_one(tmp_path):
    spool = opened(tmp_path)

    assert put(spool, 3) == [1, 2, 3]
    assert put(spool, 2, ALARMS) == [1, 2]
    assert spool.count == 5


def test_everything_survives_a_restart(tmp_path):
    spool = opened(tmp_path)
    put(spool, 3)
    spool.accept(Desired(config=2, consent=5, purposes=[Purpose.SUPPLY]), [])
    stream, session = spool.stream, spool.next_session()
    spool.close()

    again = opened(tmp_path, seed=2)

    assert again.stream == stream
    assert waiting(again) == [1, 2, 3]
    assert put(again) == [4]
    assert again.desired == Desired(config=2, consent=5, purposes=[Purpose.SUPPLY])
    assert again.next_session() == session + 1


def test_a_new_boot_counts_and_a_restart_of_the_program_does_not(tmp_path):
    boots = []
    for boot_id in ("b1", "b1", "b2", "b3", "b3"):
        spool = opened(tmp_path, boot_id)
        boots.append(spool.boot)
        spool.close()

    assert boots == [1, 1, 2, 3, 3]


def test_a_session_starts_above_what_an_earlier_memory_card_had(tmp_path):
    spool = opened(tmp_path)

    assert spool.next_session(at_least=1_700_000_000) == 1_700_000_000
    assert spool.next_session(at_least=5) == 1_700_000_001


def test_a_message_leaves_only_when_it_is_named(tmp_path):
    spool = opened(tmp_path)
    put(spool, 6)

    spool.stored(READINGS, [(2, 3), (5, 5)])

    assert waiting(spool) == [1, 4, 6]
    assert told(spool) == []


def test_a_full_spool_drops_the_oldest_readings_and_says_so(tmp_path):
    spool = opened(tmp_path, max_bytes=SMALL)
    put(spool, 2, ALARMS)
    put(spool, 30)

    left = waiting(spool)
    assert waiting(spool, ALARMS) == [1, 2]
    assert left[-1] == 30
    assert told(spool) == [(READINGS, [1, left[0] - 1], Loss.SPOOL_FULL)]


def test_alarms_are_never_dropped(tmp_path):
    spool = opened(tmp_path, max_bytes=SMALL)
    put(spool, 40, ALARMS)

    put(spool, 1)

    assert len(waiting(spool, ALARMS)) == 40
    assert told(spool) == [(READINGS, [1, 1], Loss.SPOOL_FULL)]


def test_withdrawal_purges_one_purpose_and_declares_it(tmp_path):
    spool = opened(tmp_path)
    put(spool, 2)
    put(spool, 1, purpose=Purpose.LEARN)
    put(spool, 2)

    spool.accept(Desired(config=1, consent=2, purposes=[Purpose.LEARN]), [Purpose.SUPPLY])

    assert waiting(spool) == [3]
    assert told(spool) == [(READINGS, [1, 2], Loss.WITHDRAWN), (READINGS, [4, 5], Loss.WITHDRAWN)]


def test_gaps_stay_until_answered_and_what_was_told_does_not_grow(tmp_path):
    spool = opened(tmp_path)
    put(spool, 4)
    spool.drop(READINGS, [1, 2], Loss.QUARANTINED)
    spool.gaps_told(spool.gaps(10))
    spool.drop(READINGS, [3], Loss.QUARANTINED)

    assert told(spool) == [(READINGS, [1, 2], Loss.QUARANTINED), (READINGS, [3, 3], Loss.QUARANTINED)]
    spool.gaps_answered(spool.stream, READINGS, [(1, 1), (3, 3)])
    assert told(spool) == [(READINGS, [2, 2], Loss.QUARANTINED)]
    spool.gaps_answered("f" * 32, READINGS, [(1, 9)])
    assert len(told(spool)) == 1


def test_a_broken_file_is_set_aside_and_its_loss_declared(tmp_path):
    spool = opened(tmp_path)
    put(spool, 50)
    spool.stored(READINGS, [(1, 10)])
    stream, session = spool.stream, spool.next_session()
    spool.close()
    path = tmp_path / "spool.db"
    body = bytearray(path.read_bytes())
    page_of_index = sqlite_page_of(path, "by_purpose")
    body[page_of_index * 4096 + 8 : page_of_index * 4096 + 200] = b"\xff" * 192
    path.write_bytes(body)

    fresh = opened(tmp_path, seed=9)

    assert fresh.stream != stream
    assert fresh.next_session() == session + 1
    assert fresh.gaps(10) == [Gap(stream=stream, lane=READINGS, range=[11, 50], reason=Loss.CORRUPT)]
    assert (tmp_path / "spool.db.broken-1").exists()
    assert put(fresh) == [1]


@pytest.mark.parametrize("seed", range(20))
def test_rotten_bits_never_give_a_wrong_message_or_a_number_twice(tmp_path, seed):
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    spool = opened(tmp_path)
    put(spool, 60)
    spool.drop(READINGS, [7], Loss.QUARANTINED)
    spool.accept(Desired(config=1, consent=1, purposes=[Purpose.SUPPLY]), [])
    spool.close()
    path = tmp_path / "spool.db"
    body = bytearray(path.read_bytes())

    for _ in range(6):
        for _ in range(3):
            body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
        path.write_bytes(body)
        spool = opened(tmp_path, seed=seed + 100)
        messages = spool.pending(READINGS, 0, 1000)
        assert all(message.body == f"{READINGS} {message.seq}".encode() for message in messages)
        assert put(spool)[0] in {61, 1}
        spool.close()
        for rest in tmp_path.glob("spool.db*"):
            rest.unlink()


@pytest.mark.parametrize("body", [b"", b"\x00" * 8192, b"not a database at all" * 400])
def test_a_file_that_is_no_database_is_replaced(tmp_path, body):
    opened(tmp_path).close()
    (tmp_path / "spool.db").write_bytes(body)

    assert put(opened(tmp_path)) == [1]


def test_a_message_whose_bytes_rotted_is_declared_and_never_sent(tmp_path):
    spool = opened(tmp_path)
    put(spool, 3)
    spool.close()
    with sqlite3.connect(tmp_path / "spool.db") as db:
        db.execute("UPDATE messages SET body = 'rot' WHERE seq = 2")
    db.close()

    again = opened(tmp_path)

    assert waiting(again) == [1, 3]
    assert told(again) == [(READINGS, [2, 2], Loss.CORRUPT)]


def test_two_agents_cannot_share_a_folder(tmp_path):
    spool = opened(tmp_path)

    with pytest.raises(SpoolError, match="another agent"):
        opened(tmp_path)
    spool.close()
    opened(tmp_path)


def test_a_full_disk_gives_up_ballast_and_the_oldest_readings(tmp_path):
    spool = opened(tmp_path)
    put(spool, 100)
    full_at(spool)
    seqs = put(spool, 300)

    left = waiting(spool)
    assert seqs[-1] == left[-1] == 400
    assert told(spool) == [(READINGS, [1, left[0] - 1], Loss.SPOOL_FULL)]
    assert not (tmp_path / "ballast").exists()
    spool.settle()
    assert (tmp_path / "ballast").exists()


def test_a_full_disk_still_takes_an_alarm(tmp_path):
    spool = opened(tmp_path)
    put(spool, 100)
    full_at(spool)
    put(spool, 100)

    assert put(spool, 5, ALARMS) == [1, 2, 3, 4, 5]


def test_a_message_that_cannot_be_taken_leaves_no_trace(tmp_path):
    spool = opened(tmp_path)
    full_at(spool)

    with pytest.raises(SpoolFullError):
        spool.put(READINGS, Purpose.SUPPLY, lambda _seq: b"x" * 500_000)

    assert spool.count == len(waiting(spool))


def test_a_command_is_remembered_with_its_result(tmp_path):
    spool = opened(tmp_path)
    spool.put_result("c" * 32, lambda seq: f"{seq}".encode())

    assert not spool.is_new_command("c" * 32)
    assert spool.is_new_command("d" * 32)
    assert waiting(spool, RESULTS) == [1]


def test_what_an_agent_may_send_is_forgotten_only_when_another_one_comes(tmp_path):
    wish = Desired(config=3, consent=5, purposes=[Purpose.SUPPLY])
    spool = opened(tmp_path)
    spool.belong_to("pi-1")
    spool.accept(wish, [])
    spool.refuse(READINGS, put(spool))
    put(spool)
    spool.close()

    same = opened(tmp_path)
    same.belong_to("pi-1")
    assert (same.desired, same.refused, waiting(same)) == (wish, 1, [2])
    same.close()

    other = opened(tmp_path)
    other.belong_to("pi-2")
    assert (other.desired, other.refused, waiting(other)) == (None, 0, [])
    assert told(other) == [(READINGS, [2, 2], Loss.WITHDRAWN)]
    assert other.stream == same.stream


def test_a_spool_of_nobody_yet_keeps_its_wish(tmp_path):
    spool = opened(tmp_path)
    spool.accept(Desired(config=3, consent=5, purposes=[]), [])
    spool.belong_to("pi-1")

    assert spool.desired is not None


def test_a_refusal_counts_once_and_over_restarts(tmp_path):
    spool = opened(tmp_path)
    for _ in range(2):
        spool.refuse(READINGS, put(spool, 2))
        spool.refuse(READINGS, [1, 2, 99])
    spool.close()

    assert opened(tmp_path).refused == 4


def full_at(spool: Spool) -> None:
    """From now on the disk has no more pages than the file already uses."""
    (pages,) = spool._db.execute("PRAGMA page_count").fetchone()
    spool._db.execute(f"PRAGMA max_page_count = {pages}")


def sqlite_page_of(path: Path, name: str) -> int:
    db = sqlite3.connect(path)
    (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    db.close()
    return int(root) - 1
