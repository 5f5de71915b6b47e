"""Sets the stage: files, passwords, the household moved in, every process started and listening."""

import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kit import mosquitto_passwords
from kit.clock import ScaledClock
from simulator import habits, scenario_loading
from simulator.demo import broker as brokers
from simulator.demo import ports
from simulator.demo.broker import Broker
from simulator.demo.children import ChildError, Children
from simulator.demo.guest import Guest
from simulator.demo.household import Household
from simulator.demo.sight import Sight
from simulator.demo.view import Places
from simulator.home import Home
from simulator.mail import MailCatcher
from simulator.move_in import AGENT
from simulator.scenario import Scenario
from simulator.supplier.server import SupplierServer
from simulator.trade import Trade

PASSWORD = "forehand-try-out"  # noqa: S105 - of a household that does not exist, on loopback
_WAKES_AT = 6.0
_STARTS_WITHIN_S = 40.0
_TRY_OUT_NOTE = (
    "Mosquitto is not on this machine: amqtt takes its place, for a try-out only (MQTT 3.1.1, forgets what waits)."
)


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    scenario: Scenario
    clock: ScaledClock
    children: Children
    household: Household
    trade: Trade
    guest: Guest
    places: Places

    def sight(self) -> Sight:
        """What stands now; what the supplier has left at the door is taken in on the way."""
        for sku, count, at in self.trade.arrived():
            product, packs_each = self.guest.goods[sku]
            with self.household.lock:
                self.household.home.delivered(product, count * packs_each, at)
        return self.guest.sight(self.clock.now())


def set_up(
    path: Path, seed: int, folder: Path, web_port: int, open_ones: ExitStack, ended: threading.Event
) -> Stage | None:
    """None: ended before it was ready. Raises ChildError, ScenarioError, OSError."""
    loaded = scenario_loading.load(path)
    scenario = scenario_loading.moved(loaded, datetime.now(ZoneInfo(loaded.household.time_zone)).date())
    home = Home(scenario, seed)
    clock = ScaledClock.start(folder / "clock.json", home.now + timedelta(hours=_WAKES_AT), rate=1.0)
    children = Children(folder / "logs")
    open_ones.callback(children.stop)
    household = Household(home, clock, folder / "home" / "fridge.csv")
    household.start()
    open_ones.callback(household.stop)
    catcher = MailCatcher()
    catcher.start()
    open_ones.callback(catcher.stop)
    port = ports.free(web_port)
    page = f"http://{ports.LOOPBACK}:{port}"
    trade = Trade(scenario.supplier, seed)
    supplier = SupplierServer(trade.desk, clock, webhook_url=f"{page}{Guest.WEBHOOKS}")
    supplier.start()
    open_ones.callback(supplier.stop)
    guest = Guest(folder / "cloud" / "forehand.db")
    open_ones.callback(guest.leave)
    lodging = guest.move_in(scenario, supplier.url, clock.now())
    guest.add_account(lodging, PASSWORD)
    guest.add_calendar(household.calendar_address, household.calendar_says(), clock.now())
    broker = brokers.prepare(folder)
    mosquitto_passwords.put(broker.passwords, guest.agent_entry(lodging))
    env = _cloud_env(guest, broker, folder, port, catcher.smtp_url)
    env["FOREHAND_BROKER_PASSWORD"] = brokers.add_user(broker, brokers.CLOUD_USER)
    (folder / "home" / "agent.toml").write_text(_agent_toml(scenario, broker, household, lodging.agent_password))
    _start(children, broker, env, folder, port)
    notes = (_TRY_OUT_NOTE,) if broker.try_out else ()
    who = scenario.household.people[0].email
    places = Places(page, f"{who}, password {PASSWORD}", catcher.web_url, notes)
    stage = Stage(scenario, clock, children, household, trade, guest, places)
    return stage if _settled(stage, ended) else None


def _start(children: Children, broker: Broker, env: dict[str, str], folder: Path, port: int) -> None:
    brokers.start(broker, children)
    cloud = children.start("cloud", [sys.executable, "-m", "cloud"], env)
    agent = [sys.executable, "-m", "edge", "--config", str(folder / "home" / "agent.toml")]
    children.start("agent", [*agent, "--clock", str(folder / "clock.json")])
    if not ports.wait_for(port, _STARTS_WITHIN_S, cloud.is_alive):
        raise ChildError(f"the cloud does not answer on {port}. The end of {cloud.log}:\n{cloud.last_words()}")


def _settled(stage: Stage, ended: threading.Event) -> bool:
    """Wait for the agent's first words, and give its slots what the household begins with. False: ended before."""
    since = datetime.now(UTC)
    while not ended.wait(0.1):
        stage.children.check()
        if stage.guest.settle(stage.scenario, stage.clock.now()):
            return True
        if datetime.now(UTC) - since > timedelta(seconds=_STARTS_WITHIN_S):
            raise ChildError(f"the cloud has heard nothing of the agent; see {stage.children.folder}")
    return False


def _cloud_env(guest: Guest, broker: Broker, folder: Path, port: int, smtp_url: str) -> dict[str, str]:
    return {
        "FOREHAND_DATABASE_URL": guest.url,
        "FOREHAND_DATA_DIR": str(folder / "cloud"),
        "FOREHAND_BROKER_HOST": ports.LOOPBACK,
        "FOREHAND_BROKER_PORT": str(broker.port),
        "FOREHAND_BROKER_USERNAME": brokers.CLOUD_USER,
        "FOREHAND_BROKER_PROTOCOL": broker.protocol,
        "FOREHAND_WEB_PORT": str(port),
        "FOREHAND_PUBLIC_URL": f"http://{ports.LOOPBACK}:{port}",
        "FOREHAND_SMTP_URL": smtp_url,
        "FOREHAND_CLOCK_FILE": str(folder / "clock.json"),
        "FOREHAND_ALLOW_PRIVATE_FEEDS": "true",
        "FOREHAND_TICK_S": "0.1",
        "PYTHONUNBUFFERED": "1",
    }


def _agent_toml(scenario: Scenario, broker: Broker, household: Household, password: str) -> str:
    scale = scenario.scale
    return f"""# Written by the demo; a real one comes from `python -m cloud agents add NAME`.
agent = "{AGENT}"
state_dir = "state"
poll_s = {scenario.poll_s}

[broker]
host = "{ports.LOOPBACK}"
port = {broker.port}
password = "{password}"
protocol = "{broker.protocol}"

[[devices]]
type = "ipp"
name = "{scenario.printer.name}"
address = "{household.printer_address}"

[[devices]]
type = "scale"
name = "{scale.name}"
address = "fridge.csv"
description = "{scale.description}"
serial = "{scale.serial}"
container_g = {scale.container_g}
noise_g = {max(5.0, 3 * scale.noise_g)}
"""


def first_morning(scenario: Scenario) -> datetime:
    """When the household of a demo wakes up."""
    return habits.local_moment(scenario.start, _WAKES_AT, ZoneInfo(scenario.household.time_zone))
