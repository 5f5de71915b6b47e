"""Codes become sentences in plain words: nothing here is computed, and every text is in the catalogues."""

N = str
"""Marks a text for the catalogues; it is translated where it is shown."""

REASONS = {
    "runs_out_before_arrival": N("It may be empty before a parcel could be here."),
    "goes_along": N("It would be due within days, and goes along with a parcel that leaves anyway."),
    "enough_left": N("There is enough left until a parcel could be here."),
    "already_on_its_way": N("More is on its way already."),
    "enough_on_the_shelf": N("There is enough on your shelf."),
    "no_consent_supply": N("You have not allowed us to see how much is left."),
    "no_consent_order": N("You have not allowed us to order by ourselves."),
    "no_mandate": N("You have not signed an order agreement for this product."),
    "mandate_expired": N("Your order agreement has ended."),
    "price_above_ceiling": N("It costs more than you allow."),
    "above_monthly_cap": N("It would go above what you allow for this month."),
    "above_quantity": N("It would be more than you allow at once."),
    "not_in_mandate": N("Your order agreement does not cover this product."),
    "no_price": N("Nobody sells it at the moment."),
    "not_earned": N("Our forecasts have not been right three times in a row yet, so we ask first."),
    "mode_respond": N("You asked us to order only when you say so."),
    "mode_curate": N("You asked us to suggest, and to order when you agree."),
    "mode_coach": N("You asked us to remind you."),
    "away_on_arrival": N("Nobody is home when it would arrive."),
    "paused": N("You have paused deliveries."),
    "calendar_unknown": N("We cannot read your calendar, so we do not know whether you are home."),
    "no_forecast": N("We do not know enough yet to say when it runs out."),
    "stale": N("We have not heard from the device for three days."),
    "one_reading": N("We have only one reading since the last change and wait for another."),
    "zero_unseen": N("The device has shown nothing but empty since this one was put in, so we do not believe it."),
    "not_a_consumable": N("This is a part of the device. We never order it by ourselves."),
    "no_product": N("We do not know which product fits here."),
    "held_by_customer": N("You stopped this a short while ago."),
}

_SIGN = ("/agreements/new", N("Write a new agreement"))
_TERMS = ("/agreements", N("See your agreements"))
_ALLOW = ("/permissions", N("See permissions"))
_DAYS = ("/away", N("See the calendar"))
_CHOOSE = ("#product", N("Choose the product"))
WAYS_OUT = {
    "no_mandate": _SIGN, "mandate_expired": _SIGN, "not_in_mandate": _SIGN, "price_above_ceiling": _TERMS,
    "above_monthly_cap": _TERMS, "above_quantity": _TERMS, "no_consent_supply": _ALLOW, "no_consent_order": _ALLOW,
    "away_on_arrival": _DAYS, "paused": _DAYS, "calendar_unknown": _DAYS,
    "no_product": _CHOOSE,
}  # fmt: skip
"""Where a person changes what a reason names."""

OUTCOMES = {
    "ordered": N("We ordered it."),
    "proposed": N("We suggest to order it."),
    "reminded": N("It is time to think of buying it."),
    "held": N("We wait with the order."),
    "waiting": N("Nothing needs to be done."),
    "blocked": N("We do nothing here."),
}

CHANGES = {
    "lower_stock": N("less were left"),
    "home": N("somebody were home when it arrives"),
    "consent_order": N("you allowed us to order by ourselves"),
    "mode_automatic": N("you chose that we order by ourselves"),
    "mode_earned": N("our last three forecasts had been right"),
    "lower_price": N("it cost less"),
    "nothing_on_its_way": N("nothing were on its way"),
    "fresh_reading": N("the device told us how much is left"),
    "another_reading": N("a second reading said the same"),
    "level_seen": N("the device had shown something above empty first"),
    "no_hold": N("you had not stopped it"),
    "mandate_signed": N("you signed an order agreement for it"),
    "no_pause": N("deliveries were not paused"),
}

MODES = {
    "respond": (N("I order"), N("We order when you tap, and never by ourselves.")),
    "curate": (N("You suggest"), N("We suggest the right moment; you say yes or no.")),
    "coach": (N("You remind"), N("We remind you in time. You buy where you like.")),
    "automatic": (N("You order"), N("We order by ourselves, inside what you have signed.")),
}

WISHES = {
    "never_out": (N("Never run out"), N("We order early. Packs will wait on your shelf.")),
    "rather_full": (N("Rather full"), N("We order somewhat early.")),
    "balanced": (N("In between"), N("We weigh a day without against packs that lie about.")),
    "rather_lean": (N("Rather little"), N("We order somewhat late. Now and then you may wait for a parcel.")),
    "never_pile_up": (N("Never pile up"), N("We order late and little. You may be without for a day.")),
}

