"""Signed links: they work without signing in, cannot be guessed, and expire. Nothing here commits."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.emergencies.tables import LinkKey

ANSWER_LASTS = timedelta(days=2)
AGREE_LASTS = timedelta(days=60)
_ID_BYTES, _TIME_BYTES, _MAC_BYTES = 16, 6, 16
_FIRST_KEY = 1


class For(StrEnum):
    """What a link is good for."""

    ANSWER = "a"  # one try to reach somebody: see the alarm, answer it
    AGREE = "c"  # a contact: agree, decline, agree to drills


@dataclass(frozen=True)
class Link:
    """What a genuine link says. It may have expired."""

    good_for: For
    subject_id: str
    expires_at: datetime


def keys(session: Session, now: datetime) -> list[bytes]:
    """The newest first. Made at the first need; several processes may need it at once."""
    found = _known(session)
    if found:
        return found
    try:
        with session.begin_nested():
            session.add(LinkKey(id=_FIRST_KEY, secret=secrets.token_hex(32), created_at=now))
    except sa.exc.IntegrityError:
        pass  # another process was faster: its key is there now
    return _known(session)


def renew(session: Session, now: datetime) -> None:
    """A new key instead of all there are: no link made so far is genuine any more."""
    newest = session.exec(select(sa.func.max(LinkKey.id))).one() or 0
    session.exec(sa.delete(LinkKey))
    session.add(LinkKey(id=newest + _FIRST_KEY, secret=secrets.token_hex(32), created_at=now))
    session.flush()


def are_there(session: Session) -> bool:
    """There is a key. Only reads."""
    return bool(_known(session))


def make(key: bytes, good_for: For, subject_id: str, expires_at: datetime) -> str:
    """About 54 letters that can stand in a URL. `subject_id`: 32 hex digits."""
    said = good_for.encode() + bytes.fromhex(subject_id) + int(expires_at.timestamp()).to_bytes(_TIME_BYTES)
    return base64.urlsafe_b64encode(said + _mac(key, said)).rstrip(b"=").decode()


def to_agree(session: Session, contact_id: str, now: datetime) -> str:
    """The contact's own link: agree, decline, and come in where they were invited to."""
    return make(keys(session, now)[0], For.AGREE, contact_id, now + AGREE_LASTS)


def read(known: list[bytes], token: str) -> Link | None:
    """None: not one of ours, or somebody changed it."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    said, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(said) != 1 + _ID_BYTES + _TIME_BYTES or not any(hmac.compare_digest(mac, _mac(k, said)) for k in known):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(said[-_TIME_BYTES:]), UTC)
    return Link(For(said[:1].decode()), said[1 : 1 + _ID_BYTES].hex(), expires_at)


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, hashlib.sha256)[:_MAC_BYTES]


def _known(session: Session) -> list[bytes]:
    rows = select(LinkKey.secret).order_by(col(LinkKey.id).desc())
    return [bytes.fromhex(secret) for secret in session.exec(rows)]
