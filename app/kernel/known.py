"""Master data that the transactions of this process share, so that a command does not read the same item and unit anew.

The head of the store names the feed position of the last command that changed master data. What was read at one such position
holds for every transaction that begins at it; a transaction that begins at another starts from nothing. Only committed rows that
were read without a lock get in: a unit of work that has changed master data itself neither asks nor tells.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Final

_MOST_LOOKUPS: Final = 20_000


@dataclass
class Known:
    """What has been read of master data at one of its positions: by table, columns and values, the rows found."""

    position: int
    lookups: dict[tuple[str, tuple[str, ...], Any], tuple[dict[str, Any], ...]] = field(default_factory=dict)


class MasterDataCache:
    """The newest `Known` of a store; it is let go when it grows past a bound."""

    def __init__(self, most: int = _MOST_LOOKUPS) -> None:
        self._most = most
        self._newest = Known(-1)
        self._turning = threading.Lock()

    def at(self, position: int) -> Known:
        """Return what is known at a position of the master data; nothing yet if it is a new one or not the newest."""
        newest = self._newest
        if newest.position == position and len(newest.lookups) < self._most:
            return newest
        with self._turning:
            if position < self._newest.position:
                return Known(position)
            if position > self._newest.position or len(self._newest.lookups) >= self._most:
                self._newest = Known(position)
            return self._newest
