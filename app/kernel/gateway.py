"""The one door to the store: takes commands from every side, commits them durably, and answers with receipts.

SQLite has one writer. Commands that wait are committed together: each in a savepoint of its own, one durable commit, and only then
the receipts (group commit). PostgreSQL runs a transaction a command and repeats it whole when the database asks for that; a small
crew of threads does so in the order of asking, for many at once would only wait for each other's locks and for the interpreter.
A bulk submission is the same commands, many to a transaction and written in one batch a table; if a batch fails for a reason that a
single command causes, the batch is repeated command by command so that only the faulty one is lost.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from psycopg.types.numeric import Int8
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from app.kernel.access import Principal
from app.kernel.bus import Bus, Receipt
from app.kernel.clock import Clock
from app.kernel.driver import Driver
from app.kernel.errors import Refused, refused_input
from app.kernel.keys import Keys
from app.kernel.known import MasterDataCache
from app.kernel.store import Store
from app.kernel.unit_of_work import IdSource, UnitOfWork
from schemas.operational import kernel
from schemas.operational.guards import PERIOD_NOT_OPEN_STATE

_RETRY_STATES: Final = frozenset({"40001", "40P01", "55P03", "23505", PERIOD_NOT_OPEN_STATE})
"""Collisions; and a period that was locked while the command waited: run again, the command sees it and says so in words."""

_TRIES: Final = 8
_POSITION_AND_RECEIPT: Final = (
    "select master_position,"
    " exists (select 1 from command_receipt where principal_id = $1 and command_id = $2) from store_head"
)
_CREW: Final = 3
_LOOK_CHUNK: Final = 500
_CLOSED: Final = RuntimeError("the store is being closed")
_LOG = logging.getLogger("tallyworks.gateway")


@dataclass(frozen=True)
class Submission:
    """One command to run."""

    command: str
    data: dict[str, Any] | BaseModel
    command_id: str
    principal: Principal
    caused_by: str | None = None
    clock: Clock | None = None


def new_command_id() -> str:
    """Mint an id for a command; forms do this when they open."""
    return str(uuid.uuid4())


@dataclass
class _Carried:
    """What a bulk submission keeps from one transaction to the next, and the feed's position that it holds for."""

    uow: UnitOfWork | None = None
    position: int = 0


class _NotAccepted(Exception):
    """Rolls back what was run together."""


