"""A resident goes on after a step that broke, does not pause while there is more to do, and stops when it is told."""

from __future__ import annotations

import logging
import threading

import pytest

from app.kernel.resident import Resident


class Counting(Resident):
    """Counts its steps: the second breaks, the third says that there is more, the fifth that it is there."""

    def __init__(self, pause_seconds: float) -> None:
        super().__init__(name="counting", pause_seconds=pause_seconds)
        self.steps = 0
        self.fifth = threading.Event()

    def step(self) -> bool:
        """Count."""
        self.steps += 1
        if self.steps == 2:
            raise ValueError("the second step")
        if self.steps == 5:
            self.fifth.set()
        return self.steps in {3, 4}


def test_a_step_that_breaks_is_told_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    resident = Counting(0.01)
    with caplog.at_level(logging.ERROR, logger="tallyworks.resident"):
        resident.start()
        assert resident.fifth.wait(10)
        resident.stop()
    assert "a step of counting broke" in caplog.text
    assert "counting" not in {thread.name for thread in threading.enumerate()}


def test_it_pauses_only_where_nothing_more_waits() -> None:
    resident = Counting(60)
    resident.steps = 2
    resident.start()
    assert resident.fifth.wait(10)
    resident.stop()
    assert resident.steps == 5
