"""What of a wish takes effect: newer versions only, and never more than a version first granted. Pure."""

import msgspec

from contract.fields import Purpose
from contract.messages import Desired


def merged(current: Desired | None, wish: Desired) -> Desired | None:
    """What is in force from now on. None: nothing of the wish is new, or it is older than what stands.

    Configuration and consent are judged apart, so that a withdrawal counts even beside an old configuration.
    """
    if current is None:
        return wish
    newer_consent = wish.consent > current.consent
    narrower = wish.consent == current.consent and set(wish.purposes) < set(current.purposes)
    consent = wish if newer_consent or narrower else current
    config = wish if wish.config >= current.config else current
    result = msgspec.structs.replace(config, consent=consent.consent, purposes=consent.purposes)
    return None if result == current else result


def not_granted(desired: Desired) -> list[Purpose]:
    """What may not leave. The movement around an alarm is nobody's without the alarm itself."""
    granted = set(desired.purposes)
    if Purpose.SAFETY not in granted:
        granted.discard(Purpose.MOVEMENT)
    return [purpose for purpose in Purpose if purpose not in granted]
