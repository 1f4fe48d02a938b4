"""How serial numbers are handed in: one after another, pasted as they stand in a file, or as a range with two dots in it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StringConstraints

_BETWEEN: Final = re.compile(r"[\s,;，；、]+")


def _apart(value: Any) -> Any:
    """What was pasted as one text is a list of its parts."""
    return [part for part in _BETWEEN.split(value) if part] if isinstance(value, str) else value


Serials = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=140, pattern=r"^[^\x00-\x1f\x7f]+$")]],
    BeforeValidator(_apart),
    Field(max_length=5000, description="Serial numbers, a list or one text; A-001..A-010 is a range"),
]
