"""Back-tests of many series on several processors: `python -m planning.forecast.workers` is one of them.

A worker is a plain Python process that reads its share of the series from its standard input and writes trials to its
standard output; it needs nothing of the program that started it. Each series is computed by itself, so that the answer does
not depend on how many workers there are.
"""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from planning.forecast.backtest import Trial, run_trial
from planning.forecast.measures import FloatArray

ROOT = Path(__file__).resolve().parents[2]
FEW_MILLISECONDS = 4000.0
"""Less work than this is done here: a worker loads the library first."""


class WorkerError(RuntimeError):
    """A worker ended without an answer; the message has its last words."""


@dataclass(frozen=True)
class Job:
    """One series to be tried: its values, the models' names, horizon, season and origins as `run_trial` takes them."""

    values: FloatArray
    models: tuple[str, ...]
    horizon: int
    season: int
    origins: int
    cost: float

    def run(self) -> Trial:
        """Try the models."""
        return run_trial(self.values, self.models, horizon=self.horizon, season=self.season, origins=self.origins)


def run_jobs(jobs: list[Job], workers: int) -> list[Trial]:
    """Run the jobs, in this process where they are few, else on that many; answers in the order of the jobs.

    Raises:
        WorkerError: a worker was killed or could not start.
    """
    if workers < 2 or sum(job.cost for job in jobs) < FEW_MILLISECONDS:
        return [job.run() for job in jobs]
    by_cost = sorted(range(len(jobs)), key=lambda place: (-jobs[place].cost, place))
    shares = [by_cost[start::workers] for start in range(workers)]
    answers: list[Trial | None] = [None] * len(jobs)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for share, trials in zip(shares, pool.map(lambda share: _ask([jobs[at] for at in share]), shares), strict=True):
            for place, trial in zip(share, trials, strict=True):
                answers[place] = trial
    return [answer for answer in answers if answer is not None]


def _ask(jobs: list[Job]) -> list[Trial]:
    surroundings = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    surroundings["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "planning.forecast.workers"],
        input=pickle.dumps(jobs),
        capture_output=True,
        env=surroundings,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().split("\n")[-1]
        message = f"a worker of the forecast ended with status {done.returncode}: {words}"
        raise WorkerError(message)
    return pickle.loads(done.stdout)


def main() -> None:
    """Answer the jobs on standard input."""
    jobs: list[Job] = pickle.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pickle.dumps([job.run() for job in jobs]))


if __name__ == "__main__":
    # The jobs name this module by its full name, and so must the class that they are made of.
    from planning.forecast.workers import main as answer

    answer()
