"""Trouble that a test makes on purpose, without its thousands of lines in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what the house logs below critical to itself, until this ends: the tests after it read the log as it is."""
    log = logging.getLogger("tallyworks")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
