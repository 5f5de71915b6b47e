"""What the settings set up is what a household may choose from."""

import pytest

from cloud import app, db
from cloud.calendars import expand
from cloud.calendars.feeds import NotModified
from cloud.notifications.channels import Offer
from cloud.notifications.push import KNOWN
from cloud.settings import Settings
from kit.clock import SystemClock
from kit.ids import seeded
from kit.memory_bus import MemoryBroker

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MAIL_SERVER = "smtp://localhost:25"


def offered(post=None, **settings):
    broker = MemoryBroker()
    parts = app.Parts(
        engine=db.engine("sqlite://"), clock=SystemClock(), ids=seeded(1), bus=broker.connect("cloud", "cloud"),
        alarm_bus=broker.connect("cloud-alarms", "cloud-alarms"), fetch=lambda *_: NotModified(),
        expander=expand.in_child, post=post,
    )  # fmt: skip
    made = app.build(Settings(**settings), parts)
    made.close()
    return made.web.state.web.offer


@pytest.mark.parametrize(
    ("settings", "offer"),
    [
        ({"apprise_schemas": ""}, Offer((), frozenset())),
        ({"smtp_url": MAIL_SERVER, "apprise_schemas": ""}, Offer(("email",), frozenset())),
        ({"webhook_secret": SECRET, "apprise_schemas": "tgram"}, Offer(("webhook", "apprise"), frozenset({"tgram"}))),
        ({"smtp_url": MAIL_SERVER}, Offer(("email", "apprise"), frozenset(KNOWN))),
    ],
)
def test_the_pages_offer_the_ways_that_are_set_up_and_no_others(settings, offer):
    assert offered(**settings) == offer


def test_where_a_stand_in_takes_every_message_every_way_is_offered():
    assert offered(post=lambda *_: None) == Offer()