STATES = {
    "scheduled": N("will be ordered"),
    "held": N("waits"),
    "sending": N("is being ordered"),
    "unknown": N("ordered; we wait for the shop to confirm"),
    "accepted": N("ordered"),
    "shipped": N("on its way"),
    "delivered": N("delivered"),
    "partial": N("partly delivered"),
    "failed": N("did not arrive"),
    "refused": N("refused by the shop"),
    "cancelled": N("cancelled"),
}

PURPOSES = {
    "supply": (
        N("See how much is left"),
        N("Your devices tell us how much ink, toner or food is left, so that we can say until when it lasts. "
          "Staff see it when you ask for help, nobody else. Your devices work without it."),
    ),
    "order": (
        N("Order by ourselves"),
        N("We may order in your name, only inside an order agreement that you sign for each product. "
          "You are told before every order and can stop it. Your devices work without it."),
    ),
    "learn": (
        N("Help other homes"),
        N("What your home uses, without your name, makes the first forecasts better for others. "
          "When you take it back, we compute as if we had never seen it."),
    ),
    "safety": (
        N("Notice falls and call for help"),
        N("Your wristband tells us when it thinks that you fell or when you ask for help, whether it is worn and how "
          "full its battery is. We then call the people whom you named, and our staff when nobody answers. "
          "Without it nobody is called after a fall."),
    ),
    "movement": (
        N("Show how it happened"),
        N("With an alarm, your wristband sends some seconds of movement around it. Our staff see it, to judge what "
          "happened. The alarm works without it."),
    ),
    "circle": (
        N("Show how you are to your people"),
        N("Contacts whom you choose see whether the fall alarm is on and worn, when we last heard of it, the names of "
          "who is called, and past alarms; and they can test it. Nothing else of your home is shown. Alarms reach them "
          "in any case."),
    ),
}  # fmt: skip
PURPOSE_TEXT_VERSION = "2026-11-30"
MANDATE_TEXT_VERSION = "2026-11"
MANDATE_TEXT = N(
    "I allow Forehand to order %(product)s in my name: at most %(ceiling)s for each pack, at most %(quantity)s packs "
    "at once, and at most %(cap)s in a month, until %(until)s. Forehand tells me before each order and I can stop it "
    "for %(hours)s hours. I can cancel this agreement at any time; my devices keep working."
)

BOX_PROBLEMS = {
    "no_box_name": N("Give it a name. Nothing was changed."),
    "no_codes": N("This service gives no codes at the moment. Whoever runs it can switch that on."),
    "too_many_boxes": N("This home has as many boxes as it may have. Retire one first."),
}
NOT_A_HOUSEHOLD = N("This page belongs to a household.")
NOT_STAFF = N("This page is for staff.")
OLD_FORM = N("This form is too old. Nothing was changed: open the page again.")
OTHER_SITE = N("This request came from another site. Nothing was changed.")
NOT_FOUND = N("There is nothing at this address.")
BROKEN = N("Something went wrong on our side. Nothing was changed, and we have made a note of it. Please try again.")
TOO_LARGE = N("That is more than we can take at once. Nothing was changed.")
FORM_PROBLEM = N("We could not read this form. Nothing was changed: go back and try again.")

WRONG_PASSWORD = N("That e-mail address and password do not belong together. Nothing else happened: try again.")
LOCKED = N("There were too many wrong passwords. For your safety this account rests for some minutes.")
BUSY = N("Many are signing in at this moment. Wait a moment, then try again.")
TOO_MANY_TRIES = N("There were too many tries from here. Wait ten minutes, then try again.")
PASSWORD_PROBLEMS = {
    "too_short": N("That password is too short: take 12 characters or more. Three or four words do well."),
    "too_long": N("That password is too long: take 200 characters or fewer."),
    "too_simple": N("That password repeats too few characters. Three or four words do well."),
}

DONE = {
    "ordered": N("Ordered. You can stop it for an hour."),
    "shelf": N("Noted: that is what stands on your shelf."),
    "same": N("That is what we had noted already. Nothing was changed."),
    "undone": N("Undone."),
    "level": N("Thank you, we take it from there. The next reading of the device replaces it."),
    "product": N("Noted: that belongs there. We count with it from now on."),
    "mode": N("Chosen. It holds from now on."),
    "later": N("All right. We ask again in three days, or when it becomes urgent."),
    "held": N("Put off by a week."),
    "held_until": N("Put off. It leaves on the day that you chose."),
    "quantity": N("Changed. That many are ordered now."),
    "box_retired": N("It is retired. Nothing more of it is taken in."),
    "zone": N("Noted. Days begin and end by this clock from now on."),
    "sent": N("It leaves with the next sending."),
    "cancelled": N("Cancelled. Nothing is sent and nothing is charged."),
    "cancel_asked": N("We have asked the shop to stop it. If it is too late, it arrives as planned."),
    "too_late": N("It has left already, so it cannot be stopped any more."),
    "nothing": N("There was nothing to do: this order is not open any more."),
    "pause": N("Noted. Deliveries in these days wait for the day after."),
    "pause_gone": N("The pause is gone. Deliveries come as before."),
    "calendar": N("The calendar is connected. Its days away are hatched below."),
    "calendar_empty": N("The calendar is connected. It holds no days away in the next year: we look for words like "
                        "“holiday” or “travelling”."),
    "calendar_gone": N("The calendar is gone, and with it everything we had read in it."),
    "given": N("Thank you. It holds from now on."),
    "withdrawn": N("Taken back. It holds from now on."),
    "signed": N("Signed. The whole text stays here for you to read."),
}  # fmt: skip

