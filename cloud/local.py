"""Everything for one machine: the cloud with a Mosquitto of its own, all data in one folder."""

import secrets
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from cloud import broker_access, db
from cloud.settings import Settings
from kit import mosquitto, whole_file
from kit.mosquitto import Mosquitto

SECRETS = {
    "broker_password": "cloud-password",
    "broker_keeper_password": "keeper-password",
    "credential_key": "credential-key",
}
"""What the broker that `run` keeps has: files in its folder, by the settings that they fill."""

_NO_BROKER = (
    "Mosquitto is not on this machine. Install it (Debian: apt install mosquitto), or set FOREHAND_BROKER_HOST, "
    "FOREHAND_BROKER_USERNAME and FOREHAND_BROKER_PASSWORD for a broker elsewhere and run `python -m cloud`.\n"
)
_BROKER_ELSEWHERE = (
    "This starts a broker of its own. {names} is for a broker elsewhere: unset it, or run `python -m cloud`.\n"
)
_PORT_TAKEN = (
    "Is its port taken? Then stop the other one (another `make run`; Debian's own: systemctl disable --now mosquitto), "
    "or choose another port: FOREHAND_BROKER_PORT.\n"
)


def run(settings: Settings, serve: Callable[[Settings], int], now: datetime) -> int:
    """Start the broker, serve, end the broker. The database's schema is up to date."""
    elsewhere = _for_a_broker_elsewhere(settings)
    if elsewhere:
        sys.stderr.write(_BROKER_ELSEWHERE.format(names=", ".join(elsewhere)))
        return 2
    program = mosquitto.find()
    if program is None:
        sys.stderr.write(_NO_BROKER)
        return 2
    folder = settings.data_dir / "broker"
    try:
        own = _prepare(settings, folder, now)
    except OSError as error:
        sys.stderr.write(f"{settings.data_dir} cannot be used: {error}\nChoose another folder: FOREHAND_DATA_DIR.\n")
        return 2
    broker = Mosquitto(folder.resolve(), own.broker_port, program, own.broker_listen)
    try:
        broker.start()
    except OSError as error:
        sys.stderr.write(f"The broker does not start: {error}\n{_PORT_TAKEN}")
        return 2
    try:
        sys.stdout.write(f"Forehand: {own.public_url}   (data in {own.data_dir.resolve()}; Ctrl-C ends)\n")
        sys.stdout.flush()
        return serve(own)
    finally:
        broker.stop()


def _for_a_broker_elsewhere(settings: Settings) -> list[str]:
    given = {
        "FOREHAND_BROKER_PASSWORD": bool(settings.broker_password.get_secret_value()),
        "FOREHAND_BROKER_TLS": settings.broker_tls,
    }
    return [name for name, is_given in given.items() if is_given]


def _prepare(settings: Settings, folder: Path, now: datetime) -> Settings:
    """Configuration, secrets, who may connect: all of the broker's files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SECRETS.values():
        kept = folder / name
        kept.touch(mode=0o600)
        if not kept.read_text():
            kept.write_text(secrets.token_urlsafe(32))
    mosquitto.configure(folder.resolve(), settings.broker_port, settings.broker_listen)
    own = with_own_broker(settings)
    with db.reading(db.engine(own.database_url)) as session:
        whole_file.replace(folder / mosquitto.ACCESS, broker_access.document(session, own, now))
    return own


def with_own_broker(settings: Settings) -> Settings:
    """The same settings with the secrets of the broker that `run` keeps, unless others were given."""
    folder = settings.data_dir / "broker"
    if settings.broker_password.get_secret_value() or not (folder / SECRETS["broker_password"]).exists():
        return settings
    kept = {field: folder / name for field, name in SECRETS.items()}
    missing = [field for field in kept if not getattr(settings, field).get_secret_value() and kept[field].exists()]
    return settings.model_copy(update={field: SecretStr(kept[field].read_text().strip()) for field in missing})
