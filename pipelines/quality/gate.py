"""The gate: counts violations, asks the judging process, and says whether the refresh may be published.

The judge is started early and beside the loading. If it cannot answer, the gate is not green: nothing is published unjudged.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol

import duckdb

from pipelines.quality.quarantine import renew_quarantine
from pipelines.quality.rules import Rule, count_violations, sample_violations, show_checked, suites_for

_PATIENCE_SECONDS: Final = 180


class GateUnavailableError(Exception):
    """The judging process does not answer; without it nothing is published."""


class Judging(Protocol):
    """Whatever holds counts against thresholds."""

    def start(self) -> None:
        """Get ready while others work: there will be something to judge."""
        ...

    def judge(self, rules: Sequence[Rule], counts: dict[str, int]) -> dict[str, Any]:
        """Return `success`, `broken` and `document`."""
        ...


class JudgeProcess:
    """The resident process that holds Great Expectations; started when it is needed, stopped on leaving."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> JudgeProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process if it does not run; it loads while others work."""
        if self._process is not None and self._process.poll() is None:
            return
        self.stop()
        root = str(Path(__file__).parents[2])
        paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.quality.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths, "GX_ANALYTICS_ENABLED": "false"},
        )

    def stop(self) -> None:
        """Stop the process."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def judge(self, rules: Sequence[Rule], counts: dict[str, int]) -> dict[str, Any]:
        """Hold counts against thresholds; a process that died is started once more.

        Raises:
            GateUnavailableError: it does not answer, or dies twice.
        """
        asked = [{"name": r.name, "action": r.action, "reason": r.reason, "allowed": r.allowed} for r in rules]
        request = json.dumps({"rules": asked, "counts": counts}).encode() + b"\n"
        for _ in range(2):
            self.start()
            answer = self._ask(request)
            if answer is not None:
                return answer
            self.stop()
        raise GateUnavailableError(
            "the quality gate's process does not answer; see its requirements, then refresh again"
        )

    def _ask(self, request: bytes) -> dict[str, Any] | None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except BrokenPipeError:
            return None
        ready, _, _ = select.select([process.stdout], [], [], _PATIENCE_SECONDS)
        line = process.stdout.readline() if ready else b""
        return json.loads(line) if line else None


@dataclass(frozen=True)
class GateResult:
    """What a gate found.

    Attributes:
        green: whether what was checked may be published.
        scope: `changed` or `full`.
        violations: violations of broken rules, by rule.
        quarantined: rows put into quarantine.
        document: the judge's result document.
        samples: a few rows of each broken rule.
    """

    green: bool
    scope: str
    violations: dict[str, int]
    quarantined: int
    document: dict[str, Any]
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def run_gate(
    session: duckdb.DuckDBPyConnection,
    judge: Judging,
    *,
    position: int,
    changed: set[str] | None,
    differences: dict[str, int] | None = None,
) -> GateResult:
    """Check the rows of a refresh, or all of them, and renew quarantine.

    Args:
        session: a session whose default database is a writable `recent`.
        judge: what holds counts against thresholds.
        position: the feed position of the refresh.
        changed: tables with changed rows; None checks everything.
        differences: differences between the store and the warehouse by table, counted elsewhere; each is refused.
    """
    suites = suites_for(changed)
    show_checked(session, suites, None if changed is None else position)
    counts = count_violations(session, suites)
    quarantined = renew_quarantine(session, suites, counts, position)
    rules = [rule for suite in suites for rule in suite.rules]
    for table, count in (differences or {}).items():
        name = f"reconciliation_{table}"
        rules.append(Rule(name, "", "refuse", f"{table} differs from the operational store; load in full", {}))
        counts[name] = count
    scope = "changed" if changed is not None else "full"
    if not rules:
        return GateResult(True, scope, {}, 0, {"statistics": {}, "results": []})
    verdict = judge.judge(rules, counts)
    broken = {name: counts[name] for name in verdict["broken"]}
    samples = {
        rule.name: sample_violations(session, suite, rule)
        for suite in suites
        for rule in suite.rules
        if rule.name in broken
    }
    return GateResult(verdict["success"], scope, broken, quarantined, verdict["document"], samples)
