"""Series of daily use from a file, with whose they are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from cloud.consumption.uses import Array

# Kinds of use that count alike in training, however many series there are of each.
_KINDS = {
    "household": ("cj_household",),
    "shelf or device, now and then": ("cj_store_shelf", "ev_home_charging", "vending_machine", "coffee_machine"),
    "bought in lumps": ("uci_online_retail_sku",),
    "smooth or weekly": (
        "nn5_atm", "sgsc_home_electricity", "lcl_home_electricity", "uci_home_power", "cj_store_dept",
    ),
}  # fmt: skip
KIND_OF = {source: kind for kind, sources in _KINDS.items() for source in sources}


@dataclass(frozen=True)
class Series:
    """One place each for every series."""

    used: Sequence[Array]
    entities: Sequence[str]
    kinds: Sequence[str]

    def where(self, chosen: Sequence[bool]) -> "Series":
        rows = [n for n, is_chosen in enumerate(chosen) if is_chosen]
        return Series([self.used[n] for n in rows], [self.entities[n] for n in rows], [self.kinds[n] for n in rows])


def read(path: Path, split: str = "dev") -> Series:
    """Those of one split. A source that is not known is a kind of its own."""
    rows = pq.read_table(path, columns=["y", "entity", "source", "split"], filters=[("split", "=", split)]).to_pylist()
    return Series(
        [np.array(row["y"], dtype=float) for row in rows], [str(row["entity"]) for row in rows],
        [KIND_OF.get(row["source"], str(row["source"])) for row in rows],
    )  # fmt: skip


def fold(entity: str, folds: int) -> int:
    """Which part of the homes this one is in: never in two."""
    return int(hashlib.sha256(entity.encode()).hexdigest(), 16) % folds
