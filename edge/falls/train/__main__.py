"""`python -m edge.falls.train --data A.npz B.npz ... --to edge/falls/models/NAME`: the model, its card, its votes.

Writes NAME.npz (the numbers that are shipped), NAME.md (the card) and NAME.votes.npz (what each left-out person was
taken for, from which `python -m benchmarks falls` makes its table). The layout of the data: see `recordings.py`.
Deterministic: the same data, recipe and machine give the same files. Set OMP_NUM_THREADS=1 where workers are several.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from edge.falls.model import Model
from edge.falls.train.card import Report, card
from edge.falls.train.examples import examples
from edge.falls.train.recordings import Recording, read
from edge.falls.train.validation import Meaning, Recipe, all_in, left_out, meaning, shown
from edge.falls.trigger import TRIGGER_MG


def main(words: list[str]) -> int:
    asked = _parser().parse_args(words)
    try:
        recordings = [recording for path in asked.data for recording in read(path)]
    except (OSError, KeyError) as error:
        _say(f"cannot be read: {error}. The layout is told in edge/falls/train/recordings.py")
        return 2
    recipe = Recipe(asked.networks, asked.copies, asked.epochs, asked.folds, asked.seed)
    _say(f"{len(recordings)} recordings of {len({each.person for each in recordings})} people")
    _made(recordings, recipe, asked)
    return 0


def _made(recordings: list[Recording], recipe: Recipe, asked: argparse.Namespace) -> None:
    found = examples(recordings, asked.trigger_mg)
    _say(f"{len(found.is_fall)} peaks, {found.is_fall.sum()} of them falls")
    seen = shown(found, [each.person for each in recordings], recipe)
    votes = left_out(seen, recipe, asked.workers, _say)
    means = meaning(votes[found.is_taught], found.is_fall[found.is_taught])
    networks = all_in(seen, recipe, asked.workers)
    model = Model(networks, asked.trigger_mg, means.percents(), means.points(), _provenance(recordings, recipe, means))
    report = Report(
        recordings, found.recording, found.at_s, found.is_fall, found.is_taught, votes, means.probability(votes)
    )
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    model.save(asked.to.with_suffix(".npz"))
    text = card(asked.to.name, report, means.points(), recipe)
    asked.to.with_suffix(".md").write_text(text)
    np.savez_compressed(
        asked.to.with_suffix(".votes.npz"),
        set_name=np.array([recordings[number].set_name for number in found.recording]),
        number=_within_set(recordings, found.recording), at_s=found.at_s.astype(np.float32), vote=votes,
        is_fall=found.is_fall, is_taught=found.is_taught,
    )  # fmt: skip
    sys.stdout.write(text)


def _provenance(recordings: list[Recording], recipe: Recipe, means: Meaning) -> dict[str, object]:
    sets = sorted({each.set_name for each in recordings})
    people = {name: len({each.person for each in recordings if each.set_name == name}) for name in sets}
    return {"people": people, "recipe": vars(recipe), "slope": means.slope, "offset": means.offset}


def _within_set(recordings: list[Recording], numbers: np.ndarray) -> np.ndarray:
    """The number of each recording within its own set."""
    first: dict[str, int] = {}
    for number, recording in enumerate(recordings):
        first.setdefault(recording.set_name, number)
    return np.array([number - first[recordings[number].set_name] for number in numbers])


def _parser() -> argparse.ArgumentParser:
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="python -m edge.falls.train", description="Fit and judge a fall detector.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="sets in the documented layout")
    parser.add_argument("--to", type=Path, required=True, help="where, without an ending: edge/falls/models/wrist")
    parser.add_argument("--trigger-mg", type=int, default=TRIGGER_MG, help="least acceleration of a peak")
    parser.add_argument("--networks", type=int, default=usual.networks)
    parser.add_argument("--copies", type=int, default=usual.copies, help="tellings of each peak by other wristbands")
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--folds", type=int, default=usual.folds)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--workers", type=int, default=1)
    return parser


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
