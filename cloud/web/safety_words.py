"""The fall alarm in plain words: for the wearer's home and for who looks after them."""

from cloud.emergencies.tables import Alarm
from cloud.web import emergency_words

N = str
"""Marks a text for the catalogues; it is translated where it is shown."""

STANDINGS = {
    "on": (N("Fall alarm is on."), ""),
    "low_battery": (
        N("Fall alarm is on, but the battery is low."),
        N("Put the band on its charger today. While it charges, nobody would notice a fall."),
    ),
    "not_worn": (
        N("The band is not worn."),
        N("Nobody would notice a fall now. Put the band on, and this line is calm again within minutes."),
    ),
    "silent": (
        N("We do not hear the band."),
        N("Nobody might notice a fall now. Is it charged, near its box, and the box switched on?"),
    ),
    "waiting": (
        N("The band does not know yet that the fall alarm is on."),
        N("It learns of it as soon as its box is connected. Until then nobody would notice a fall."),
    ),
    "off": (N("Fall alarm is off."), N("Nobody is called after a fall.")),
}  # fmt: skip
"""What stands, and the way out of it."""

OFF_WAYS = {
    "not_allowed": ("/permissions", N("Switch the fall alarm on")),
    "no_band": ("/settings", N("See the boxes that speak for your devices")),
}

KINDS = {"fall": N("Fall"), "sos": N("Call for help"), "inactivity": N("No movement")}
STATES = {
    "suspected": N("The band thinks that %(name)s may have fallen. Unless somebody stops it there, we call for help."),
    "raised": N("%(name)s may need help. We are calling people until somebody answers."),
    "acknowledged": N("%(name)s may need help. %(by)s is taking care of it."),
    "closed": N("closed by %(by)s"),
    "cancelled": N("stopped at the band in time; nobody was called"),
}
STILL_SUSPECTED = N(
    "The band has felt no movement of %(name)s for hours. Unless somebody moves or stops it there, we call for help."
)
LATELY = {
    "got_up": N("The band felt %(name)s get up. That ends nothing: somebody should look all the same."),
    "long_lie": N("%(name)s is still on the floor, as far as the band can tell."),
}
POINTS = {
    "sensitive": N("Sensitive: finds about %(found)s of 100 acted falls, with the most false alarms."),
    "balanced": N("Balanced: finds about %(found)s of 100 acted falls."),
    "quiet": N("Quiet: finds about %(found)s of 100 acted falls, with the fewest false alarms."),
}
DISPOSITIONS = emergency_words.DISPOSITIONS
DISPOSITIONS_TO_CHOOSE = ("with_person", "helped", "false_alarm", "no_answer", "other")

HOPS = {
    "asked": N("You asked for it"),
    "broker": N("On its way to the band"),
    "device": N("The band acted as if, by its own clock"),
    "cloud": N("We heard of it"),
    "mail": N("Handed over for %(who)s"),
    "answered": N("Answered by %(who)s"),
}
HOP_TO_NOBODY = N("Handed over to the first contact")

NO_DRILL = {
    "no_device": N("There is no band that could be tested."),
    "real_alarm": N("There is a real alarm now. It comes first: nothing is tested."),
    "nobody_agreed": N("No contact has agreed to be mailed for a test yet, so nobody would hear of it."),
    "too_soon": N("A test is under way, or was a moment ago. Wait a minute."),
    "off": N("Fall alarm is off. Switch it on first."),
}

CHANNELS = emergency_words.CHANNELS

DONE = {
    "named": N("Noted. Whoever answers an alarm is told this name."),
    "notes": N("Noted. Whoever answers an alarm reads it."),
    "plan": N("Noted. It holds from the next call on."),
    "contact": N("Added, at the end of the list. They have been asked by e-mail whether they agree."),
    "removed": N("Removed. They are not called any more."),
    "moved": N("The order is changed."),
    "shown": N("Noted. They may see it once they have come in by their own link."),
    "hidden": N("Noted. They see nothing any more."),
    "invited": N("The invitation is on its way by e-mail."),
    "off": N("Fall alarm is off. Everybody who relied on it is told."),
    "taken": N("Thank you. Everybody who was called is told that you are taking care of it."),
    "passed": N("Thank you for saying so. The next one is called at once."),
    "closed": N("Closed. Everybody who was called is told."),
    "left": N("You do not see it any more. Alarms still reach you; the link in our first e-mail ends that, too."),
    "listening": N("Noted. The band is told as soon as its box is connected."),
    "missed": N("Thank you for saying so. Where false alarms had made the band quieter, that is undone."),
    "tested": N("The test is on its way. Below you see how far it has come."),
    "joined": N("You are in. This page tells you how they are."),
}

PROBLEMS = emergency_words.REFUSED | {
    "no_wearer": N("That is not there any more. Nothing was changed."),
    "no_contact": N("That contact is not there any more. Nothing was changed."),
    "too_many": N("That would be more contacts than we can take at once. Nothing was changed."),
    "out_of_bounds": N("These times are too short or too long. Nothing was changed."),
    "no_name": N("Give a name. Nothing was changed."),
    "email_address_not_usable": N("That is no e-mail address. Nothing was changed."),
    "webhook_address_not_usable": N(
        "We cannot send to that address. It must begin with https:// and name no port, user or password. "
        "Nothing was changed."
    ),
    "apprise_address_not_usable": N(
        "We cannot send to that address: it is incomplete, or of a service that is not set up here. "
        "Look up how the service's maker writes it. Nothing was changed."
    ),
    "email_not_offered": N(
        "No e-mail leaves from here yet, so nobody could be asked. Whoever runs this service can set up its mail "
        "server. Nothing was changed."
    ),
    "webhook_not_offered": N(
        "Webhooks are not set up here. Leave that field empty, or ask whoever runs this service. Nothing was changed."
    ),
    "apprise_not_offered": N(
        "Messengers are not set up here. Leave that field empty, or ask whoever runs this service. Nothing was changed."
    ),
    "has_account": N("You have an account already: sign in, and you come back here."),
    "no_alarm": N("That alarm is not there. Nothing was changed."),
}


def state(alarm: Alarm) -> str:
    """What an alarm means now, in a sentence that names the wearer and who has it."""
    if (alarm.kind, alarm.state) == ("inactivity", "suspected"):
        return STILL_SUSPECTED
    return STATES[alarm.state]


def problem(code: str) -> str | None:
    """Why nothing was done, for the top of the page. None: there is no such code."""
    return PROBLEMS.get(code) or NO_DRILL.get(code)
