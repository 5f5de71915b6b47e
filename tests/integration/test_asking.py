"""An engineer asks an agent to show its devices: from the command line to the agent and back."""

from argparse import Namespace
from datetime import timedelta

import pytest

from cloud import app, commands, db
from cloud.devices import registry
from cloud.devices.inbox_tables import CommandRow
from cloud.devices.tables import Agent as AgentRow
from cloud.flows import asking
from cloud.outbox.tables import OutboxRow
from cloud.refused import CommandError
from cloud.settings import Settings
from contract.fields import Order
from edge.agent import Agent, Devices, Timing
from edge.spool import Spool
from kit import ids
from kit.clock import ManualClock
from kit.memory_bus import MemoryBroker
from tests.arriving import NOW, home_with_an_agent, revoke, rows
from tests.edge_world import CONFIG, FakePrinter


class Chain:
    """The cloud, a broker and one agent, stepped by hand."""

    def __init__(self, url: str, folder) -> None:
        self.clock, self.broker, self.printer = ManualClock(NOW), MemoryBroker(), FakePrinter()
        self.engine = db.engine(url)
        home_with_an_agent(self.engine)
        parts = app.Parts(
            engine=self.engine, clock=self.clock, ids=ids.seeded(3), bus=self.broker.connect("cloud", "cloud"),
            alarm_bus=self.broker.connect("cloud-alarms", "cloud-alarms"),
            fetch=lambda *_: None, expander=lambda *_: [],
        )  # fmt: skip
        self.cloud = app.build(Settings(database_url=url, data_dir=folder), parts)
        self.cloud.ingest.connect()
        self.cloud.alarm_ingest.connect()
        timing = Timing(self.clock, lambda: True)
        self.agent = Agent(CONFIG, self.broker.connect(CONFIG.agent), Spool.in_memory(ids.seeded(2)),
                           Devices([self.printer]), timing)  # fmt: skip
        self.agent.start()
        self.run()

    def run(self) -> None:
        for _ in range(10):
            self.broker.pump()
            self.agent.step()
            self.broker.pump()
            self.cloud.ingest.step()

    def identify(self) -> None:
        with db.transaction(self.engine) as session:
            asking.send(session, ids.seeded(4), CONFIG.agent, Order.IDENTIFY, self.clock.now())


@pytest.fixture
def chain(database_url: str, tmp_path):
    made = Chain(database_url, tmp_path)
    yield made
    made.engine.dispose()


def answers(chain) -> list[tuple[bool | None, str | None]]:
    return [(row.done, row.detail) for row in rows(chain.engine, CommandRow)]


@pytest.mark.parametrize("shows_itself", [True, False])
def test_what_became_of_a_command_is_known(chain, shows_itself: bool):
    chain.printer.shows_itself = shows_itself
    chain.identify()

    chain.cloud.alarms.step(chain.clock.now())
    chain.run()

    assert answers(chain) == [(True, "") if shows_itself else (False, "no device here can show itself")]
    [left] = [row for row in rows(chain.engine, OutboxRow) if row.topic == asking.OUTBOX_TOPIC]
    assert left.done_at == NOW


def test_an_engineer_asks_and_reads_the_answer_on_the_command_line(chain, tmp_path):
    def command(does, **given) -> str:
        with db.transaction(chain.engine) as session:
            return does(session, Namespace(**given), Settings(data_dir=tmp_path), chain.clock.now())

    assert "asked" not in command(commands.list_agents)
    assert "pi-1 is asked" in command(commands.identify_agent, name="pi-1")
    assert "asked to identify 2026-03-02 08:00: waiting" in command(commands.list_agents)

    chain.cloud.alarms.step(chain.clock.now())
    chain.run()

    assert "not done: no device here can show itself" in command(commands.list_agents)


def test_an_engineer_sets_how_long_a_wearer_can_cancel(chain, tmp_path):
    def set_to(seconds: int) -> str:
        with db.transaction(chain.engine) as session:
            given = Namespace(name="pi-1", seconds=seconds)
            return commands.set_prealarm(session, given, Settings(data_dir=tmp_path), chain.clock.now())

    assert "within 60 s" in set_to(60)
    set_to(60)
    chain.cloud.jobs.tick(chain.clock.now())
    chain.run()

    [agent] = rows(chain.engine, AgentRow)
    assert (agent.prealarm_s, agent.config_version, agent.reported_config) == (60, 2, 2)
    for impossible in (0, 4, 121):
        with pytest.raises(CommandError, match="5 to 120"):
            set_to(impossible)


def test_a_command_that_nobody_could_send_in_time_is_not_sent_any_more(chain):
    chain.printer.shows_itself = True
    chain.identify()
    chain.clock.advance(timedelta(hours=1))

    chain.cloud.alarms.step(chain.clock.now())
    chain.run()

    assert answers(chain) == [(None, None)]
    assert [row.last_error for row in rows(chain.engine, OutboxRow) if row.dead_at] == ["expired"]


def test_a_revoked_agent_is_asked_nothing(chain):
    chain.identify()
    revoke(chain.engine, CONFIG.agent)

    chain.cloud.alarms.step(chain.clock.now())
    chain.run()

    assert answers(chain) == [(None, None)]
    with pytest.raises(registry.UnknownAgentError):
        chain.identify()
