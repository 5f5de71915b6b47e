"""Messengers and SMS through apprise: only services at a fixed address of their own, named in an allow-list.

An apprise URL can choose from about 180 plugins, among them some that run programs, read files, or send to any host.
So no text from outside chooses: the schema must be in the list, the plugin is made directly, and an address carries
nothing but its tokens (parameters could name files, hosts, retries and time-outs).
"""

import importlib
import logging
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import apprise

from cloud.notifications import plain_text
from cloud.notifications.rendering import Mail

KNOWN = {
    "ntfys": ("ntfy", "NotifyNtfy"),  # its own server only; see `_target`
    "pover": ("pushover", "NotifyPushover"),
    "tgram": ("telegram", "NotifyTelegram"),
    "pbul": ("pushbullet", "NotifyPushBullet"),
    "threema": ("threema", "NotifyThreema"),
    "line": ("line", "NotifyLine"),
    "wxpusher": ("wxpusher", "NotifyWxPusher"),
    "pushplus": ("pushplus", "NotifyPushplus"),
    "schan": ("serverchan", "NotifyServerChan"),
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "feishu": ("feishu", "NotifyFeishu"),
    "twilio": ("twilio", "NotifyTwilio"),
    "vonage": ("vonage", "NotifyVonage"),
    "clicksend": ("clicksend", "NotifyClickSend"),
    "seven": ("seven", "NotifySeven"),
}
"""Each was read: one fixed https host, no files, no programs. What is not here cannot be allowed by a setting."""

LONGEST = 500
_OWN_SERVER = "private"
_TIMEOUT_S = 5.0
logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings hold addresses and tokens


class SchemaError(Exception):
    """The allow-list names something that is not known to be safe; the message says what."""


@dataclass(frozen=True)
class Push:
    """What may be used, by the beginning of its address."""

    schemas: frozenset[str] = frozenset(KNOWN)

    def send(self, address: str, mail: Mail, reference: str) -> str | None:
        """None: the service has taken it; else a code. The reference does not travel: these have no place for it."""
        del reference
        target = _target(address, self.schemas)
        if target is None:
            return "address_not_allowed"
        taken = target.notify(body=plain_text.of(mail), title=mail.subject, body_format=apprise.NotifyFormat.TEXT)
        return None if taken else "not_taken"


def allowed(listed: str) -> frozenset[str]:
    """From the setting, with commas between. Raises SchemaError."""
    found = frozenset(name.strip().lower() for name in listed.split(",") if name.strip())
    if found - KNOWN.keys():
        raise SchemaError(f"not known to be safe: {', '.join(sorted(found - KNOWN.keys()))}")
    return found


def is_address(text: str, schemas: Collection[str]) -> bool:
    """Whether it may be tried."""
    return _target(text, schemas) is not None


def _target(address: str, schemas: Collection[str]) -> Any | None:
    """One person at one service; None: not allowed, incomplete, or several at once, or a server of somebody's own."""
    schema, separator, rest = address.partition("://")
    if not separator or schema not in schemas or schema not in KNOWN or len(address) > LONGEST:
        return None
    if not address.isascii() or not address.isprintable() or set(rest) & set("?#\\ "):
        return None
    try:
        plugin = _plugin(schema)
        made = plugin(**(plugin.parse_url(address) or {}))
    except (TypeError, ValueError, AttributeError):  # apprise's ways to refuse an address
        return None
    if len(made) != 1 or getattr(made, "mode", "") == _OWN_SERVER:
        return None
    made.socket_connect_timeout = made.socket_read_timeout = _TIMEOUT_S
    made.redirects = False
    return made


def _plugin(schema: str) -> Any:
    module, name = KNOWN[schema]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(importlib.import_module(f"apprise.plugins.{module}"), name)
