"""An alarm's log in the words of the story."""

from dataclasses import dataclass

from cloud.emergencies.rules import Log
from simulator.demo.sight import Happened

FALL_SCENES = (
    "person_falls",
    "fall_confirmed",
    "first_contact_mailed",
    "nobody_answers",
    "second_contact_mailed",
    "somebody_answers",
    "alarm_closed",
)


@dataclass(frozen=True)
class Hints:
    """Who wears the wristband, how long she can cancel, and where a visitor can look."""

    wearer: str = "somebody"
    prealarm_s: int = 30
    mail: str = ""
    staff: str = ""


@dataclass(frozen=True)
class Sentence:
    """One sentence, and the scene that it is."""

    text: str
    scene: str | None = None


def told_of(entry: Happened, hints: Hints) -> Sentence | None:
    """None: nothing that a visitor would wonder about."""
    call, who = entry.detail.get("call"), entry.who
    match entry.event:
        case Log.SUSPECTED:
            text = (
                f"{hints.wearer} falls: the wristband suspects it and buzzes; she could cancel for {hints.prealarm_s} s"
            )
            return Sentence(text, "person_falls")
        case Log.RAISED:
            text = f"she does not: the alarm is raised. The staff's log, with a clock that counts: {hints.staff}"
            return Sentence(text, "fall_confirmed")
        case Log.CALLED if call == 2:  # noqa: PLR2004 - the second call
            return Sentence(f"nobody has answered: {who} is called next", "nobody_answers")
        case Log.SENT if call in _MAILED:
            where = f"answer by the link in it, if you like: {hints.mail}" if call == 1 else f"also there: {hints.mail}"
            return Sentence(f"{who} is mailed; {where}", _MAILED[call])
        case Log.ACKNOWLEDGED:
            return Sentence(f"{who} answers: “I am taking care of it”. The others need not", "somebody_answers")
        case Log.CLOSED:
            how = _words(entry.detail.get("disposition"))
            return Sentence(f"{who} closes the alarm: {how}. Only a person can do that", "alarm_closed")
        case _:
            return _aside(entry)


def _aside(entry: Happened) -> Sentence | None:
    match entry.event:
        case Log.EVIDENCE:
            return Sentence("the movement around the fall has come: staff see it as a plot")
        case Log.STAFF_CALLED:
            return Sentence("nobody of the contacts has answered: the service's own staff are called")
        case Log.FAILED | Log.PASSED_ON | Log.CALLED_AGAIN | Log.ACK_EXPIRED | Log.NOBODY_REACHED | Log.NOTE:
            return Sentence(f"{_words(entry.event)}{f' ({entry.who})' if entry.who else ''}")
        case _:
            return None


_MAILED = {1: "first_contact_mailed", 2: "second_contact_mailed"}


def _words(code: object) -> str:
    return str(code).replace("_", " ")