ORDER_PROBLEMS = {
    "changed": N("The price or the offer has changed since you saw it. Nothing was ordered: look again."),
    "open_order": N("It is on its way already. Nothing more was ordered."),
}

CALENDAR_PROBLEMS = {
    "ends_before_start": N("The last day is before the first. Nothing was changed."),
    "already_over": N("These days are over. Nothing was changed."),
    "too_long": N("That is longer than a year. Nothing was changed: take a shorter time."),
    "too_far_ahead": N("That is more than two years ahead. Nothing was changed: take an earlier day."),
    "no_calendar": N("Give the address of a calendar, or choose a file."),
    "too_many_calendars": N("You have ten calendars already. Remove one first."),
    "address_not_allowed": N("We cannot read from this address. It should begin with https:// or webcal://."),
    "unreachable": N("Nobody answers at this address. Nothing was changed: check it, or try again later."),
    "not_found": N("There is no calendar at this address. Nothing was changed."),
    "needs_sign_in": N("This address needs a password. Take the calendar's secret address in iCal format instead."),
    "server_error": N("The calendar's server has a problem. Nothing was changed: try again later."),
    "too_large": N("This calendar is too large for us (more than half a megabyte). Nothing was changed."),
    "too_many_redirects": N("This address leads from one place to the next. Nothing was changed."),
    "bad_answer": N("What came from this address is no calendar. Nothing was changed."),
    "too_many_events": N("This calendar holds more than 2,000 events. Nothing was changed."),
    "too_costly": N("This calendar takes us too long to read. Nothing was changed."),
    "not_a_calendar": N("This is no calendar that we can read. It should be a file that ends in .ics."),
}

NO_RANGE = {
    "no_product": N("We do not know which product fits here."),
    "no_level": N("We do not know yet how much is left."),
    "reckoning": N("We are working it out."),
    "no_use_seen": N("We have not seen it used yet."),
    "not_regular": N("It is used too irregularly to say when it runs out."),
    "beyond_horizon": N("It lasts longer than we can look ahead."),
}

WHO_ORDERED = {
    "mandate": N("inside your agreement"),
    "tap": N("you ordered it"),
    "proposal": N("you agreed to it"),
}

HOLD_REASONS = {
    "customer": N("You put it off."),
    "away_on_arrival": N("Nobody is home when it would arrive."),
    "paused": N("You have paused deliveries."),
}

LEVELS_BY_EYE = (
    (1.0, N("full")), (0.75, N("three quarters full")), (0.5, N("about half full")), (0.25, N("a quarter full")),
    (0.08, N("nearly empty")), (0.0, N("empty")),
)  # fmt: skip

PAUSE_KINDS = {
    "away": N("Nobody is home"),
    "no_deliveries": N("No deliveries"),
    "guests": N("Guests: we reckon with half as much again, and deliver as usual"),
}

FRESHNESS = {
    "fresh": N("fresh"),
    "quiet": N("quiet for more than an hour"),
    "stale": N("silent for more than three days"),
    "never": N("not heard yet"),
    "revoked": N("retired"),
}
AGENT_STATES = {
    "ready": N("ready"),
    "sleeping": N("sleeping"),
    "lost": N("lost"),
    "unknown": N("nothing yet"),
}

CATEGORIES = {
    "printing": N("For a printer"),
    "fridge": N("For the fridge"),
    "pantry": N("For the larder"),
    "pets": N("For pets"),
    "household": N("For the household"),
}
OTHER_CATEGORY = N("Other things")
"""The catalogue's own categories; others are shown under the last."""

PRODUCTS = (
    N("Black ink cartridge"), N("Cyan ink cartridge"), N("Magenta ink cartridge"), N("Yellow ink cartridge"),
    N("Black toner cartridge"), N("Milk, 1 litre"), N("Coffee beans, 1 kg"), N("Dry cat food, 2 kg"),
    N("Washing powder, 3 kg"), N("Dishwasher tablets, 60"),
)  # fmt: skip
"""Names in the starter catalogue, so that they can be read in other languages; others are shown as they are."""
