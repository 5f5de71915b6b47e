"""The demo's third scene: at the pace of life, told as it happens, and answered by somebody whatever a visitor does."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import httpx2
import pytest

from simulator.demo.emergency import FALL_SCENES, Hints
from simulator.demo.fall import EVIDENCE_S, FALLS_AGAIN_S, SETTLED_S, SETTLES_S, Fall, Phase
from simulator.demo.scenes import SUPPLY_SCENES, Line, Story
from simulator.demo.sight import AlarmSeen, Happened, Sight
from simulator.demo.stand_in import ANSWERS_AFTER_S, CLOSES_AFTER_S, WAITS_FOR_VISITOR_S, StandIn
from simulator.mail import Caught

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
FAST = 54_000.0
LOG = [
    ("suspected", "", {}),
    ("raised", "", {}),
    ("called", "Bert", {"call": 1}),
    ("sent", "Bert", {"call": 1}),
    ("called", "Cara", {"call": 2}),
    ("sent", "Cara", {"call": 2}),
    ("acknowledged", "Cara", {}),
    ("closed", "Cara", {"disposition": "helped"}),
]


def alarm(state="raised", entries=6, *, is_quiet=True, log=LOG) -> AlarmSeen:
    happened = [Happened(n, NOW + timedelta(seconds=n), *entry) for n, entry in enumerate(log[:entries], start=1)]
    return AlarmSeen(1, state, None, is_quiet, tuple(happened))


def sight(seen: AlarmSeen | None = None) -> Sight:
    return Sight(NOW, {}, [], seen)


@dataclass
class Played:
    """What a fall needs, remembering what was asked of it."""

    did: list[object] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    is_day: bool = True

    def fall(self) -> None:
        self.did.append("falls")

    def get_up(self) -> None:
        self.did.append("gets up")

    def change_rate(self, rate: float) -> None:
        self.did.append(rate)

    def act(self, seen: AlarmSeen, real_s: float) -> None:
        self.did.append(f"may answer {seen.state}")


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def fall(played) -> Fall:
    return Fall("Ada", played, played, played, lambda _at: played.is_day, FAST)


@pytest.fixture
def story() -> Story:
    return Story(
        hints=Hints("Ada", 8, "http://mail", "http://staff"), happened=dict.fromkeys(SUPPLY_SCENES, Line(NOW, ""))
    )


def test_nobody_falls_before_the_supplies_have_told_their_story(fall, played):
    fall.look(sight(), Story(), 0.0)

    assert played.did == []


def test_nobody_falls_at_night_or_away_from_home(fall, played, story):
    played.is_day = False

    fall.look(sight(), story, 0.0)

    assert fall.phase is Phase.WAITING


def test_time_is_at_its_real_pace_before_the_fall_and_until_it_is_closed_and_told(fall, played, story):
    fall.look(sight(), story, 0.0)
    fall.look(sight(), story, SETTLES_S - 1)
    assert played.did == [1.0]

    fall.look(sight(), story, SETTLES_S)
    fall.look(sight(alarm()), story, 60.0)
    fall.look(sight(alarm("closed", is_quiet=False)), story, 70.0)
    fall.look(sight(alarm("closed", is_quiet=False)), story, 70.0 + SETTLED_S)
    assert played.did == [1.0, "falls", "may answer raised"]

    fall.look(sight(alarm("closed")), story, 71.0 + SETTLED_S)

    assert played.did[-2:] == ["gets up", FAST]
    assert fall.is_over


def test_a_quick_answer_waits_for_the_movement_to_be_told(fall, played, story):
    for seen, real_s in (
        (None, 0.0),
        (None, SETTLES_S),
        (alarm("closed"), SETTLES_S + 10),
        (alarm("closed"), SETTLES_S + 15),
    ):
        fall.look(sight(seen), story, real_s)
    assert not fall.is_over

    fall.look(sight(alarm("closed")), story, SETTLES_S + EVIDENCE_S)

    assert fall.is_over


@pytest.mark.parametrize("seen", [None, alarm("cancelled", 1)])
def test_a_fall_that_nobody_noticed_happens_again(fall, played, story, seen):
    fall.look(sight(), story, 0.0)
    fall.look(sight(), story, SETTLES_S)
    fall.look(sight(seen), story, SETTLES_S + FALLS_AGAIN_S)
    fall.look(sight(), story, 2 * SETTLES_S + FALLS_AGAIN_S)

    assert played.did == [1.0, "falls", "gets up", "falls"]


def test_that_help_is_coming_is_told_once_when_the_wristband_says_so(fall, played, story):
    for real_s in (0.0, SETTLES_S):
        fall.look(sight(), story, real_s)
    played.heard.append("help")

    told = [fall.look(sight(alarm("acknowledged")), story, 60.0) for _ in range(2)]

    assert [len(lines) for lines in told] == [1, 0]


def test_each_step_of_an_alarm_is_told_once_with_where_to_look(story):
    told = [line for entries in range(len(LOG) + 1) for line in story.look(sight(alarm(entries=entries)))]

    assert [line.scene for line in told] == list(FALL_SCENES)
    assert all(line.to_the_second for line in told)
    assert "http://staff" in told[1].text
    assert "http://mail" in told[2].text
    assert story.missing == []


def test_a_visitor_who_answers_at_once_makes_the_rest_needless(story):
    story.look(sight(alarm("closed", 6, log=[*LOG[:4], *LOG[6:]])))

    assert story.missing == []


class Letters:
    """The catcher's inbox with one mail."""

    def mails(self) -> list[Caught]:
        message = EmailMessage()
        message.set_content("http://127.0.0.1:8000/answer/abc-_1 and nothing else")
        return [Caught(1, "forehand@example.org", ("cara@example.org",), message)]


