"""What a message may weigh and how often it may come. Both ends enforce these."""

from typing import Final

WIRE_VERSION: Final = 1
MAX_MESSAGE_BYTES: Final = 65_536  # the broker refuses more (max_packet_size)
MAX_READINGS_PER_MESSAGE: Final = 100
MAX_DEVICES_PER_AGENT: Final = 64
MAX_SLOTS_PER_DEVICE: Final = 64
MAX_RANGES_PER_MESSAGE: Final = 500
MAX_INTEGER: Final = 2**53 - 1  # what JSON, JavaScript and SQLite all keep exactly
MAX_AT_MS: Final = 253_402_300_799_999  # the last millisecond of the year 9999: no calendar here goes further
MAX_UP_MS: Final = 3_155_760_000_000  # a hundred years without a restart
MAX_ACC_MG: Final = 400_000  # no wristband measures more
MAX_EVIDENCE_SAMPLES: Final = 2_000  # 40 s at 50 samples per second
MAX_MARKS: Final = 32  # parts of one movement
MAX_MARK_MS: Final = 600_000
MAX_AFTER_MS: Final = 86_400_000
MAX_INACTIVITY_H: Final = 24
MAX_CONFIRM_IN_MS: Final = 300_000
PREALARM_S: Final = range(5, 121)  # how long a wearer can cancel what was taken for a fall
MAX_AMOUNT: Final = 1e9  # grams, millilitres or counts; more is a broken sensor

# An agent that comes back after three days drains thousands of messages at once: that is normal.
# Beyond the burst, messages are left unanswered and the agent sends them again: nothing is lost.
BURST_MESSAGES_PER_AGENT: Final = 20_000
SUSTAINED_MESSAGES_PER_AGENT_PER_S: Final = 50.0
