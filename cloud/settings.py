"""What can be set from outside: environment variables that begin with FOREHAND_, or files of secrets."""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is FOREHAND_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="FOREHAND_", extra="forbid")

    data_dir: Path = Path("data")
    database_url: str = Field(
        default="", pattern=r"^(|sqlite://.*|postgresql\+psycopg://.+)$"
    )  # "": a file in data_dir

    broker_host: str = "127.0.0.1"
    broker_port: int = 1883
    broker_username: str = "cloud"
    broker_password: SecretStr = SecretStr("")
    broker_protocol: str = Field(default="5", pattern=r"^(5|3\.1\.1)$")
    broker_tls: bool = False
    broker_ca_file: Path | None = None
    broker_passwords_file: Path | None = None
    broker_pid_file: Path | None = None

    web_host: str = "127.0.0.1"
    web_port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    secure_cookies: bool = False

    smtp_url: str = ""
    mail_from: str = "Forehand <forehand@localhost>"

    clock_file: Path | None = None
    review_every_s: int = 3600
    tick_s: float = Field(default=1.0, gt=0)  # of real time: how often the jobs look for what is due
    allow_private_feeds: bool = False
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _keep_data_together(self) -> Self:
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'forehand.db'}"
        return self


def load() -> Settings:
    """From the environment, and from files (`FOREHAND_SECRETS_DIR/forehand_broker_password` and the like).

    Raises pydantic.ValidationError.
    """
    folder = os.environ.get("FOREHAND_SECRETS_DIR")
    return Settings(_secrets_dir=folder) if folder else Settings()
