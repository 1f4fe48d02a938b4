"""Worked cases of inventory valuation, published and our own, each played through the real commands on both databases."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from tests.contract.valuation.interpreting import interpret

_CASES = Path(__file__).parent / "cases"
CASES: list[dict[str, Any]] = [
    case for path in sorted(_CASES.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_case_comes_out_as_it_was_worked(works: Company, case: dict[str, Any]) -> None:
    interpret(works, case)


@pytest.mark.parametrize("case", CASES[:2], ids=lambda case: case["id"])
def test_a_case_with_a_wrong_figure_fails(small_works: Company, case: dict[str, Any]) -> None:
    wrong = copy.deepcopy(case)
    name = next(iter(name for name, value in wrong["expected"].items() if isinstance(value, int | float | list)))
    wrong["expected"][name] = 4711
    with pytest.raises((AssertionError, AttributeError, TypeError)):
        interpret(small_works, wrong)


def test_a_figure_that_nobody_understands_fails(small_works: Company) -> None:
    case = {"inputs": {"method": "FIFO", "moves": [["in", 1, 1]]}, "expected": {"mood": 1}}
    with pytest.raises(AssertionError, match="mood"):
        interpret(small_works, case)
