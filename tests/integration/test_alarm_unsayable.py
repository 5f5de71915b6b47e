"""A message that cannot be put into words holds up nobody: the next one is called at once."""

import pytest

from cloud import db
from cloud.emergencies.rules import Outcome
from cloud.emergencies.sending import AlarmSender
from cloud.jobs.alarms import Alarms
from tests.alarms_world import SECOND, Night, PlainWords
from tests.support.chances import NoChance


class Stuttering(PlainWords):
    """Cannot speak to Bert."""

    def mail(self, template, context, **more):
        if more["name"] == "Bert":
            raise ValueError("no such moment")
        return super().mail(template, context, **more)


@pytest.fixture
def night(database_url):
    engine = db.engine(database_url)
    made = Night(engine)
    made.move_in("Bert", "Cara")
    sender = AlarmSender(engine, Stuttering(), made.sending.post)
    made.loop = Alarms(engine, made.clock, made.new_id, sender.senders(), NoChance())
    yield made
    engine.dispose()


def test_whatever_is_wrong_with_the_words_the_next_one_is_called_at_once(night):
    night.sos()
    night.passes(2 * SECOND)

    assert [(a.name, a.outcome, a.code) for a in night.attempts()] == [
        ("Bert", Outcome.FAILED, "not_rendered"),
        ("Cara", Outcome.SENT, None),
    ]
