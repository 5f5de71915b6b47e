"""Consent given and taken back while the agent is on or off line, with whatever is in its spool: any story."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.fields import Purpose
from contract.messages import Readings, Reported
from contract.topics import Up
from edge.spool import READINGS, Spool
from kit.ids import seeded
from tests.edge_world import ME, World

SUPPLY, LEARN = Purpose.SUPPLY, Purpose.LEARN
WISHES = ((), (SUPPLY,), (LEARN,), (SUPPLY, LEARN))

wish = st.sampled_from(WISHES)
step = st.one_of(
    st.tuples(st.just("lives"), st.integers(1, 300)),
    st.tuples(st.just("wishes"), wish),
    st.tuples(st.just("is_away"), st.integers(1, 300), wish),
    st.tuples(st.just("answers"), st.booleans()),
    *[st.tuples(st.just(name)) for name in ("goes", "comes_back", "starts_anew", "broker_forgets")],
)


class Story:
    """An agent that measures every minute, a customer who changes their mind, and a cloud that remembers both."""

    def __init__(self) -> None:
        self.world = World(spool=Spool.in_memory(seeded(1)))
        self.wanted: dict[int, tuple[Purpose, ...]] = {0: ()}
        self.world.settle()
        self.wishes((SUPPLY,))

    def lives(self, minutes: int) -> None:
        self.world.run(minutes=minutes)

    def wishes(self, purposes: tuple[Purpose, ...]) -> None:
        version = max(self.wanted) + 1
        self.wanted[version] = purposes
        self.world.cloud.wish(*purposes, consent=version, poll_s=60)
        self.world.broker.pump()

    def answers(self, does: bool) -> None:
        self.world.cloud.answers = does

    def goes(self) -> None:
        self.world.broker.drop(ME, stay_away=True)

    def comes_back(self) -> None:
        self.world.broker.restore(ME)
        self.world.settle()

    def is_away(self, minutes: int, purposes: tuple[Purpose, ...]) -> None:
        """Long enough for the customer to think again."""
        self.goes()
        self.lives(minutes)
        self.wishes(purposes)
        self.check()
        self.comes_back()

    def starts_anew(self) -> None:
        self.world.start_agent()
        self.world.broker.pump()

    def broker_forgets(self) -> None:
        """The cloud tells an agent again what stands, when it sees it come back."""
        self.world.broker.retained.clear()
        version = max(self.wanted)
        if version:
            self.world.cloud.wish(*self.wanted[version], consent=version, poll_s=60)

    def ends(self) -> None:
        """All is well again, for long enough."""
        self.answers(True)
        self.comes_back()
        self.lives(180)

    def check(self) -> None:
        """Nothing leaves that nobody allows, from the moment the agent has said that it knows."""
        known = 0
        for _, message in self.world.cloud.heard:
            if isinstance(message, Reported):
                known = max(known, message.consent)
            if isinstance(message, Readings):
                assert SUPPLY in self.wanted[message.consent], "measured while it was allowed"
                between = range(message.consent, known + 1)
                assert all(SUPPLY in self.wanted[version] for version in between), "and not taken back since"

    def check_end(self) -> None:
        """Each message that was spooled has come, or it is said that it does not come."""
        cloud, spool = self.world.cloud, self.world.spool
        reports = cloud.of(Up.REPORTED)
        declared = {
            seq
            for report in reports
            for gap in report.gaps
            if gap.lane == READINGS
            for seq in range(gap.range[0], gap.range[1] + 1)
        }
        come = set(cloud.seqs())
        last = max(come | declared, default=0)
        assert come | declared == set(range(1, last + 1))
        assert spool.count == 0
        assert reports[-1].consent == max(self.wanted)
        assert set(reports[-1].purposes) == set(self.wanted[max(self.wanted)])


@settings(max_examples=80, deadline=None)
@given(steps=st.lists(step, max_size=16))
def test_nothing_leaves_without_consent_and_all_is_accounted_for(steps):
    story = Story()
    for name, *values in steps:
        getattr(story, name)(*values)
        story.check()
    story.ends()
    story.check()
    story.check_end()
