"""Whose certificates are believed."""

import ssl
from pathlib import Path


def trusting(authority: str | Path | None) -> ssl.SSLContext:
    """None: the system's authorities. A server's own chain will do, without the root above it. Raises OSError."""
    trusted = ssl.create_default_context(cafile=authority)
    trusted.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return trusted
