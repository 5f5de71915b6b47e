"""`python -m scripts.topology FOLDER`: the services of deploy/docker-compose.yml as processes on this machine.

For trying the topology where no containers are: the same commands, environment, secrets, broker and proxy
configuration; only names and ports are others, all on loopback. PostgreSQL's and other images are what is installed
here. The database is new each time. It ends with Ctrl-C, and everything it started with it.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kit import leash, mosquitto
from kit.mosquitto import ACCESS, free_port
from tests.support.databases import PostgresServer

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
ONE_SHOT, NOT_HERE = {"broker-file"}, {"grafana", "backup"}
STARTS_WITHIN_S = 90.0
LISTENS = {
    "broker": (1883,), "web": (8000,), "ingest": (9101,), "ingest-2": (9101,), "jobs": (9101,), "mail": (8025, 8026),
    "supplier": (8090,), "proxy": (80, 443, 8883), "prometheus": (9090,),
}  # fmt: skip


@dataclass
class Topology:
    """What runs. `ports`: where each service listens here, by its name and its port in the file."""

    folder: Path
    services: dict[str, Any]
    env: dict[str, str]
    ports: dict[tuple[str, int], int] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def at(self, service: str, port: int) -> int:
        return self.ports[service, port]

    def here(self, text: str) -> str:
        """Names and ports of the file as they are on this machine."""
        names = "|".join(sorted({name for name, _ in self.ports}, key=len, reverse=True))
        found = re.compile(rf"(?<![\w-])({names}):(\d+)\b")
        return found.sub(lambda m: f"127.0.0.1:{self.at(m[1], int(m[2]))}" if self._is_known(m) else m[0], text)

    def start(self, name: str) -> None:
        """A service of our own image, with the environment and only the secrets that the file gives it."""
        service = self.services[name]
        words = [self.here(str(word)) for word in service["command"]]
        program = "simulator" if name in {"mail", "supplier"} else "cloud"
        if program == "simulator":
            words = [self._port(name, word) for word in words if word not in {"--host", "0.0.0.0"}]  # noqa: S104
        self.spawn(name, [sys.executable, "-m", program, *words], self.environment(name))

    def environment(self, name: str) -> dict[str, str]:
        service = self.services[name]
        secrets = self.folder / "secrets-of" / name
        secrets.mkdir(parents=True, exist_ok=True)
        for secret in service.get("secrets", []):
            (secrets / secret).write_text(self.here((self.folder / "secrets" / secret).read_text()))
        given = {key: self._value(name, key, str(value)) for key, value in service.get("environment", {}).items()}
        return {**self.env, **given, "FOREHAND_SECRETS_DIR": str(secrets), "FOREHAND_DATA_DIR": str(self.folder / name)}

    def spawn(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = leash.start(
                command, signal.SIGTERM, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env, cwd=ROOT
            )

    def stop(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process is not None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running.pop(name).wait()

    def says(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _is_known(self, found: "re.Match[str]") -> bool:
        return (found[1], int(found[2])) in self.ports

    def _value(self, name: str, key: str, value: str) -> str:
        value = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda m: self.env.get(m[1], m[2]), value)
        if key == "FOREHAND_BROKER_PORT":
            return str(self.at("broker", int(value)))
        if key == "FOREHAND_AGENTS_BROKER_PORT":
            return str(self.at("proxy", int(value)))
        if key in {"FOREHAND_STATUS_PORT", "FOREHAND_WEB_PORT"}:
            return str(self.ports[name, int(value)] if (name, int(value)) in self.ports else free_port())
        if key == "FOREHAND_PUBLIC_URL":
            return f"https://localhost:{self.at('proxy', 443)}"
        return "127.0.0.1" if key.endswith("_HOST") and value != "localhost" else self.here(value)

    def _port(self, name: str, word: str) -> str:
        return str(self.ports.get((name, int(word)), word)) if word.isdigit() else word


@contextmanager
def up(folder: Path, extra: tuple[str, ...] = ("mail", "supplier", "prometheus")) -> Iterator[Topology]:
    """Everything listens. Raises RuntimeError naming what does not; its log stands in `folder`."""
    services = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())["services"]
    made = Topology(folder, services, {**os.environ, "PYTHONPATH": str(ROOT)})
    made.ports = {(name, port): free_port() for name, ports in LISTENS.items() for port in ports}
    with ExitStack() as stack:
        folder.mkdir(parents=True, exist_ok=True)
        _draw_secrets(made)
        _start_postgres(made, stack)
        _start_broker(made)
        stack.callback(lambda: [made.stop(name) for name in reversed(list(made.running))])
        for name in ("mail", "supplier", "web", "ingest", "ingest-2", "jobs"):
            if name in services and (name in extra or name not in {"mail", "supplier"}):
                made.start(name)
        _start_proxy(made)
        if "prometheus" in extra and shutil.which("prometheus"):
            _start_prometheus(made)
        for name in list(made.running):
            _wait_for(made, name)
        yield made


def _draw_secrets(made: Topology) -> None:
    command = [str(DEPLOY / "make-secrets"), str(made.folder / "secrets")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=made.env)


def _start_postgres(made: Topology, stack: ExitStack) -> None:
    server = PostgresServer(Path(stack.enter_context(_short_folder())))
    server.start()
    stack.callback(server.stop)
    (made.folder / "secrets" / "forehand_database_url").write_text(server.fresh("forehand", migrated=False))


@contextmanager
def _short_folder() -> Iterator[str]:
    """A socket's path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="topology-") as folder:
        yield folder


