"""What a maker's own objects add to the standard table: one supply, what is known of it, and how."""

from dataclasses import dataclass

from contract.fields import Supply
from edge.sensors.snmp_level import Judged


@dataclass(frozen=True)
class Private:
    """`key` names it among the maker's own; `index` is its place in the standard table, where the maker shares it.

    `noun` is the word by which a part is known in the standard table, such as `drum`.
    """

    key: str
    supply: Supply
    colour: str | None
    description: str
    judged: Judged
    raw: int
    index: int | None = None
    noun: str = ""