class Gateway:
    """Runs commands and queries against one store."""

    def __init__(self, store: Store, bus: Bus, clock: Clock, keys: Keys, *, group_limit: int = 64) -> None:
        self.store = store
        self.bus = bus
        self.clock = clock
        self.keys = keys
        self._group_limit = group_limit
        self._master_data = MasterDataCache()
        self._crew = ThreadPoolExecutor(_CREW, thread_name_prefix="writer")
        self._waiting: queue.SimpleQueue[tuple[Submission, Future[Receipt]] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    # Commands --------------------------------------------------------------------------------------------------------

    def submit(
        self,
        command: str,
        data: dict[str, Any] | BaseModel,
        *,
        command_id: str,
        principal: Principal,
        caused_by: str | None = None,
    ) -> Receipt:
        """Run one command and answer when it is durable, refused or failed."""
        return self.submit_one(Submission(command, data, command_id, principal, caused_by))

    def submit_one(self, submission: Submission) -> Receipt:
        """Run one command and answer when it is durable, refused or failed."""
        if self._closed:
            return _failed(submission, _CLOSED)
        if self.store.dialect == "postgresql":
            return self._by_crew(submission)
        future: Future[Receipt] = Future()
        self._ensure_writer()
        self._waiting.put((submission, future))
        return future.result()

    def submit_many(self, submissions: Iterable[Submission], *, batch: int = 500) -> Iterator[Receipt]:
        """Run many commands in order, `batch` to a transaction; receipts come after their commit."""
        pending = iter(submissions)
        carried = _Carried()
        while chunk := list(islice(pending, batch)):
            yield from self._run_batch(chunk, carried)

    def submit_together(
        self, submissions: list[Submission], accepted: Callable[[Connection, list[Receipt]], bool]
    ) -> list[Receipt]:
        """Run commands in one transaction that commits as a whole or not at all.

        Args:
            submissions: the commands, in order.
            accepted: looks at what was written and at the receipts before the commit, and says whether to commit; it is called
                even when a command was refused, and then its answer is no.

        Returns:
            The receipts. If nothing was committed, they tell what would have come of each command.
        """
        receipts: list[Receipt] = []
        try:
            with self.store.writing() as connection:
                receipts = self._run_each(self._begun(connection), submissions)
                commit = accepted(connection, receipts) and all(receipt.status == "done" for receipt in receipts)
                if not commit:
                    raise _NotAccepted
        except _NotAccepted:
            return receipts
        except DBAPIError as error:
            return [_failed(submission, error) for submission in submissions]
        return receipts

    def close(self) -> None:
        """Finish the waiting commands and close the store."""
        self._closed = True
        self._crew.shutdown()
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()
            self._answer_latecomers()
        self.store.close()

    def _answer_latecomers(self) -> None:
        while not self._waiting.empty():
            entry = self._waiting.get()
            if entry is not None:
                entry[1].set_result(_failed(entry[0], _CLOSED))

    def _ensure_writer(self) -> None:
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    self._writer = threading.Thread(target=self._write_groups, name="writer", daemon=True)
                    self._writer.start()

    def _write_groups(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, closing = [first], False
            while len(group) < self._group_limit and not self._waiting.empty():
                entry = self._waiting.get()
                if entry is None:
                    closing = True
                    break
                group.append(entry)
            self._answer_group(group)
            if closing:
                return

    def _answer_group(self, group: list[tuple[Submission, Future[Receipt]]]) -> None:
        try:
            receipts = self._commit_group([submission for submission, _ in group])
        except Exception as error:
            receipts = [_refused_or_failed(submission, error) for submission, _ in group]
        for (_, future), receipt in zip(group, receipts, strict=True):
            future.set_result(receipt)

    def _commit_group(self, submissions: list[Submission]) -> list[Receipt]:
        """SQLite: a savepoint a command, one durable commit."""
        receipts: list[Receipt] = []
        with self.store.writing() as connection:
            ids, driver = IdSource(connection), Driver(connection)
            uow = self._begun(connection, ids)
            for submission in submissions:
                last = ids.last
                driver.do("SAVEPOINT command")
                try:
                    receipt = self._run(uow, submission)
                    uow.flush()
                    uow.take_changes()
                except Refused as error:
                    driver.do("ROLLBACK TO command")
                    uow.discard()
                    receipt = _refused_or_failed(submission, error)
                except Exception as error:
                    driver.do("ROLLBACK TO command")
                    ids.last = last
                    uow = UnitOfWork(connection, ids)
                    receipt = _refused_or_failed(submission, error)
                driver.do("RELEASE command")
                receipts.append(receipt)
        return receipts

    def _run_batch(self, submissions: list[Submission], carried: _Carried) -> list[Receipt]:
        try:
            return self._commit_batch(submissions, carried)
        except Refused as refusal:
            return [_refused_or_failed(submission, refusal) for submission in submissions]
        except (DBAPIError, AssertionError) as error:
            carried.uow = None
            _LOG.warning("batch of %d repeated command by command: %s", len(submissions), error)
        if self.store.dialect == "sqlite":
            return [receipt for submission in submissions for receipt in self._commit_group([submission])]
        return [self._run_alone(submission) for submission in submissions]

    def _commit_batch(self, submissions: list[Submission], carried: _Carried) -> list[Receipt]:
        """Many commands, one flush. A refused command is undone in memory: nothing of it has been written.

        SQLite has one writer: while the feed stands where the batch before left it, what was read then still holds.
        """
        receipts: list[Receipt] = []
        uow, carried.uow = carried.uow, None
        with self.store.writing() as connection:
            position = connection.exec_driver_sql("select position from store_head").scalar_one()
            if uow is None or position != carried.position or self.store.dialect != "sqlite":
                uow = self._begun(connection)
            else:
                uow.carry_over(connection, IdSource(connection))
            receipts += self._run_each(uow, submissions)
            position = connection.exec_driver_sql("select position from store_head").scalar_one()
        carried.uow, carried.position = uow, position
        return receipts

    def _run_each(self, uow: UnitOfWork, submissions: list[Submission]) -> list[Receipt]:
        """Run commands one after another and write what they did; one that is refused is undone in memory."""
        receipts: list[Receipt] = []
        _expect_receipts(uow, submissions)
        for submission in submissions:
            try:
                receipts.append(self._run(uow, submission))
                uow.take_changes()
            except (Refused, ValidationError) as error:
                uow.discard()
                receipts.append(_refused_or_failed(submission, error))
        uow.flush()
        return receipts

    def _by_crew(self, submission: Submission) -> Receipt:
        try:
            asked = self._crew.submit(self._run_alone, submission)
        except RuntimeError:  # The crew was sent home between the look and the asking.
            return _failed(submission, _CLOSED)
        return asked.result()

    def _run_alone(self, submission: Submission) -> Receipt:
        """PostgreSQL: one transaction, repeated whole when it collides."""
        for attempt in range(1, _TRIES + 1):
            try:
                with self.store.writing() as connection:
                    uow = self._begun_for(connection, submission)
                    receipt = self._run(uow, submission, flush_early=True)
                    uow.flush()
                return receipt
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in _RETRY_STATES or attempt == _TRIES:
                    return _failed(submission, error)
                time.sleep(random.uniform(0, 0.01 * 2**attempt))
            except Exception as error:
                return _refused_or_failed(submission, error)
        raise AssertionError("the loop always returns")

    def _begun(self, connection: Connection, ids: IdSource | None = None) -> UnitOfWork:
        """A unit of work for a transaction that has just begun, with what is known of the master data as it is then."""
        position = connection.exec_driver_sql("select master_position from store_head").scalar_one()
        return UnitOfWork(connection, ids or IdSource(connection), self._master_data.at(position))

    def _begun_for(self, connection: Connection, submission: Submission) -> UnitOfWork:
        """PostgreSQL: a unit of work for one command, whose receipt is looked for in the same breath."""
        user_id, command_id = submission.principal.user_id, submission.command_id
        ((position, landed),) = Driver(connection).read_first(_POSITION_AND_RECEIPT, [Int8(user_id), command_id])
        uow = UnitOfWork(connection, IdSource(connection), self._master_data.at(position))
        if not landed:
            uow.expect(kernel.command_receipt, [(user_id, command_id)])
        return uow

    def _run(self, uow: UnitOfWork, submission: Submission, *, flush_early: bool = False) -> Receipt:
        return self.bus.run(
            uow,
            submission.command,
            submission.data,
            command_id=submission.command_id,
            principal=submission.principal,
            clock=submission.clock or self.clock,
            keys=self.keys,
            folder=self.store.folder,
            caused_by=submission.caused_by,
            flush_early=flush_early,
        )

    # Queries ---------------------------------------------------------------------------------------------------------

    def query(self, name: str, arguments: dict[str, Any], *, principal: Principal) -> list[dict[str, Any]]:
        """Answer a query from a consistent snapshot of the operational store.

        Raises:
            Refused: unknown query, malformed argument, or the permission is missing.
        """
        spec = self.bus.queries.get(name)
        if spec is None:
            raise Refused("unknown_query", query=name)
        principal.demand(spec.permission)
        try:
            parsed = spec.model.model_validate(arguments)
        except ValidationError as error:
            raise refused_input(error) from error
        with self.store.reading() as connection:
            return spec.answer(connection, parsed, principal, self.store.folder, self.clock)

    def landed(self, command_id: str, principal: Principal) -> Receipt | None:
        """Tell whether a command landed, for an asker who lost its answer (I-25)."""
        table = kernel.command_receipt
        with self.store.reading() as connection:
            row = connection.execute(
                table.select().where(table.c.principal_id == principal.user_id, table.c.command_id == command_id)
            ).first()
        if row is None:
            return None
        return Receipt(
            command_id, "done", "landed", {"number": row.number or ""}, row.document_id, row.number, row.position
        )


def _expect_receipts(uow: UnitOfWork, submissions: list[Submission]) -> None:
    """Find in one look which commands of a batch landed before, instead of one look a command."""
    table = kernel.command_receipt
    by_user: dict[int, list[str]] = defaultdict(list)
    for submission in submissions:
        by_user[submission.principal.user_id].append(submission.command_id)
    for user_id, ids in by_user.items():
        for start in range(0, len(ids), _LOOK_CHUNK):
            chunk = ids[start : start + _LOOK_CHUNK]
            query = select(table.c.command_id).where(table.c.principal_id == user_id, table.c.command_id.in_(chunk))
            landed = set(uow.connection.execute(query).scalars())
            uow.expect(table, [(user_id, command_id) for command_id in chunk if command_id not in landed])


def _refused_or_failed(submission: Submission, error: Exception) -> Receipt:
    if isinstance(error, Refused):
        return Receipt(submission.command_id, "refused", "refusal." + error.key, error.values, field=error.field)
    return _failed(submission, error)


def _failed(submission: Submission, error: Exception) -> Receipt:
    incident = uuid.uuid4().hex[:8]
    _LOG.error("incident %s in %s: %s", incident, submission.command, error, exc_info=error)
    return Receipt(submission.command_id, "error", "refusal.internal", {"incident": incident})
