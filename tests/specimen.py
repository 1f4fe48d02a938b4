"""What a specimen of a command is: a call that must succeed, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.kernel.access import SYSTEM, Principal
from tests.company import Company


@dataclass(frozen=True)
class Specimen:
    """How to give one command: `prepare` brings a furnished company to where it makes sense and returns its input."""

    prepare: Callable[[Company], dict[str, Any]]
    principal: Principal = SYSTEM


def plain(**data: Any) -> Specimen:
    return Specimen(lambda works: data)