class Pages:
    """Answers like the page of a link, and remembers what was pressed."""

    def __init__(self, *offers: str) -> None:
        self.offers = offers
        self.pressed: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, text="".join(f'<button value="{offer}">' for offer in self.offers))
        self.pressed.append(f"{request.url.path} {request.content.decode()}")
        return httpx2.Response(303, headers={"location": "/"})


def stand_in(pages: Pages) -> StandIn:
    return StandIn(Letters(), httpx2.MockTransport(pages))


def test_the_stand_in_leaves_a_visitor_time_and_then_answers_by_the_link():
    pages = Pages("take", "helped")
    contact = stand_in(pages)

    for real_s in (0.0, ANSWERS_AFTER_S - 1):
        contact.act(alarm(), real_s)
    assert pages.pressed == []
    contact.act(alarm(), ANSWERS_AFTER_S)
    contact.act(alarm("acknowledged", 7), 30.0)
    contact.act(alarm("acknowledged", 7), 30.0 + CLOSES_AFTER_S)

    assert pages.pressed == ["/answer/abc-_1 act=take", "/answer/abc-_1 act=helped"]


def test_the_stand_in_waits_for_the_second_call():
    pages = Pages("take")
    contact = stand_in(pages)

    contact.act(alarm(entries=4), 0.0)
    contact.act(alarm(entries=4), 100.0)

    assert pages.pressed == []


def test_a_visitor_who_has_taken_it_and_looks_around_is_relieved_late():
    pages = Pages("take_over", "helped")
    contact = stand_in(pages)

    contact.act(alarm("acknowledged", 7), 0.0)
    contact.act(alarm("acknowledged", 7), WAITS_FOR_VISITOR_S - 1)
    assert pages.pressed == []
    contact.act(alarm("acknowledged", 7), WAITS_FOR_VISITOR_S)

    assert pages.pressed == ["/answer/abc-_1 act=take_over", "/answer/abc-_1 act=helped"]


def test_a_page_that_does_not_answer_is_tried_again():
    def gone(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    contact = StandIn(Letters(), httpx2.MockTransport(gone))

    contact.act(alarm(), 0.0)
    contact.act(alarm(), ANSWERS_AFTER_S)
