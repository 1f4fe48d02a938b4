"""Background jobs: a durable queue in the store, claimed by lease, with progress, checkpoint and resume.

A job is queued in the transaction that wants it. A worker claims it for a time and renews the claim with each report of progress;
if it dies, the claim runs out and another worker takes the job up from its checkpoint. Each claim has an attempt number that every
later write must still match, so a worker that was only slow cannot finish a job that another one has taken.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, or_, select, update

from app.kernel.clock import Clock
from app.kernel.resident import Resident
from app.kernel.store import Store
from app.kernel.unit_of_work import IdSource
from schemas.operational import kernel

LEASE: Final = timedelta(seconds=60)
MOST_ATTEMPTS: Final = 5
_LOG = logging.getLogger("tallyworks.jobs")


class LeaseLost(Exception):
    """Another worker has taken this job up, or it was cancelled; stop at once."""


@dataclass
class Claim:
    """A job that this worker holds."""

    job_id: int
    kind: str
    payload: dict[str, Any]
    checkpoint: dict[str, Any] | None
    attempt: int
    principal_id: int
    _queue: JobQueue

    def report(self, done: int, total: int, *, message: str = "", checkpoint: dict[str, Any] | None = None) -> None:
        """Report progress and renew the claim.

        Raises:
            LeaseLost: the job is not this worker's any more.
        """
        values: dict[str, Any] = {"done_count": done, "total_count": total, "message": message}
        if checkpoint is not None:
            values["checkpoint"] = json.dumps(checkpoint)
        self._queue.write(self, **values)


class JobQueue:
    """The jobs of one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

    def add(self, kind: str, payload: dict[str, Any], *, principal_id: int = 0) -> int:
        """Queue a job in a transaction of its own and return its id."""
        with self._store.writing() as connection:
            return self.add_in(connection, kind, payload, principal_id=principal_id)

    def add_in(self, connection: Connection, kind: str, payload: dict[str, Any], *, principal_id: int) -> int:
        """Queue a job in the caller's transaction and return its id."""
        ids = IdSource(connection)
        job_id = ids.mint()
        if connection.dialect.name == "sqlite":
            connection.execute(update(kernel.store_head).values(last_id=ids.last))
        connection.execute(
            insert(kernel.job).values(
                id=job_id,
                kind=kind,
                payload=json.dumps(payload),
                state="waiting",
                run_at=self._clock.now(),
                attempt=0,
                done_count=0,
                total_count=0,
                principal_id=principal_id,
            )
        )
        return job_id

    def claim(self) -> Claim | None:
        """Take the oldest job that waits or whose worker has died."""
        job = kernel.job
        now = self._clock.now()
        free = or_(job.c.state == "waiting", (job.c.state == "running") & (job.c.lease_until < now))
        with self._store.writing() as connection:
            query = select(job).where(free, job.c.run_at <= now).order_by(job.c.run_at, job.c.id).limit(1)
            if connection.dialect.name == "postgresql":
                query = query.with_for_update(skip_locked=True)
            row = connection.execute(query).first()
            if row is None:
                return None
            if row.attempt >= MOST_ATTEMPTS:
                message = f"given up after {row.attempt} attempts"
                connection.execute(update(job).where(job.c.id == row.id).values(state="failed", message=message))
                return None
            connection.execute(
                update(job)
                .where(job.c.id == row.id)
                .values(state="running", lease_until=now + LEASE, lease_owner=self._owner, attempt=row.attempt + 1)
            )
        checkpoint = json.loads(row.checkpoint) if row.checkpoint else None
        return Claim(row.id, row.kind, json.loads(row.payload), checkpoint, row.attempt + 1, row.principal_id, self)

    def write(self, claim: Claim, **values: Any) -> None:
        """Write to a claimed job and renew its claim.

        Raises:
            LeaseLost: the job is not this worker's any more.
        """
        job = kernel.job
        values.setdefault("lease_until", self._clock.now() + LEASE)
        mine = (job.c.id == claim.job_id, job.c.attempt == claim.attempt, job.c.state == "running")
        with self._store.writing() as connection:
            if connection.execute(update(job).where(*mine).values(**values)).rowcount != 1:
                raise LeaseLost(claim.job_id)

    def cancel(self, job_id: int) -> bool:
        """Cancel a job that waits or runs; a running one stops at its next report."""
        job = kernel.job
        with self._store.writing() as connection:
            statement = update(job).where(job.c.id == job_id, job.c.state.in_(("waiting", "running")))
            return connection.execute(statement.values(state="cancelled")).rowcount == 1


def run_one(queue: JobQueue, runners: dict[str, Callable[[Claim], str]]) -> bool:
    """Run one job if there is one; say whether there was."""
    claim = queue.claim()
    if claim is None:
        return False
    try:
        message = runners[claim.kind](claim)
        queue.write(claim, state="done", message=message)
    except LeaseLost:
        _LOG.warning("job %s was taken over or cancelled", claim.job_id)
    except Exception as error:
        _LOG.exception("job %s (%s) failed", claim.job_id, claim.kind)
        queue.write(claim, state="failed", message=str(error)[:500])
    return True


class Worker(Resident):
    """Runs jobs, one after the other."""

    def __init__(
        self, queue: JobQueue, runners: dict[str, Callable[[Claim], str]], *, pause_seconds: float = 1.0
    ) -> None:
        super().__init__(name="jobs", pause_seconds=pause_seconds)
        self._queue = queue
        self._runners = runners

    def step(self) -> bool:
        """Run a job if there is one."""
        return run_one(self._queue, self._runners)
