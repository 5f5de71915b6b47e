"""Codes become sentences in plain words: nothing here is computed, and every text is in the catalogues."""

N = str
"""Marks a text for the catalogues; it is translated where it is shown."""

REASONS = {
    "runs_out_before_arrival": N("It may be empty before a parcel could be here."),
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
    "not_a_consumable": N("This is a part of the device. We never order it by ourselves."),
    "no_product": N("We do not know which product fits here."),
    "held_by_customer": N("You stopped this a short while ago."),
}

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
    "no_hold": N("you had not stopped it"),
}

MODES = {
    "respond": (N("I order"), N("We order when you tap, and never by ourselves.")),
    "curate": (N("You suggest"), N("We suggest the right moment; you say yes or no.")),
    "coach": (N("You remind"), N("We remind you in time. You buy where you like.")),
    "automatic": (N("You order"), N("We order by ourselves, inside what you have signed.")),
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
}  # fmt: skip
PURPOSE_TEXT_VERSION = "2026-11"
MANDATE_TEXT = N(
    "I allow Forehand to order %(product)s in my name: at most %(ceiling)s for each pack, at most %(quantity)s packs at "
    "once, and at most %(cap)s in a month, until %(until)s. Forehand tells me before each order and I can stop it for "
    "%(hours)s hours. I can cancel this agreement at any time; my devices keep working."
)

NOT_A_HOUSEHOLD = N("This page belongs to a household.")
NOT_STAFF = N("This page is for staff.")
OLD_FORM = N("This form is too old. Nothing was changed: open the page again.")
OTHER_SITE = N("This request came from another site. Nothing was changed.")
NOT_FOUND = N("There is nothing at this address.")
BROKEN = N("Something went wrong on our side. Nothing was changed, and we have made a note of it. Please try again.")
FORM_PROBLEM = N("We could not read this form. Nothing was changed: go back and try again.")
