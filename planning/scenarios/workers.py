"""Scenarios on several processors: `python -m planning.scenarios.workers` is one of them.

A worker is a plain Python process. It reads the base and its share of the scenarios from its standard input, once, and writes
outcomes to its standard output; patches are all that differs from scenario to scenario. Threads would not do: netting lets go of
the interpreter's lock, but projecting and comparing hold it. Each scenario is computed by itself with one thread, so that the
answer does not depend on how many workers there are.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl

from planning.package import Package
from planning.projection import Finances
from planning.result import Plan
from planning.scenarios.model import Base
from planning.scenarios.work import How, Outcome, work

ROOT = Path(__file__).resolve().parents[2]

FEW = 3
"""So many scenarios are done here: a worker loads the library first."""


class WorkerError(RuntimeError):
    """A worker ended without an answer; the message has its last words."""


@dataclass(frozen=True)
class Share:
    """What a worker is given; the base taken apart, as views of mappings do not travel."""

    package: tuple[Any, ...]
    finances: tuple[Any, ...] | None
    families: dict[str, frozenset[str]]
    base_plan: tuple[str, str, dict[str, pl.DataFrame]] | None
    how: How
    task: Callable[..., Any]
    scenarios: tuple[Any, ...]

    def base(self) -> Base:
        """The base put together again."""
        finances = None if self.finances is None else Finances(*self.finances)
        return Base(Package(*self.package), finances, self.families)

    def plan_of_base(self) -> Plan | None:
        """The base's plan, as far as comparing needs it."""
        if self.base_plan is None:
            return None
        method, status, tables = self.base_plan
        return Plan(method, status, tables, {})


def run_all(
    scenarios: Sequence[Any],
    base: Base,
    how: How,
    workers: int,
    base_plan: Plan | None = None,
    task: Callable[..., Any] = work,
) -> list[Any]:
    """Do every scenario, in this process where they are few, else on that many; answers in the order of the scenarios.

    Args:
        task: what is done with each, called (scenario, base, how, base_plan); a function of a module.

    Raises:
        WorkerError: a worker was killed or could not start.
    """
    if workers < 2 or len(scenarios) < FEW:
        return [task(scenario, base, how, base_plan) for scenario in scenarios]
    count = min(workers, len(scenarios))
    package, finances = base.package, base.finances
    parts = (package.parameters, dict(package.tables), package.rejects, package.notices, package.content_hash)
    money = None if finances is None else (dict(finances.tables), finances.decimals, finances.labour)
    orders = None
    if base_plan is not None:
        orders = (base_plan.method, base_plan.status, {"planned_orders": base_plan.table("planned_orders")})
    shares = [
        Share(parts, money, dict(base.families), orders, how, task, tuple(scenarios[start::count]))
        for start in range(count)
    ]
    answers: list[Any] = [None] * len(scenarios)
    running = _Running()
    with ThreadPoolExecutor(max_workers=count) as pool:
        try:
            for start, found in enumerate(pool.map(lambda share: _ask(share, running), shares)):
                answers[start::count] = found
        except BaseException:  # Interrupted, or one of them failed: nobody waits for the others' answers.
            running.end()
            raise
    return answers


class _Running:
    """The workers that run; once ended, none begins."""

    def __init__(self) -> None:
        self.lock, self.ended, self.processes = Lock(), False, list[subprocess.Popen[bytes]]()

    def begin(self, command: list[str], surroundings: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start a worker."""
        with self.lock:
            if self.ended:
                message = "the scenarios were ended before this worker began"
                raise WorkerError(message)
            pipe = subprocess.PIPE
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=surroundings)
            self.processes.append(process)
            return process

    def end(self) -> None:
        """End every worker."""
        with self.lock:
            self.ended = True
            for process in self.processes:
                process.kill()


def _ask(share: Share, running: _Running) -> list[Any]:
    surroundings = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    surroundings["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with running.begin([sys.executable, "-m", "planning.scenarios.workers"], surroundings) as worker:
        answer, said = worker.communicate(pickle.dumps(share))
    if worker.returncode != 0:
        words = said.decode(errors="replace").strip().split("\n")[-1]
        message = f"a worker of the scenarios ended with status {worker.returncode}: {words}"
        raise WorkerError(message)
    return pickle.loads(answer)


def main() -> None:
    """Answer the share on standard input."""
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # What a solver prints must not stand among the answers.
    share: Share = pickle.loads(sys.stdin.buffer.read())
    base, base_plan = share.base(), share.plan_of_base()
    found: list[Outcome] = [share.task(scenario, base, share.how, base_plan) for scenario in share.scenarios]
    answers.write(pickle.dumps(found))


if __name__ == "__main__":
    # The share names this module by its full name, and so must the class that it is made of.
    from planning.scenarios.workers import main as answer

    answer()
