"""The two ways a command can fail: a business "no" that carries its remedy, and an id used for two different bodies.

Texts live in the translations under `refusal.<key>`; a refusal here is the key and the values that fill it, so the same
refusal reads in the reader's language at every door.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError

_LONGEST_SHOWN: Final = 80
_LIMITS: Final = (
    "max_length",
    "min_length",
    "gt",
    "ge",
    "lt",
    "le",
    "max_digits",
    "decimal_places",
    "whole_digits",
    "expected",
)


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


def refused_input(error: ValidationError) -> Refused:
    """Put the first thing that is wrong with an input into a refusal that names the field, its value and the rule.

    >>> from pydantic import BaseModel
    >>> class Order(BaseModel, extra="forbid"):
    ...     quantity: int
    >>> def said(**data):
    ...     try:
    ...         Order(**data)
    ...     except ValidationError as error:
    ...         return str(refused_input(error))
    >>> said()
    'input_missing: name=quantity'
    >>> said(quantity="many")
    'input_invalid: name=quantity, value=many, reason=int_parsing, limit='
    """
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return Refused("input_missing", field=path, name=path)
    if first["type"] == "extra_forbidden":
        return Refused("input_unknown", field=path, name=path)
    given = str(first["input"]).replace("\x00", "\u2400")
    context = first.get("ctx", {})
    limit = next((f" ({context[name]})" for name in _LIMITS if name in context), "")
    return Refused(
        "input_invalid",
        field=path,
        name=path,
        value=given if len(given) <= _LONGEST_SHOWN else given[: _LONGEST_SHOWN - 3] + "...",
        reason=first["msg"].removeprefix("Value error, ") if first["type"] == "value_error" else first["type"],
        limit=limit,
    )
