"""The table `[second_way]` of agent.toml, and how it becomes a way."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.fields import Text
from edge.trust import trusting
from edge.ways import webhook
from edge.ways.modem import Modem
from edge.ways.way import Way
from edge.ways.webhook import Webhook

Telephone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
"""In full, with the country: so no public emergency number can ever stand here."""


class WebhookConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="webhook", tag_field="type"):
    """A program in the home. `about` is told with each alarm: whom it concerns. Files are relative to agent.toml."""

    address: str
    about: Text | None = None
    token_file: str | None = None
    secret_file: str | None = None
    ca_file: str | None = None
    timeout_s: Annotated[int, Meta(ge=1, le=60)] = 10


class SmsConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sms", tag_field="type"):
    """A modem on a serial line, such as /dev/ttyUSB0."""

    line: str
    numbers: Annotated[list[Telephone], Meta(min_length=1, max_length=10)]
    about: Text | None = None


WayConfig = WebhookConfig | SmsConfig


def settled(config: WayConfig, home: Path) -> WayConfig:
    """With every path made absolute, and looked at once. Raises ValueError that says which line to change."""
    if isinstance(config, SmsConfig):
        if not config.line.startswith("/"):
            raise ValueError("line: write the path of the modem's serial line, such as /dev/ttyUSB0")
        return config
    files = {
        name: str(home / file)
        for name in ("token_file", "secret_file", "ca_file")
        if (file := getattr(config, name)) is not None
    }
    made = msgspec.structs.replace(config, **files)
    opened(made)
    return made


def opened(config: WayConfig) -> Way:
    """Raises ValueError that says what cannot be used."""
    if isinstance(config, SmsConfig):
        return Modem(config.line, config.numbers, config.about)
    try:
        webhook.check_address(config.address)
    except ValueError as error:
        raise ValueError(f"address: {error}") from error
    secret = _read("secret_file", config.secret_file)
    try:
        key = None if secret is None else webhook.key_of(secret)
        trusted = None if config.ca_file is None else trusting(config.ca_file)
    except ValueError as error:
        raise ValueError(f"secret_file: {error}") from error
    except OSError as error:
        raise ValueError(f"ca_file: it holds no certificate that can be read: {error}") from error
    return Webhook(
        config.address, _read("token_file", config.token_file), key, config.about, float(config.timeout_s), trusted
    )


def _read(name: str, file: str | None) -> str | None:
    if file is None:
        return None
    try:
        text = Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}: cannot read {file}") from error
    if not text.isascii() or not text.isprintable() or not text:
        raise ValueError(f"{name}: {file} should hold one line of plain letters")
    return text
