"""Codes of alarms become sentences for staff; every text is in the catalogues."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from cloud.emergencies.rules import NOT_NEEDED
from cloud.emergencies.tables import AlarmAttempt, AlarmMovement
from cloud.views import movement
from cloud.views.one_alarm import Moment
from cloud.web import emergency_words, plots
from cloud.web.templating import Moments
from contract.alarms import MarkKind

N = str
"""Marks a text for the catalogues; it is translated where it is shown."""

Say = Callable[[str, Mapping[str, Any] | None], str]

STATES = {
    "suspected": N("suspected"),
    "raised": N("unanswered"),
    "acknowledged": N("taken"),
    "closed": N("closed"),
    "cancelled": N("cancelled"),
}
KINDS = {"fall": N("fall"), "sos": N("call for help"), "inactivity": N("no movement")}
DRILLS = {"": N("with drills"), "no": N("without drills"), "only": N("only drills")}
RAISED_BY = {
    "wearer": N("The wearer asked for help."),
    "detector": N("Nobody cancelled it at the wristband."),
    "silence": N("The wristband announced it and then fell silent."),
}
OUTCOMES = {
    "queued": N("on its way"),
    "sent": N("sent"),
    "failed": N("failed"),
    "delivered": N("arrived"),
    "answered": N("answered"),
    NOT_NEEDED: N("not needed any more"),
}
CHANNELS, DISPOSITIONS = emergency_words.CHANNELS, emergency_words.DISPOSITIONS
EVENTS = {
    "suspected": N("The wristband announced it."),
    "raised": N("Raised. From now on people are called."),
    "repeated": N("The wristband announced it once more."),
    "cancelled": N("Cancelled at the wristband before anybody was called."),
    "cancel_came_late": N("Cancelled at the wristband, but people had been called already: it stays open."),
    "evidence": N("The movement arrived."),
    "got_up": N("Got up %(after_s)s seconds after the impact, as the wristband felt it. It stays open."),
    "long_lie": N("Still on the floor %(after_min)s minutes after the impact, as far as the wristband can tell."),
    "point": N("From now on the wristband takes less for a fall, or more: %(point)s."),
    "called": N("Call %(call)s, round %(round)s: %(actor)s"),
    "sent": N("Sent to %(actor)s."),
    "failed": N("%(actor)s cannot be reached: no address is known."),
    "nobody_reached": N("Nobody could be reached."),
    "staff_called": N("Call %(call)s: the service's staff (%(staff)s)"),
    "acknowledged": N("Taken by %(actor)s."),
    "renewed": N("%(actor)s keeps it."),
    "ack_expired": N("%(actor)s said nothing more in time. Everybody is called again."),
    "passed_on": N("%(actor)s cannot come. The next one is called."),
    "called_again": N("%(actor)s had everybody called again."),
    "note": N("Note by %(actor)s"),
    "closed": N("Closed by %(actor)s: %(disposition)s."),
    "contact_removed": N("%(actor)s removed the contact %(contact)s."),
    "told": N("Others were told"),
    "joined": N("Its wristband turned out to be another wearer's: alarm %(number)s goes on."),
    "ended": N("Ended by itself: everybody who agreed to drills was called."),
}
CHANCES = {
    "suspected": N(
        "The wristband announced it. Of 100 moments like it, %(chance)s were falls, in recordings of acted ones."
    ),
    "repeated": N(
        "The wristband announced it once more. Of 100 moments like it, %(chance)s were falls, in recordings of acted "
        "ones."
    ),
}
NEWS = {
    "alarm_taken": N("Others were told that it is taken"),
    "alarm_closed": N("Others were told that it is closed"),
    "alarm_repeated": N("Whoever took it was told that it happened again"),
    "alarm_long_lie": N("Whoever took it was told that the person is still on the floor"),
}
DONE = {
    "acknowledged": N("It is yours. Those who were called are being told."),
    "noted": N("Noted."),
    "again": N("Everybody is called again, from the first on."),
    "closed": N("Closed. Those who were called are being told."),
}
_TAKEN = N("Somebody else took it a moment ago. Nothing was changed: look who, and take it over if you must.")
PROBLEMS = emergency_words.REFUSED | {"taken": _TAKEN, "not_yours": _TAKEN}
ACTS = {
    "alarm_viewed": N("looked at it"),
    "alarm_acknowledged": N("took it"),
    "alarm_passed_on": N("could not come"),
    "alarm_noted": N("wrote a note"),
    "alarm_called_again": N("had everybody called again"),
    "alarm_closed": N("closed it"),
    "fall_point_chosen": N("set how readily a wristband takes something for a fall"),
    "inactivity_set": N("set after how many hours without movement an alarm is raised"),
    "fall_missed": N("said that a fall was not noticed"),
    "alarms_exported": N("took a list of alarms away"),
}
KEY = {
    "size": N("strength, all directions together"),
    "axis-x": N("x"),
    "axis-y": N("y"),
    "axis-z": N("z"),
    "impact": N("impact"),
    "still": N("still"),
}
PARTS = {
    "free_fall": N("free fall"),
    "impact": N("impact"),
    "turned": N("the arm turned"),
    "still": N("lying still"),
    "moving": N("moving"),
    "got_up": N("got up"),
}
_BAD = frozenset({"nobody_reached", "failed", "ack_expired", "cancel_came_late", "long_lie"})
_GOOD = frozenset({"acknowledged", "renewed", "closed"})


def clock(since: datetime, until: datetime) -> str:
    """4:05, 1:04:05. What is not over yet counts from nought."""
    seconds = max(0, int((until - since).total_seconds()))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def second(moment: datetime) -> str:
    """14:05:09, in UTC."""
    return f"{moment.astimezone(UTC):%H:%M:%S}"


def at_home(moment: datetime, zone: ZoneInfo) -> str:
    """14:05, at the wearer's home."""
    return f"{moment.astimezone(zone):%H:%M}"


def millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def outcome(tried: AlarmAttempt) -> str:
    """Its code: what was not needed any more has not failed."""
    return NOT_NEEDED if tried.code == NOT_NEEDED else tried.outcome


def weight(moment: Moment) -> str:
    """`bad`, `good` or nothing: how a line of the timeline is marked."""
    return "bad" if moment.event in _BAD else "good" if moment.event in _GOOD else ""


def sentence(moment: Moment, say: Say) -> str:
    """One line of the timeline."""
    if moment.event == "told":
        return say(NEWS.get(str(moment.detail.get("template")), EVENTS["told"]), None)
    if moment.event == "closed" and moment.actor is None:
        return say(EVENTS["ended"], None)
    if moment.detail.get("probability") is not None:
        chance = round(100 * float(str(moment.detail["probability"])))
        return say(CHANCES.get(moment.event, EVENTS[moment.event]), {"chance": chance})
    known = {"call": "", "round": "", "staff": 0, "contact": "", "number": "", "after_s": 0} | moment.detail
    known["after_min"] = int(str(known["after_s"])) // 60
    if known.get("point") in emergency_words.POINTS:
        known["point"] = say(emergency_words.POINTS[str(known["point"])], None)
    known["actor"] = moment.actor or ""
    known["disposition"] = say(DISPOSITIONS.get(str(known.get("disposition")), ""), None)
    return say(EVENTS.get(moment.event, moment.event), known)


def plot(kept: AlarmMovement, say: Say, when: Moments) -> Markup:
    """The movement as a picture that says in words what it shows."""
    seen = read(kept)
    return plots.movement(seen, plots.Words(
        say(N("Movement around the alarm"), None), description(seen, say, when), say(N("impact"), None),
        say(N("still"), None), say(N("seconds"), None),
    ))  # fmt: skip


def description(seen: movement.Movement, say: Say, when: Moments) -> str:
    """For who cannot see the plot, and in small below it."""
    said = [say(
        N("%(lasts)s seconds of movement; the strongest moment is %(peak)s g after %(at)s seconds."),
        {"lasts": when.number(seen.lasts_s), "peak": when.number(seen.peak_g), "at": when.number(seen.peak_s)},
    )]  # fmt: skip
    if seen.impact_s is not None:
        said.append(say(N("The wristband marks the impact at %(at)s seconds."), {"at": when.number(seen.impact_s)}))
    said += [
        say(N("Still from %(start)s to %(end)s seconds."), {"start": when.number(a), "end": when.number(b)})
        for a, b in seen.still
    ]
    if not seen.still:
        said.append(say(N("Never still for two seconds."), None))
    said += [
        say(N("%(what)s from %(start)s to %(end)s seconds."), {
            "what": say(PARTS[part.kind], None), "start": when.number(part.start_s), "end": when.number(part.end_s),
        })
        for part in seen.parts
        if part.kind is not MarkKind.STILL
    ]  # fmt: skip
    return " ".join(said)


def legend(kept: AlarmMovement, say: Say, when: Moments) -> list[tuple[str, str]]:
    """What each stroke means, and how long each part of the movement took in all."""
    seen = read(kept)
    kinds = [kind for kind in MarkKind if any(part.kind is kind for part in seen.parts)]
    lines = [(name, say(word, None)) for name, word in KEY.items() if name not in set(kinds)]
    return lines + [
        (f"part-{kind}", say(N("%(what)s, %(long)s s"), {
            "what": say(PARTS[kind], None), "long": when.number(seen.spent_s(kind)),
        }))
        for kind in kinds
    ]  # fmt: skip


def read(kept: AlarmMovement) -> movement.Movement:
    return movement.read(kept.acc_mg, kept.fs_hz, kept.impact, kept.marks)


def plot_key(name: str) -> Markup:
    return plots.key(name)
