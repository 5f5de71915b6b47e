"""A Mosquitto as a child process, with the configuration that we ship (deploy/mosquitto)."""

import getpass
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template

from kit import dynamic_security, leash, whole_file

SHIPPED = Path(__file__).resolve().parents[1] / "deploy" / "mosquitto"
ACCESS = "dynamic-security.json"  # who may connect: read when the broker starts, written by it from then on
START_TIMEOUT_S = 10.0
_PLUGIN = tuple(
    f"{place}/mosquitto_dynamic_security.so" for place in ("usr/lib", "usr/lib/*", "usr/local/lib", "opt/homebrew/lib")
)


def find() -> str | None:
    """None: it, or its dynamic security plugin, is not on this machine. Debian keeps it where only root looks."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    return found if find_plugin() else None


def find_plugin() -> Path | None:
    """The dynamic security plugin, which comes with Mosquitto 2."""
    places = (each for pattern in _PLUGIN for each in sorted(Path("/").glob(pattern)))
    return next(places, None)


def configure(directory: Path, port: int, address: str = "127.0.0.1") -> Path:
    """Write the configuration into `directory`; who may connect, if that stands there, stays.

    Returns the configuration's path. Raises OSError.
    """
    plugin = find_plugin()
    if plugin is None:
        raise OSError("mosquitto_dynamic_security.so is not on this machine; Debian's package mosquitto has it")
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / ACCESS).exists():
        whole_file.replace(directory / ACCESS, dynamic_security.document([]))
    filled = Template((SHIPPED / "mosquitto.conf").read_text()).safe_substitute(
        directory=directory, port=port, address=address, user=getpass.getuser(), plugin=plugin
    )
    path = directory / "mosquitto.conf"
    path.write_text(filled)
    return path


@dataclass
class Mosquitto:
    """One broker: started, killed and started again at will. Its files live in `directory`."""

    directory: Path
    port: int
    program: str
    address: str = "127.0.0.1"  # where it listens; 0.0.0.0: everywhere
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it listens. It ends with this process, even when that is killed.

        Raises OSError when another listens there, and when it ends at once or does not listen in time; its log
        stands in `directory`.
        """
        if self._listens():
            raise OSError(f"something listens on {self.address}:{self.port} already")
        path = configure(self.directory, self.port, self.address)
        with (self.directory / "mosquitto.log").open("ab") as log:
            self.process = leash.start(
                [self.program, "-c", str(path)],
                signal.SIGTERM,  # it saves what it holds
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until_s = time.monotonic() + START_TIMEOUT_S
        while not self._listens() and self.process.poll() is None and time.monotonic() < until_s:
            time.sleep(0.02)
        if self.process.poll() is not None or time.monotonic() >= until_s:
            self.kill()
            raise OSError(f"mosquitto does not listen on {self.port}; see {self.directory / 'mosquitto.log'}")

    def _listens(self) -> bool:
        everywhere = "0.0.0.0"  # noqa: S104 - it is looked for, not bound
        return listens("127.0.0.1" if self.address == everywhere else self.address, self.port)

    def kill(self) -> None:
        """As a power cut ends it: nothing is saved."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, by: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(by)
        self.process.wait(timeout=10)
        self.process = None


def listens(host: str, port: int) -> bool:
    """Somebody does, there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
