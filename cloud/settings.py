"""What can be set from outside: environment variables that begin with FOREHAND_, or files of secrets."""

import base64
import os
import ssl
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    ValidationInfo,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.clock import ScaledClock

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
WEBHOOK_SECRET_BYTES = 24, 64
SHORTEST_KEY = 32
Port = Annotated[int, Field(ge=1, le=65535)]


def _holds_certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:
        raise ValueError(f"this file holds no certificate in PEM that can be read ({error})") from error
    return path


def _shows_the_time(path: Path) -> Path:
    try:
        ScaledClock(path).now()
    except (OSError, ValueError, TypeError) as error:
        raise ValueError("this file holds no pace of a clock (the demo writes it)") from error
    return path


def _has_a_host(url: str) -> str:
    if url and not (urlsplit(url).hostname and urlsplit(url).port != 0):  # reading the port raises ValueError, too
        raise ValueError("give a URL with a host")
    return url


def _can_sign(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        size = len(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if text and not WEBHOOK_SECRET_BYTES[0] <= size <= WEBHOOK_SECRET_BYTES[1]:
        raise ValueError("give whsec_ and the base64 of 24 to 64 random bytes")
    return secret


def _is_long(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"give {SHORTEST_KEY} characters or more")
    return secret


def _can_be_divided(wished: bool, given: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's grammar
    if wished and given.data.get("broker_protocol") == "3.1.1":
        raise ValueError("MQTT 3.1.1 divides nothing: FOREHAND_BROKER_PROTOCOL=5")
    return wished


class Settings(BaseSettings):
    """Each field is FOREHAND_ and its name in capitals.

    Where nothing is given, the database is a file in `data_dir`, and `public_url` is where the web listens.
    """

    model_config = SettingsConfigDict(env_prefix="FOREHAND_", extra="forbid")

    data_dir: Path = Path("data")
    database_url: str = Field(default="", pattern=r"^(|sqlite://(/.+)?|postgresql\+psycopg://.+)$")

    broker_host: str = "127.0.0.1"
    broker_port: Port = 1883
    broker_username: str = "cloud"
    broker_password: SecretStr = SecretStr("")
    broker_protocol: str = Field(default="5", pattern=r"^(5|3\.1\.1)$")
    broker_tls: bool = False
    broker_ca_file: Annotated[FilePath, AfterValidator(_holds_certificates)] | None = None
    # Readings are divided between all `ingest` processes that say so, each with a broker name of its own.
    ingest_shares: Annotated[bool, AfterValidator(_can_be_divided)] = False
    # Of the name that tells the broker who may connect; only the jobs need it. Without it somebody else tells.
    broker_keeper_password: SecretStr = SecretStr("")
    # Agents' passwords are derived from it: keep it like a password. Without it no agent is claimed by a code.
    credential_key: Annotated[SecretStr, AfterValidator(_is_long)] = SecretStr("")
    broker_listen: str = "127.0.0.1"  # of the broker that `run` keeps; 0.0.0.0 for agents on other machines
    # Where agents find the broker, if not where the cloud does.
    agents_broker_host: str = ""
    agents_broker_port: Port | None = None
    agents_broker_tls: bool | None = None

    web_host: str = "127.0.0.1"
    web_port: Port = 8000
    public_url: Annotated[str, AfterValidator(_has_a_host)] = Field(default="", pattern=r"^(|https?://.+)$")
    secure_cookies: bool = False  # true in any case where `public_url` is https
    # Addresses (with commas, networks too, * for all) whose X-Forwarded-For says who asks: a proxy, and nobody else.
    trusted_proxies: str = ""

    status_host: str = "127.0.0.1"
    status_port: Port | None = None  # /healthz, /readyz and /metrics of a process that serves no pages

    smtp_url: Annotated[str, AfterValidator(_has_a_host)] = Field(default="", pattern=r"^(|smtp(s|\+starttls)?://.+)$")
    mail_from: str = Field(default="Forehand <forehand@localhost>", pattern="@")
    # Signs what is told to programs of contacts; without it none is told.
    webhook_secret: Annotated[SecretStr, AfterValidator(_can_sign)] = SecretStr("")
    apprise_schemas: str = (  # messengers and SMS that contacts may be reached by
        "ntfys,pover,tgram,pbul,threema,line,wxpusher,pushplus,schan,wecombot,dingtalk,feishu,twilio,vonage,clicksend,seven"
    )

    clock_file: Annotated[FilePath, AfterValidator(_shows_the_time)] | None = None
    review_every_s: int = Field(default=3600, gt=0)
    tick_s: float = Field(default=1.0, gt=0)  # of real time: how often the jobs look for what is due
    allow_private_feeds: bool = False
    log_level: Annotated[LogLevel, BeforeValidator(str.upper)] = "INFO"

    @model_validator(mode="after")
    def _follow_one_another(self) -> Self:
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'forehand.db'}"
        self.public_url = self.public_url.rstrip("/") or _page_at(self.web_host, self.web_port)
        self.secure_cookies = self.secure_cookies or self.public_url.startswith("https://")
        return self


def broker_for_agents(settings: Settings) -> tuple[str, int, bool]:
    """Host, port and whether it speaks TLS. A broker on the cloud's own machine is where the page is."""
    host, port, tls = settings.agents_broker_host, settings.agents_broker_port, settings.agents_broker_tls
    if not host:
        is_here = settings.broker_host in {"127.0.0.1", "localhost", "::1"}
        host = (urlsplit(settings.public_url).hostname or "") if is_here else settings.broker_host
    return host, port or settings.broker_port, settings.broker_tls if tls is None else tls


def _page_at(host: str, port: int) -> str:
    """Where a browser on this machine finds it: an address that means "all of them" is none to go to."""
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is looked for, not bound
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"


def load() -> Settings:
    """From the environment, and from files (`FOREHAND_SECRETS_DIR/forehand_broker_password` and the like).

    Raises ValueError, mostly as pydantic.ValidationError.
    """
    folder = os.environ.get("FOREHAND_SECRETS_DIR")
    if folder and not Path(folder).is_dir():
        raise ValueError(f"FOREHAND_SECRETS_DIR: {folder} is not a folder")
    return Settings(_secrets_dir=folder) if folder else Settings()
