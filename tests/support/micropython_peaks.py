"""The trigger in a real MicroPython: an arm made up by a small generator of numbers, and where its peaks are."""

SAMPLES = 3000


def arm(count):
    """x, y, z in turn, milli-g; the same in every Python."""
    state, made = 12345, []
    for _ in range(3 * count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        kick = (state >> 8) % 1000
        made.append((state >> 16) % 400 - 200 + (5 * (kick - 980) * 50 if kick > 980 else 0))
    return made


def acts():
    from forehand.trigger import Trigger

    trigger, drawn = Trigger(), arm(SAMPLES)
    yield None
    for number in range(SAMPLES):
        peak = trigger.add(drawn[3 * number], drawn[3 * number + 1] - 900, drawn[3 * number + 2])
        if peak is not None:
            print(peak, number)
        if number % 50 == 0:
            yield None
