"""Words about alarms that staff, a home and who looks after somebody all read."""

N = str
"""Marks a text for the catalogues; it is translated where it is shown."""

CHANNELS = {"email": N("e-mail"), "webhook": N("webhook"), "apprise": N("messenger")}

POINTS = {
    "sensitive": N("sensitive"),
    "balanced": N("balanced"),
    "quiet": N("quiet"),
}

DISPOSITIONS = {
    "with_person": N("Somebody is with the person"),
    "helped": N("Help was needed and given"),
    "false_alarm": N("It was a false alarm"),
    "no_answer": N("Nobody answered; I have asked the emergency service"),
    "drill": N("It was a rehearsal"),
    "other": N("Something else"),
}

REFUSED = {
    "over": N("This alarm is over. Nothing was changed."),
    "not_yours": N("Somebody else has taken it since. Nothing was changed."),
    "empty": N("Nothing was written. Nothing was changed."),
    "no_drill": N("This alarm is no rehearsal. Nothing was changed."),
}
