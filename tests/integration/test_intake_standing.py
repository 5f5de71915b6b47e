"""Of an agent that is revoked, or that nobody added, nothing is kept, whatever it sends."""

import pytest
from sqlmodel import Session

from cloud import db
from cloud.consent import service as consent
from cloud.devices.inbox_tables import AnchorRow, GapRow, InboxMessage, SetAside
from cloud.devices.tables import Agent, Device
from contract.fields import Loss, Refusal, State
from contract.messages import AgentState, Anchor, Gap, Result
from contract.topics import Up
from tests.arriving import NOW, STREAM, allow, home_with_an_agent, printer, report, revoke, rows, send

GAP = Gap(stream=STREAM, lane="readings", range=[3, 9], reason=Loss.SPOOL_FULL)
ANCHOR = Anchor(boot=1, up_ms=5, at_ms=1_000_000)


@pytest.fixture
def engine(database_url: str):
    made = db.engine(database_url)
    home_with_an_agent(made)
    allow(made)
    revoke(made, "pi-1")
    yield made
    made.dispose()


def result(seq: int) -> Result:
    return Result(stream=STREAM, seq=seq, boot=1, command="cd" * 16, done=True)


@pytest.mark.parametrize("agent", ["pi-1", "stranger"])
def test_a_result_is_refused_and_not_remembered(engine, agent: str):
    [answer] = send(engine, result(4), name=Up.RESULTS, agent=agent)

    assert [(r.seq, r.reason) for r in answer.refused] == [(4, Refusal.REVOKED)]
    assert answer.ranges == []
    assert rows(engine, InboxMessage) == []


@pytest.mark.parametrize("agent", ["pi-1", "stranger"])
def test_a_report_brings_no_device_no_gap_and_no_anchor(engine, agent: str):
    report(engine, printer(), agent=agent, gaps=[GAP], anchor=ANCHOR)

    assert rows(engine, Device) == rows(engine, GapRow) == rows(engine, AnchorRow) == []
    assert rows(engine, Agent)[0].agent_version is None


def test_the_ledger_still_knows_that_a_revoked_agent_obeys(engine):
    [wanted] = report(engine, consent=0)
    assert wanted.purposes == []

    assert report(engine, consent=1, purposes=[]) == []
    with Session(engine) as session:
        assert consent.confirmed_at(session, "pi-1", 1) == NOW


def test_the_birth_of_a_revoked_agent_is_answered_and_not_kept(engine):
    [wanted] = send(engine, AgentState(state=State.READY, session=5), name=Up.STATE)

    assert wanted.purposes == []
    assert (rows(engine, Agent)[0].state, rows(engine, Agent)[0].session) == ("unknown", 0)


def test_what_a_revoked_agent_sends_is_not_kept_for_staff_either_even_when_it_cannot_be_read(engine):
    send(engine, b'{"v":1,"stream":"secret"}')

    assert [(row.reason, row.body) for row in rows(engine, SetAside)] == [("revoked", None)]


def test_nothing_of_a_stranger_is_answered_but_what_is_numbered(engine):
    assert send(engine, AgentState(state=State.READY, session=5), name=Up.STATE, agent="stranger") == []
    assert report(engine, agent="stranger") == []
