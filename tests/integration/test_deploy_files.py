"""What deploy/ says fits together: the compose file, its secrets, the images' recipes, the dashboard."""

import json
import re
import shutil
import socket
import subprocess
from dataclasses import replace
from string import Template

import pytest
import yaml
from fastapi.testclient import TestClient

from cloud import db
from cloud.settings import Settings
from cloud.web import application
from contract.permissions import CLOUD_USERS
from tests.reviewing import Home
from tests.shared import ROOT, needs_program
from tests.web_api_world import World

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
QUERIES = [rule["expr"] for group in yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"]
           for rule in group["rules"]]  # fmt: skip
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "forehand.json").read_text())


def test_compose_itself_takes_the_file(tmp_path):
    program = needs_program("docker-compose")
    shutil.copytree(DEPLOY, tmp_path / "deploy")

    done = subprocess.run([program, "config", "--quiet"], cwd=tmp_path / "deploy", capture_output=True, text=True,
                          check=False)  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")


def test_every_secret_is_drawn_and_no_service_has_one_that_it_does_not_need(tmp_path):
    shutil.copy(DEPLOY / "make-secrets", tmp_path)
    subprocess.run([tmp_path / "make-secrets"], check=True, capture_output=True)
    before = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run([tmp_path / "make-secrets"], check=True, capture_output=True)

    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == before
    assert {each["file"] for each in COMPOSE["secrets"].values()} == {f"./secrets/{name}" for name in before}
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    having = {name: set(service.get("secrets", [])) for name, service in SERVICES.items()}
    assert set.union(*having.values()) == set(COMPOSE["secrets"])
    assert {n for n, has in having.items() if "forehand_broker_keeper_password" in has} == {"jobs", "broker-file"}
    assert "forehand_credential_key" not in having["ingest"] | having["ingest-2"]


def test_settings_of_the_services_exist_and_each_has_a_name_at_the_broker():
    users = []
    for name, service in SERVICES.items():
        given = {key for key in service.get("environment", {}) if key.startswith("FOREHAND_")}
        assert {key.removeprefix("FOREHAND_").lower() for key in given} <= Settings.model_fields.keys(), name
        if "FOREHAND_BROKER_USERNAME" in given:
            users.append(service["environment"]["FOREHAND_BROKER_USERNAME"])

    assert sorted(users) == sorted(set(users))
    assert set(users) == {"cloud-web", "cloud-ingest", "cloud-ingest-2", "cloud-jobs"} <= set(CLOUD_USERS)


def test_the_brokers_configuration_is_the_one_that_we_ship():
    filled = Template((DEPLOY / "mosquitto" / "mosquitto.conf").read_text()).safe_substitute(
        directory="/broker", port=1883, address="0.0.0.0", user="mosquitto",  # noqa: S104 - in a container
        plugin="/usr/lib/mosquitto_dynamic_security.so",
    )  # fmt: skip

    assert (DEPLOY / "docker" / "mosquitto.conf").read_text() == filled


def test_what_an_image_copies_is_there_and_every_package_that_is_imported_comes_along():
    recipe = (DEPLOY / "docker" / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (\S+)", recipe, re.MULTILINE)

    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert {"contract", "kit", "cloud", "edge", "simulator"} <= set(copied)
    for service in SERVICES.values():
        if "build" in service:
            assert f" AS {service['build']['target']}\n" in recipe


def test_the_locks_of_the_images_say_the_same_as_the_one_that_is_tested():
    tested = set(re.findall(r"^(\S+==\S+)", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE))
    for name in ("cloud", "simulator"):
        locked = set(re.findall(r"^(\S+==\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
        assert locked
        assert locked <= tested


@pytest.fixture
def shown(database_url) -> set[str]:
    """The names of all that a process with every role shows at /metrics."""
    engine = db.engine(database_url)
    world = World(Home(engine))
    names = ("messages", "over_limit", "poisonous")
    counted = {f"{lane}ingest_{name}": 0.0 for lane in ("", "alarm_") for name in names}
    with TestClient(application.status(replace(world.web, counted=lambda: counted))) as client:
        text = client.get("/metrics").text
    engine.dispose()
    return set(re.findall(r"^(forehand_\w+)", text, re.MULTILINE))


def test_dashboard_and_rules_ask_for_what_is_shown(shown):
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]

    assert set(re.findall(r"forehand_\w+", " ".join(asked + QUERIES))) <= shown


def test_prometheus_takes_its_files():
    program = needs_program("promtool")

    done = subprocess.run([program, "check", "config", DEPLOY / "prometheus" / "prometheus.yml"], check=False,
                          capture_output=True)  # fmt: skip

    assert done.returncode == 0, done.stderr


def documented(begins: str) -> str:
    """The lines of a command in docs/install.md, up to the end of its block or a blank line."""
    text = (ROOT / "docs" / "install.md").read_text()
    return re.split(r"\n```|\n\n", text[text.index(begins) :])[0]


def test_the_documented_brokers_configuration_has_nothing_left_to_fill_in():
    command = documented("sed -e 's#\\$directory").split(" > /etc/mosquitto")[0]

    made = subprocess.run(["sh", "-c", command], check=True, cwd=ROOT, capture_output=True, text=True).stdout

    assert "$" not in "".join(line for line in made.splitlines() if not line.startswith("#"))
    assert "\nplugin /usr/lib/" in made


def test_the_documented_proxys_configuration_is_one_that_nginx_takes(tmp_path):
    program = needs_program("nginx")
    subprocess.run([DEPLOY / "make-secrets", tmp_path / "secrets"], check=True, capture_output=True)
    command = documented("{ echo 'include /etc/nginx").split("> /etc/nginx/nginx.conf")[0]
    made = subprocess.run(["sh", "-c", command], check=True, cwd=ROOT, capture_output=True, text=True).stdout
    conf = tmp_path / "nginx.conf"
    conf.write_text(made.replace("/etc/forehand/secrets", str(tmp_path / "secrets")))

    ours, its = socket.socketpair()  # what a service's standard error is under systemd
    with ours, its:
        told = subprocess.run([program, "-e", "stderr", "-t", "-c", conf], check=False, stderr=its)
        its.close()
        said = ours.recv(65_536).decode()

    assert told.returncode == 0, said
