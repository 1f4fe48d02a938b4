"""A judge without Great Expectations, for tests whose subject is not the judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.quality.rules import Rule


class PlainJudge:
    """Holds counts against thresholds without Great Expectations; counts how often it was told to get ready."""

    def __init__(self) -> None:
        self.starts = 0

    def start(self) -> None:
        """Be ready."""
        self.starts += 1

    def judge(self, rules: Sequence[Rule], counts: dict[str, int]) -> dict[str, Any]:
        """Return what the judging process would."""
        broken = [rule for rule in rules if counts[rule.name] > rule.allowed]
        success = not any(rule.action == "refuse" for rule in broken)
        return {"success": success, "broken": [rule.name for rule in broken], "document": {"results": []}}
