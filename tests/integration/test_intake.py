"""What the cloud keeps of what arrives, and what it answers."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.consent import service as consent
from cloud.devices.inbox_tables import GapRow, InboxMessage, ReadingRow, SetAside
from cloud.devices.tables import Agent, Slot
from contract.fields import Loss, Purpose, Refusal, State
from contract.messages import AgentState, Anchor, Gap, Readings, Stored, encode
from contract.topics import Up
from tests.arriving import NOW, STREAM, allow, batch, home_with_an_agent, report, revoke, rows, send


@pytest.fixture
def engine(database_url: str):
    made = db.engine(database_url)
    home_with_an_agent(made)
    yield made
    made.dispose()


def test_a_reading_is_stored_and_its_number_is_answered(engine):
    allow(engine)

    [answer] = send(engine, batch(1), batch(2), batch(4))

    assert answer.ranges == [[1, 2], [4, 4]]
    assert len(rows(engine, ReadingRow)) == 3


def test_a_repeated_message_changes_nothing_and_is_answered_again(engine):
    allow(engine)
    send(engine, batch(1))

    [answer] = send(engine, batch(1), batch(1))

    assert answer.ranges == [[1, 1]]
    assert len(rows(engine, ReadingRow)) == 1
    assert len(rows(engine, InboxMessage)) == 1


def test_the_same_number_of_another_stream_is_another_message(engine):
    allow(engine)
    send(engine, batch(1))
    send(engine, batch(1, stream="cd" * 16))

    assert len(rows(engine, ReadingRow)) == 2


def test_without_consent_nothing_is_kept_not_even_the_content_for_staff(engine):
    [answer] = send(engine, batch(1))

    assert [(r.seq, r.reason) for r in answer.refused] == [(1, Refusal.NO_CONSENT)]
    assert rows(engine, ReadingRow) == []
    assert [(s.reason, s.body) for s in rows(engine, SetAside)] == [("no_consent", None)]


def test_what_was_measured_before_a_withdrawal_is_refused_after_a_new_grant(engine):
    allow(engine)
    allow(engine, given=False)
    allow(engine)

    [answer] = send(engine, batch(1, consent_version=1), batch(2, consent_version=3))

    assert [r.seq for r in answer.refused] == [1]
    assert answer.ranges == [[2, 2]]


def test_a_revoked_agent_is_refused_at_every_message(engine):
    allow(engine)
    revoke(engine, "pi-1")

    [answer] = send(engine, batch(1))

    assert answer.refused[0].reason is Refusal.REVOKED


def test_an_agent_that_nobody_added_is_refused(engine):
    [answer] = send(engine, batch(1), agent="stranger")

    assert answer.refused[0].reason is Refusal.REVOKED


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[" * 60_000, b"{}", b'{"v":1}', b"null", b"1e999"])
def test_garbage_is_set_aside_and_does_not_stop_its_neighbours(engine, body: bytes):
    allow(engine)

    [answer] = send(engine, body, batch(1))

    assert answer.ranges == [[1, 1]]
    assert len(rows(engine, SetAside)) == 1


def test_an_unknown_version_is_refused_with_its_reason_when_it_can_be_named(engine):
    body = encode(batch(7)).replace(b'"v":1', b'"v":2')

    [answer] = send(engine, body)

    assert [(r.seq, r.reason) for r in answer.refused] == [(7, Refusal.UNKNOWN_VERSION)]


def test_unknown_fields_are_ignored(engine):
    allow(engine)

    [answer] = send(engine, encode(batch(1)).replace(b'"boot":1', b'"boot":1,"colour":"mauve"'))

    assert answer.ranges == [[1, 1]]


def test_a_slot_is_marked_as_due_and_shows_its_last_good_value(engine):
    allow(engine)
    send(engine, batch(1, 0.5), batch(2, None))

    [slot] = rows(engine, Slot)
    assert slot.due_at == NOW
    assert (slot.last_value, slot.last_quality) == (0.5, "unknown")


@pytest.mark.parametrize(
    ("again", "is_news"),
    [(batch(2, 0.5), False), (batch(2, 0.4), True), (batch(2, None), True), (batch(2, 0.5, serial="new"), True)],
    ids=["repeated", "less", "unknown", "another cartridge"],
)
def test_what_is_only_repeated_asks_for_no_look_of_its_own(engine, again: Readings, is_news: bool):
    allow(engine)
    send(engine, batch(1, 0.5))
    later = NOW + timedelta(hours=1)
    with db.transaction(engine) as session:
        slot = session.exec(select(Slot)).one()
        slot.due_at = later
        session.add(slot)
    send(engine, again)

    [slot] = rows(engine, Slot)
    assert slot.due_at == (NOW if is_news else later)
    assert len(rows(engine, ReadingRow)) == 2


def test_an_unknown_level_that_stays_unknown_is_no_news(engine):
    allow(engine)
    send(engine, batch(1, 0.5), batch(2, None))
    later = NOW + timedelta(hours=1)
    with db.transaction(engine) as session:
        slot = session.exec(select(Slot)).one()
        slot.due_at = later
        session.add(slot)
    send(engine, batch(3, None))

    assert rows(engine, Slot)[0].due_at == later


def test_a_late_reading_does_not_replace_a_newer_one_on_the_page(engine):
    allow(engine)
    send(engine, batch(2, 0.4))
    send(engine, batch(1, 0.9, at_ms=int((NOW - timedelta(days=3)).timestamp() * 1000)))

    assert rows(engine, Slot)[0].last_value == 0.4


def test_an_anchor_dates_the_earlier_rows_of_its_boot_and_no_others(engine):
    allow(engine)
    send(engine, batch(1, at_ms=None), batch(2, at_ms=None, boot=2))

    send(engine, batch(3, anchor=Anchor(boot=1, up_ms=1003, at_ms=5_000_000)))

    by_seq = {r.seq: r.at_ms for r in rows(engine, ReadingRow)}
    assert by_seq[1] == 5_000_000 - 2
    assert by_seq[2] is None


def test_a_declared_gap_is_kept_once_and_answered_each_time(engine):
    gap = Gap(stream=STREAM, lane="readings", range=[3, 9], reason=Loss.SPOOL_FULL)

    for _ in range(2):
        answers = report(engine, gaps=[gap])

    assert [a.gaps for a in answers if isinstance(a, Stored)] == [[[3, 9]]]
    assert len(rows(engine, GapRow)) == 1


def test_a_birth_is_answered_with_what_the_agent_should_do(engine):
    allow(engine)

    [wanted] = send(engine, AgentState(state=State.READY, session=1), name=Up.STATE)

    assert wanted.purposes == [Purpose.SUPPLY]
    assert wanted.consent == 1


def test_the_last_will_of_an_old_session_is_ignored(engine):
    send(engine, AgentState(state=State.READY, session=5), name=Up.STATE)
    send(engine, AgentState(state=State.LOST, session=4), name=Up.STATE)

    assert rows(engine, Agent)[0].state == "ready"


def test_the_ledger_knows_when_the_device_confirmed(engine):
    allow(engine)
    report(engine, consent=1)

    with Session(engine) as session:
        assert consent.confirmed_at(session, "pi-1", 1) == NOW
        assert consent.confirmed_at(session, "pi-1", 2) is None


def test_a_report_that_differs_from_what_is_wanted_in_anything_is_answered_with_it(engine):
    allow(engine)

    [wanted] = report(engine, consent=1, purposes=[])

    assert (wanted.consent, wanted.purposes) == (1, [Purpose.SUPPLY])
    assert report(engine, consent=1, purposes=[Purpose.SUPPLY]) == []


def test_an_agent_that_does_not_say_its_purposes_is_believed_by_its_version(engine):
    allow(engine)

    assert report(engine, consent=1) == []
    assert [wanted.consent for wanted in report(engine, consent=0)] == [1]


def test_a_version_that_the_ledger_never_had_confirms_nothing(engine):
    allow(engine)

    [wanted] = report(engine, consent=7, purposes=[Purpose.SUPPLY])

    assert wanted.consent == 1
    with Session(engine) as session:
        assert consent.confirmed_at(session, "pi-1", 1) is None


def test_how_many_messages_were_refused_is_known(engine):
    report(engine, refused=3_000_000_000)

    assert rows(engine, Agent)[0].refused == 3_000_000_000
