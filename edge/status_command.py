"""`forehand-edge status`: whether the agent runs, what waits to be sent, and what was allowed."""

import argparse
import fcntl
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from edge import config as configuration
from edge import spool_facts
from edge.config import ConfigError
from edge.spool_file import SPOOL_FILE

RUNNING, STOPPED, WRONG = 0, 1, 2


def main(words: list[str]) -> int:
    """0: the agent runs. 1: it does not. 2: agent.toml cannot be used."""
    parser = argparse.ArgumentParser(prog="forehand-edge status", description="Say what the agent here is doing.")
    parser.add_argument("config", type=Path, help="the agent's file, agent.toml")
    asked = parser.parse_args(words)
    try:
        config = configuration.load(asked.config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    folder = Path(config.state_dir)
    runs = is_used(folder)
    sys.stdout.write(f"{config.agent}: {'running' if runs else 'not running'}; devices: {len(config.devices)}\n")
    for line in kept(folder / SPOOL_FILE):
        sys.stdout.write(f"  {line}\n")
    return RUNNING if runs else STOPPED


def is_used(folder: Path) -> bool:
    """Somebody holds the folder's lock."""
    try:
        with (folder / "lock").open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def kept(path: Path) -> list[str]:
    """What the spool says, read without writing to it."""
    if not path.exists():
        return ["nothing is kept yet: it has not run in this folder"]
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            waiting = db.execute("SELECT lane, COUNT(*) FROM messages GROUP BY lane ORDER BY lane").fetchall()
            (gaps,) = db.execute("SELECT COUNT(*) FROM gaps").fetchone()
            wish = spool_facts.desired(db)
    except sqlite3.DatabaseError as error:
        return [f"what is kept cannot be read now: {error}"]
    lines = [f"waiting for the cloud: {count} {lane}" for lane, count in waiting] or ["nothing waits for the cloud"]
    if gaps:
        lines.append(f"{gaps} gaps are still to be told")
    if wish is None:
        return [*lines, "the cloud has not said yet what may leave this home: nothing does"]
    allowed = ", ".join(sorted(purpose.value for purpose in wish.purposes)) or "nothing"
    return [*lines, f"allowed to leave this home: {allowed} (consent {wish.consent}); a look each {wish.poll_s} s"]
