"""`python -m scripts.recipe`: the steps of the images' recipe, run here, where there is no container engine.

Each stage gets a folder for what it copies and a Python environment for what it installs; what only a container can do
(users, mounts) is named and left out. At the end what the image would start says how it is used.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECIPE = ROOT / "deploy" / "docker" / "Dockerfile"
_INSTALLS = "python -m pip install "


class RecipeError(Exception):
    """A step that cannot be run, or failed; the message names it."""


@dataclass
class Stage:
    """One FROM with what follows."""

    name: str
    parent: str
    steps: list[tuple[str, str]] = field(default_factory=list)


def stages(text: str) -> list[Stage]:
    """Raises RecipeError for a FROM without a name."""
    found: list[Stage] = []
    for line in text.splitlines():
        verb, _, rest = line.strip().partition(" ")
        if verb == "FROM":
            parent, _, name = rest.partition(" AS ")
            if not name:
                raise RecipeError(f"a stage without a name: {line}")
            found.append(Stage(name, parent))
        elif verb and verb != "#":
            found[-1].steps.append((verb, rest))
    return found


@dataclass
class Image:
    """What a stage has come to."""

    folder: Path
    python: Path
    entrypoint: list[str] = field(default_factory=list)

    def run(self, verb: str, rest: str) -> str:
        """What was done. Raises RecipeError."""
        if verb == "COPY":
            return self._copy(*rest.split())
        if verb == "RUN" and rest.startswith(_INSTALLS):
            return self._install(rest.removeprefix("python "))
        if verb == "ENTRYPOINT":
            self.entrypoint = json.loads(rest)
            return "noted"
        return "left out: only a container has it"

    def starts(self) -> str:
        """The first line of what it says of its use. Raises RecipeError."""
        return self._python([*self.entrypoint[1:], "--help"]).splitlines()[0]

    def _copy(self, source: str, target: str) -> str:
        there, here = ROOT / source, self.folder / target
        here.parent.mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            shutil.copytree(there, here, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(there, here)
        return "copied"

    def _install(self, words: str) -> str:
        self._python(words.split())
        return "installed"

    def _python(self, words: list[str]) -> str:
        done = subprocess.run([self.python, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RecipeError(f"python {' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout


def main() -> int:
    """1: a step failed."""
    with tempfile.TemporaryDirectory() as work:
        environment = Path(work) / "environment"
        venv.create(environment, with_pip=True)
        image = Image(Path(work) / "app", environment / "bin" / "python")  # a later stage goes on where one ended
        image.folder.mkdir()
        try:
            for stage in stages(RECIPE.read_text()):
                print(f"{stage.name}, from {stage.parent}", flush=True)
                for verb, rest in stage.steps:
                    print(f"  {verb} {rest}: {image.run(verb, rest)}", flush=True)
                print(f"  starts: {image.starts()}", flush=True)
        except RecipeError as error:
            print(f"failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
