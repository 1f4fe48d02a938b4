"""The two ways a command can fail: a business "no" that carries its remedy, and an id used for two different bodies.

Texts live in the translations under `refusal.<key>`; a refusal here is the key and the values that fill it, so the same
refusal reads in the reader's language at every door.
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A business refusal: names the thing, its value and the remedy.

    Args:
        key: the text's key under `refusal.` in the translations.
        field: the input field it concerns, where there is one.
        values: what the text names.
    """

    def __init__(self, key: str, *, field: str | None = None, **values: Any) -> None:
        super().__init__(key, values)
        self.key = key
        self.field = field
        self.values = values

    def __str__(self) -> str:
        return f"{self.key}: " + ", ".join(f"{name}={value}" for name, value in self.values.items())


class StoreReadOnly(Refused):
    """The company has been put read-only because an invariant failed (R12)."""

    def __init__(self, reason: str) -> None:
        super().__init__("store_read_only", reason=reason)
