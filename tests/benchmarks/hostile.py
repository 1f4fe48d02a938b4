"""Packages that nobody should send: each is answered within its limit plus two seconds, with a plan or a named reason.

Packages of tests/hostile_packages.py are planned by every method in a process of its own, which is ended where it does not
answer. A plan counts only if the independent checker accepts it, a refusal only if it says why.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import tempfile
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import polars as pl

from planning.command import FAILED, INFEASIBLE, PLANNED, PLANNED_WITH_REJECTS, USAGE, plan_package
from planning.methods import METHODS
from planning.package import read_package
from planning.verify import check
from schemas.planning import OUTPUT_TABLES
from tests.hostile_packages import KINDS, write_hostile

SEEDS: Final = 10
LIMIT_SECONDS: Final = 5.0
GRACE_SECONDS: Final = 2.0
CELLS: Final[list[dict[str, Any]]] = [{"kind": kind, "seeds": SEEDS} for kind in KINDS]
SMALL: Final[list[dict[str, Any]]] = [{"kind": "cycle", "seeds": 1}]
_PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Answer:
    """What came of one package by one method: exit status, what was said, seconds, and what is wrong with it ("" if nothing)."""

    status: int | None
    said: str
    seconds: float
    fault: str


def run(kind: str, seeds: int, limit: float = LIMIT_SECONDS) -> list[dict[str, Any]]:
    """Plan the packages of one kind by every method.

    Returns:
        One row: packages, answers, plans, plans with rejects, refusals with a reason, late answers, faults, the slowest in seconds.
    """
    planner = Planner()
    answers: list[Answer] = []
    try:
        planner.answer(kind, 0, "mrp", limit)
        for seed in range(seeds):
            answers += [planner.answer(kind, seed, method, limit) for method in METHODS]
    finally:
        planner.end()
    faults = [answer.fault for answer in answers if answer.fault]
    return [
        {
            "kind": kind,
            "packages": seeds,
            "answers": len(answers),
            "plans": sum(answer.status == PLANNED for answer in answers),
            "plans with rejects": sum(answer.status == PLANNED_WITH_REJECTS for answer in answers),
            "refused with a reason": sum(answer.status in (FAILED, USAGE, INFEASIBLE) for answer in answers),
            "later than the limit plus 2 s": sum(answer.seconds > limit + GRACE_SECONDS for answer in answers),
            "faults": len(faults),
            "first fault": faults[0] if faults else "",
            "slowest seconds": round(max(answer.seconds for answer in answers), 2),
            "limit": limit,
        }
    ]


class Planner:
    """A process that plans, and is started again when it had to be ended."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._connection = here
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def answer(self, kind: str, seed: int, method: str, limit: float) -> Answer:
        """Plan one package; waits at most two minutes beyond the limit, then ends the process."""
        self._connection.send((kind, seed, method, limit))
        try:
            if self._connection.poll(limit + _PATIENCE_SECONDS):
                return self._connection.recv()
            fault = f"{kind}/{seed} by {method}: no answer"
        except EOFError:
            fault = f"{kind}/{seed} by {method}: the process died"
        self.end()
        self._start()
        return Answer(None, "", limit + _PATIENCE_SECONDS, fault)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def _serve(connection: Connection) -> None:
    """Answer until nobody asks any more."""
    with contextlib.suppress(EOFError):
        while True:
            kind, seed, method, limit = connection.recv()
            with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
                write_hostile(Path(folder) / "in", kind, seed)
                connection.send(judged(Path(folder), f"{kind}/{seed} by {method}", method, limit))


def judged(folder: Path, name: str, method: str, limit: float) -> Answer:
    """Plan one folder and judge the answer."""
    said = io.StringIO()
    began = time.perf_counter()
    try:
        with contextlib.redirect_stderr(said):
            status = plan_package(folder / "in", folder / "out", method, limit, csv=False)
    except (
        Exception
    ):  # Whatever comes out of a planner is a fault of its row, and the other packages are still to be judged.
        return Answer(None, "", time.perf_counter() - began, f"{name}: {traceback.format_exc(limit=-3)}")
    seconds = time.perf_counter() - began
    text = said.getvalue().strip()
    fault = ""
    if status in (PLANNED, PLANNED_WITH_REJECTS):
        fault = _refused_by_checker(folder, method)
    elif not text:
        fault = f"status {status} without a word"
    if seconds > limit + GRACE_SECONDS:
        fault = fault or f"answered after {seconds:.1f} s"
    return Answer(status, text, seconds, f"{name}: {fault}" if fault else "")


def _refused_by_checker(folder: Path, method: str) -> str:
    """The first thing that the checker finds in a written plan; "" if it accepts it."""
    package = read_package(folder / "in")
    settings = {name: value for name, value in vars(package.parameters).items() if value is not None}
    settings["plan_start"] = package.parameters.plan_start_date
    frame = pl.DataFrame({"key": list(settings), "value": [str(value) for value in settings.values()]})
    tables = {name: pl.read_parquet(folder / "out" / f"{name}.parquet") for name in OUTPUT_TABLES}
    findings = check({**package.tables_without(tables["rejects"]), "parameters": frame}, tables, method)
    return f"the checker refuses the plan: {findings[0]}" if findings else ""
