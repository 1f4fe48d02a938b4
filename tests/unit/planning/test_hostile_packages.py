"""Packages that nobody should send are answered by every method, with a plan that the checker accepts or a named reason.

The large kinds and the other seeds are the benchmark `hostile`, which also looks at the clock.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from planning.methods import METHODS
from tests.benchmarks.hostile import judged
from tests.hostile_packages import KINDS, write_hostile

LARGE = {"deep", "wide", "many orders", "many operations", "odd dates", "overloaded"}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", sorted(set(KINDS) - LARGE))
def test_answered_with_a_plan_or_a_reason(kind: str, seed: int, tmp_path: Path) -> None:
    """CSV by an even seed, Parquet by an odd one."""
    write_hostile(tmp_path / "in", kind, seed)
    for method in METHODS:
        answer = judged(tmp_path, f"{kind}/{seed} by {method}", method, 1.0)
        assert not answer.fault, answer.fault
        assert answer.status is not None