def _start_broker(made: Topology) -> None:
    """With the file that `broker-file` writes, as the service of that name does."""
    directory = made.folder / "broker"
    directory.mkdir(exist_ok=True)
    if not (directory / ACCESS).exists():
        command = [sys.executable, "-m", "cloud", "broker-file", str(directory / ACCESS)]
        subprocess.run(command, check=True, env=made.environment("broker-file"), cwd=ROOT)
    text = (DEPLOY / "docker" / "mosquitto.conf").read_text()
    for there, here in {
        "/broker": str(directory),
        "/usr/lib/mosquitto_dynamic_security.so": str(mosquitto.find_plugin()),
        "listener 1883 0.0.0.0": f"listener {made.at('broker', 1883)} 127.0.0.1",
        "user mosquitto": f"user {os.environ.get('USER', 'root')}",
    }.items():
        text = text.replace(there, here)
    (directory / "mosquitto.conf").write_text(text)
    made.spawn("broker", [str(mosquitto.find()), "-c", str(directory / "mosquitto.conf")])
    _wait_for(made, "broker")


def _start_proxy(made: Topology) -> None:
    text = made.here((DEPLOY / "proxy" / "nginx.conf").read_text())
    for port in (80, 443, 8883):
        text = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{made.at('proxy', port)}", text)
    text = text.replace("/run/secrets", str(made.folder / "secrets")).replace(
        "/run/nginx.pid", str(made.folder / "nginx.pid")
    )
    text = text.replace("http2 on;", "")  # older than 1.25
    module = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    loads = f"load_module {module};\n" if module.exists() else ""
    (made.folder / "nginx.conf").write_text(f"{loads}daemon off;\n{text}")
    made.spawn("proxy", [str(shutil.which("nginx")), "-e", "stderr", "-c", str(made.folder / "nginx.conf")])


def _start_prometheus(made: Topology) -> None:
    folder = made.folder / "prometheus"
    shutil.copytree(DEPLOY / "prometheus", folder, dirs_exist_ok=True)
    config = folder / "prometheus.yml"
    config.write_text(made.here(config.read_text()).replace("15s", "1s"))
    made.spawn(
        "prometheus",
        [
            "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{made.at('prometheus', 9090)}",
        ],
    )  # fmt: skip


def _wait_for(made: Topology, name: str) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    for port in (made.ports[name, port] for port in LISTENS[name]):
        while not mosquitto.listens("127.0.0.1", port):
            if made.running[name].poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{name} does not listen: {made.says(name)[-2000:]}")
            time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.topology", description=__doc__)
    parser.add_argument("folder", type=Path, help="where its data, secrets and logs go")
    folder = parser.parse_args().folder.resolve()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with up(folder) as made:
        sys.stdout.write(
            f"pages: https://localhost:{made.at('proxy', 443)}   MQTT with TLS: {made.at('proxy', 8883)}\n"
        )
        sys.stdout.write(
            f"mail: http://127.0.0.1:{made.at('mail', 8026)}   authority: {folder}/secrets/tls_certificate\n"
        )
        sys.stdout.write(
            f"commands: FOREHAND_SECRETS_DIR={folder}/secrets-of/jobs FOREHAND_PUBLIC_URL=https://localhost:"
            f"{made.at('proxy', 443)} {sys.executable} -m cloud household add Ada\n"
        )
        sys.stdout.write(f"not started here: {', '.join(sorted(NOT_HERE))}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
