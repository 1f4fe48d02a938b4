"""What the feed asks of an operational store: its dialect, and a consistent read-only snapshot."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Source(Protocol):
    """An opened operational store, as the feed sees it."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    def reading(self, *, seconds: float | None = ...) -> AbstractContextManager[Connection]:
        """Open one consistent read-only snapshot, for as long as a reader may read or for so many seconds; None is without end."""
        ...
