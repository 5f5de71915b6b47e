"""Recorded people in the documented layout: one `.npz` for each set, all recordings one after another.

| field | type | meaning |
|---|---|---|
| acc_mg | int16 (S, 3) | acceleration with gravity, milli-g |
| offset | int64 (T + 1) | recording i is rows offset[i]:offset[i + 1] |
| fs | float32 (T) | samples per second |
| subject, age_group, activity | text (T) | who (a number within the set), young / older / elderly, what they did |
| is_fall | bool (T) | |
| fall_start | float32 (T) | seconds, NaN where nobody noted it |
| impact | float32 (T) | seconds: the largest acceleration of the fall |
| meta | JSON text | `source`, `place`, `device`, `licence`, as far as they are known |
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.falls.resampling import Samples

REACH_S = 10.0
"""After the impact; a fall found later is not found."""
_NOTICED_S = 2.0


@dataclass(frozen=True)
class Recording:
    """One person doing one thing once. `person` is unique among all sets."""

    set_name: str
    person: str
    age_group: str
    activity: str
    fs_hz: float
    acc_mg: Samples
    is_fall: bool
    start_s: float
    impact_s: float

    @property
    def hours(self) -> float:
        return len(self.acc_mg) / self.fs_hz / 3600

    def finds(self, at_s: float) -> bool:
        """A detection at that moment is one of this fall."""
        return self.start_s <= at_s <= self.impact_s + REACH_S


def read(path: Path) -> list[Recording]:
    """Raises KeyError for a field that is missing, OSError where there is no such file."""
    with np.load(path, allow_pickle=False) as file:
        fields = {name: file[name] for name in file.files}
    name = path.stem.removesuffix("_dev")
    return [_recording(name, fields, number) for number in range(len(fields["fs"]))]


def _recording(name: str, fields: dict[str, np.ndarray], number: int) -> Recording:
    first, end = fields["offset"][number : number + 2]
    impact_s, start_s = float(fields["impact"][number]), float(fields["fall_start"][number])
    return Recording(
        set_name=name,
        person=f"{name}/{fields['subject'][number]}",
        age_group=str(fields["age_group"][number]),
        activity=str(fields["activity"][number]),
        fs_hz=float(fields["fs"][number]),
        acc_mg=fields["acc_mg"][first:end].astype(np.int64),
        is_fall=bool(fields["is_fall"][number]),
        start_s=impact_s - _NOTICED_S if math.isnan(start_s) else min(start_s, impact_s),
        impact_s=impact_s,
    )
