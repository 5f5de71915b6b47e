"""What is said behind the links in messages: to who is called, in plain words."""

N = str
"""Marks a text for the catalogues; it is translated where it is shown."""

WRONG = {
    "unknown": N("This link is not complete, or not ours. Nothing was changed. Open it from the message again; "
                 "if that does not help, call the person."),
    "expired": N("This link is too old. Nothing was changed. If you are called again, you get a new link."),
    "not_called": N("You are not called here any more, so this link shows nothing. You need do nothing."),
}  # fmt: skip
TOO_MANY = N("There were too many links from here that are not ours. Wait ten minutes. The link in a message "
             "that you got works all the same.")  # fmt: skip

DID = {
    "taken": N("Thank you. You are taking care of it. The others who were called are told."),
    "still": N("Thank you. We count on you for some more time."),
    "passed": N("Thank you for telling us. We call the next one now."),
    "closed": N("Thank you. The alarm is over, and the others who were called are told."),
    "not_yours": N("Nothing was changed: somebody else has taken it meanwhile."),
    "over": N("Nothing was changed: this alarm is over."),
    "nothing": N("Nothing was changed."),
}
PROBLEMS = frozenset({"not_yours", "over", "nothing"})

AGREED = {
    "yes": N("Thank you. Noted: you are called when help is needed."),
    "no": N("Noted: you are not called. You can change that here at any time."),
}

STEPS = {
    "raised": N("The alarm began."),
    "repeated": N("It happened once more."),
    "called": N("%(who)s was called."),
    "failed": N("%(who)s could not be reached on one of the ways."),
    "nobody_reached": N("Nobody could be reached."),
    "staff_called": N("The service's staff were called."),
    "acknowledged": N("%(who)s took care of it."),
    "ack_expired": N("Nothing more was heard from %(who)s, so everybody was called again."),
    "passed_on": N("%(who)s could not come."),
    "called_again": N("%(who)s had everybody called again."),
    "cancel_came_late": N("Somebody pressed the button that cancels, when people had been called already."),
    "closed": N("%(who)s said that it is over."),
    "got_up": N("The wristband felt the person get up. That ends nothing: please look after them all the same."),
    "long_lie": N("The person is still on the floor, as far as the wristband can tell."),
}
SOMEBODY = N("Somebody")

ENDS = {
    "with_person": N("Somebody is with %(wearer)s."),
    "helped": N("%(wearer)s needed help, and was helped."),
    "false_alarm": N("It was a false alarm."),
    "no_answer": N("Nobody could come, and a person asked the emergency service to look after %(wearer)s."),
    "drill": N("This was a drill. Nothing has happened to %(wearer)s."),
    "other": N("The alarm of %(wearer)s is over."),
}
