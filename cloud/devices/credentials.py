"""What an agent says to the broker. Derived from a key of ours: any broker can be told anew, and nothing is stored."""

import base64
import hashlib
import hmac


def password(key: bytes, agent_id: str, number: int) -> str:
    """Of the agent's credential with this number (HMAC-SHA-256, RFC 2104): 43 letters, digits, - and _."""
    said = hmac.digest(key, f"broker/{agent_id}/{number}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(said).decode().rstrip("=")
