"""Concurrency at full size: hot items by 8 processes, the last piece for 32 clerks, numbers with aborts, kills of the writer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.commands import place_for
from tests.company import founded, furnish
from tests.faults import rounds
from tests.quiet import quiet

_SIZES: Final[dict[str, dict[str, Any]]] = {
    "hot_items": {"processes": 8, "documents": 20_000},
    "last_piece": {"rounds": 1000, "clerks": 32},
    "numbers": {"count": 20_000},
    "kills": {"count": 1000},
}
_SMALL_SIZES: Final[dict[str, dict[str, Any]]] = {
    "hot_items": {"processes": 2, "documents": 20},
    "last_piece": {"rounds": 2, "clerks": 4},
    "numbers": {"count": 40},
    "kills": {"count": 2},
}
_DATABASES: Final = ("sqlite", "postgresql")

CELLS: Final = [{"database": d, "trouble": t, **sizes} for d in _DATABASES for t, sizes in _SIZES.items()]
SMALL: Final = [{"database": "sqlite", "trouble": t, **sizes} for t, sizes in _SMALL_SIZES.items()]


def run(database: str = "sqlite", trouble: str = "numbers", **size: Any) -> list[dict[str, Any]]:
    """Run one kind of trouble on one database.

    Args:
        database: `sqlite` or `postgresql`.
        trouble: `hot_items`, `last_piece`, `numbers` or `kills`.
        size: its size; the full one unless given.

    Returns:
        One row of what happened; lost, oversold, gaps and findings must be 0.
    """
    size = size or _SIZES[trouble]
    with (
        quiet(),
        tempfile.TemporaryDirectory(prefix="tallyworks-trouble-") as name,
        place_for(database, Path(name)) as place,
    ):
        folder, key_file = Path(name), Path(name) / "store.key"
        with founded(place, key_file=key_file) as company:
            furnish(company)
            if trouble in {"hot_items", "kills"}:
                seen = getattr(rounds, trouble)(company, key_file, folder, **size)
            else:
                seen = getattr(rounds, trouble)(company, **size)
    return [{"database": database, "trouble": trouble, **seen}]
