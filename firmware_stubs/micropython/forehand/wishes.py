"""What of a wish takes effect: newer versions only, and never more than a version first granted. Pure."""

from forehand import wire

_CONFIGURES = ("config", "poll_s", "prealarm_s")


def merged(current, wish):
    """What is in force from now on. None: nothing of the wish is new, or it is older than what stands.

    Configuration and consent are judged apart, so that a withdrawal counts even beside an old configuration.
    """
    if current is None:
        return wish
    before, after = set(current["purposes"]), set(wish["purposes"])
    narrower = wish["consent"] == current["consent"] and after != before and after.issubset(before)
    consent = wish if wish["consent"] > current["consent"] or narrower else current
    config = wish if wish["config"] >= current["config"] else current
    result = {name: config[name] for name in _CONFIGURES}
    result["consent"], result["purposes"] = consent["consent"], consent["purposes"]
    return None if result == current else result


def allows(wish, purpose):
    """Before the first wish nothing that is numbered leaves the home."""
    return wish is not None and wire.PURPOSES[purpose] in wish["purposes"]


def body(wish):
    return wire.text(
        (
            "config", wish["config"], "consent", wish["consent"], "purposes", wish["purposes"],
            "poll_s", wish["poll_s"], "prealarm_s", wish["prealarm_s"],
        )
    ).encode()  # fmt: skip
