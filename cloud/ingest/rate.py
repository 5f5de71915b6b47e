"""How much one agent may send on one topic. What is over the limit stays unanswered, and the agent sends it again."""

from dataclasses import dataclass, field

from contract import limits


@dataclass
class TokenBuckets:
    """One bucket for each topic, on a monotonic clock in milliseconds."""

    burst: float = limits.BURST_MESSAGES_PER_AGENT
    per_s: float = limits.SUSTAINED_MESSAGES_PER_AGENT_PER_S
    _state: dict[str, tuple[float, int]] = field(default_factory=dict)

    def allows(self, topic: str, up_ms: int) -> bool:
        tokens, since_ms = self._state.get(topic, (self.burst, up_ms))
        tokens = min(self.burst, tokens + max(0, up_ms - since_ms) / 1000 * self.per_s)
        allowed = tokens >= 1
        self._state[topic] = (tokens - 1 if allowed else tokens, up_ms)
        return allowed
