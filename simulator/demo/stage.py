"""Sets the stage: files, passwords, the household moved in, every process started and listening."""

import secrets
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kit.clock import ScaledClock
from simulator import scenario_loading
from simulator.demo import agent_file, ports
from simulator.demo import broker as brokers
from simulator.demo.band import Band
from simulator.demo.broker import Broker
from simulator.demo.children import ChildError, Children
from simulator.demo.guest import Guest
from simulator.demo.household import Household
from simulator.demo.safety import STAFF
from simulator.demo.sight import Sight
from simulator.demo.view import Places
from simulator.demo.wishes import Wishes
from simulator.home import Home
from simulator.mail import MailCatcher
from simulator.move_in import AGENT
from simulator.randomness import stream
from simulator.scenario import Scenario
from simulator.supplier.server import SupplierServer
from simulator.trade import Trade

PASSWORD = "forehand-try-out"  # noqa: S105 - of a household that does not exist, on loopback
_WAKES_AT = 6.0
_STARTS_WITHIN_S = 40.0
_TRY_OUT_NOTE = "Mosquitto is not here: amqtt takes its place, for a try-out only (MQTT 3.1.1, forgets what waits)."


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    scenario: Scenario
    clock: ScaledClock
    children: Children
    world: "World"
    guest: Guest
    places: Places

    def sight(self) -> Sight:
        """What stands now; what the supplier has left at the door is taken in on the way."""
        for sku, count, at in self.world.trade.arrived():
            product, packs_each = self.guest.goods[sku]
            with self.world.household.lock:
                self.world.household.home.delivered(product, count * packs_each, at)
        return self.guest.sight(self.clock.now())


@dataclass(frozen=True)
class World:
    """What is outside of the product: the family, their supplier, their mail. Threads of this process."""

    household: Household
    band: Band
    trade: Trade
    supplier: SupplierServer
    catcher: MailCatcher


def set_up(wishes: Wishes, folder: Path, open_ones: ExitStack, ended: threading.Event) -> Stage | None:
    """None: ended before it was ready. Raises ChildError, ScenarioError, OSError."""
    loaded = scenario_loading.load(wishes.scenario)
    today = datetime.now(ZoneInfo(loaded.household.time_zone)).date()
    scenario = scenario_loading.moved(loaded, wishes.begins or today)
    home = Home(scenario, wishes.seed)
    clock = ScaledClock.start(folder / "clock.json", home.now + timedelta(hours=_WAKES_AT), rate=1.0)
    children = Children(folder / "logs")
    open_ones.callback(children.stop)
    port = ports.free(wishes.web_port)
    page = f"http://{ports.LOOPBACK}:{port}"
    world = _world(home, clock, folder, f"{page}{Guest.WEBHOOKS}", open_ones)
    guest = Guest(folder / "cloud" / "forehand.db")
    open_ones.callback(guest.leave)
    broker = brokers.prepare(folder, try_out=wishes.try_out_broker)
    password = _moved_in(guest, scenario, world, clock.now())
    cloud_password = secrets.token_urlsafe(24)
    broker.access.write_text(guest.broker_file(cloud_password, clock.now()))
    (folder / "home" / "agent.toml").write_text(_agent_toml(scenario, broker, world, password))
    env = _cloud_env(guest, broker, folder, port, world.catcher.smtp_url)
    env["FOREHAND_BROKER_PASSWORD"] = cloud_password
    _start(children, broker, env, folder, port)
    notes = (_TRY_OUT_NOTE,) if broker.try_out else ()
    who = f"{scenario.household.people[0].email}, password {PASSWORD}"
    staff = f"{STAFF.email}, same password, in a private window"
    stage = Stage(scenario, clock, children, world, guest, Places(page, who, world.catcher.web_url, staff, notes))
    return stage if _settled(stage, ended) else None


def _world(home: Home, clock: ScaledClock, folder: Path, webhooks: str, open_ones: ExitStack) -> World:
    household = Household(home, clock, folder / "home" / agent_file.WEIGHTS)
    household.start()
    open_ones.callback(household.stop)
    band = Band(stream(home.seed, "wristband"))
    band.start()
    open_ones.callback(band.stop)
    catcher = MailCatcher()
    catcher.start()
    open_ones.callback(catcher.stop)
    trade = Trade(home.scenario.supplier, home.seed)
    supplier = SupplierServer(trade.desk, clock, webhook_url=webhooks)
    supplier.start()
    open_ones.callback(supplier.stop)
    return World(household, band, trade, supplier, catcher)


def _moved_in(guest: Guest, scenario: Scenario, world: World, now: datetime) -> str:
    """The agent's password at the broker."""
    lodging = guest.move_in(scenario, world.supplier.url, now)
    for email in (lodging.persons[0].email, guest.add_staff(now)):
        guest.add_account(email, PASSWORD)
    guest.add_calendar(world.household.calendar_address, world.household.calendar_says(), now)
    return lodging.agent_password


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
            for contact in stage.scenario.wristband.contacts if stage.scenario.wristband else []:
                stage.guest.add_account(contact.email, PASSWORD)
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


def _agent_toml(scenario: Scenario, broker: Broker, world: World, password: str) -> str:
    household, band = world.household, world.band
    return f"""# Written by the demo; a real one comes from `python -m cloud agents add NAME`.
agent = "{AGENT}"
state_dir = "state"
poll_s = {scenario.poll_s}

[broker]
host = "{ports.LOOPBACK}"
port = {broker.port}
password = "{password}"
protocol = "{broker.protocol}"

{agent_file.devices(scenario, household.printer_address, band.address)}"""
