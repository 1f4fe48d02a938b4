"""The bus: what commands and queries exist, who may use them, and how one command runs inside a unit of work.

A command runs as access check, receipt check, handler, facts to their subscribers, numbers, feed, receipt. Everything is in one
transaction; a refusal anywhere leaves nothing behind.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from app.kernel import feed
from app.kernel.access import Principal
from app.kernel.approval_rules import Standing
from app.kernel.clock import Clock
from app.kernel.credit import CreditExposure
from app.kernel.errors import Refused, StoreReadOnly, refused_input
from app.kernel.keys import Keys
from app.kernel.numbering import FORECAST_RUN, JOURNAL, PLAN_RUN, POLICY_RUN, issue_numbers
from app.kernel.unit_of_work import Change, Row, UnitOfWork
from schemas.operational import documents, forecasting, inventory_policies, kernel, ledger, planning_desk

_FINAL_RANK = 8
_FOUNDING = "found_company"
_UNLOCKING = "set_read_only"


@dataclass(frozen=True)
class Outcome:
    """What a handler reports: the document it wrote, and the text that tells the person so."""

    message_key: str
    document: Row | None = None
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    data: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """The answer to a command.

    Attributes:
        status: `done`, `refused` or `error`.
        message_key: the text's key; the doors put it into the reader's language.
        field: the input field that a refusal concerns.
    """

    command_id: str
    status: str
    message_key: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    document: int | None = None
    number: str | None = None
    position: int | None = None
    field: str | None = None
    data: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass
class Context:
    """What a handler may use; `folder` holds the files that belong to the store, which a handler only reads.

    `standings` are the customers whose credit was read in this command, before it changed anything.
    """

    uow: UnitOfWork
    principal: Principal
    clock: Clock
    command_id: str
    caused_by: str | None
    company: Row
    keys: Keys
    folder: Path
    _subscribers: dict[type, tuple[Subscriber, ...]]
    credit_exposure: CreditExposure | None = None
    standings: dict[int, Standing] = dataclasses.field(default_factory=dict)

    @property
    def today(self) -> date:
        """The business day."""
        return self.clock.today()

    @property
    def now(self) -> datetime:
        """The instant, UTC."""
        return self.clock.now()

    def emit(self, fact: Any) -> None:
        """Hand a fact to everything that follows from it, in this transaction."""
        for subscriber in self._subscribers.get(type(fact), ()):
            subscriber(self, fact)


Handler = Callable[[Context, Any], Outcome]
Subscriber = Callable[[Context, Any], None]
Rows = list[dict[str, Any]]
_Asked = TypeVar("_Asked", bound=Callable[..., Rows])
Query = Callable[[Connection, Any, Principal], Rows] | Callable[[Connection, Any, Principal, Any], Rows]


@dataclass(frozen=True)
class CommandSpec:
    """A command: its name, input, handler and permission."""

    name: str
    model: type[BaseModel]
    handler: Handler
    permission: str
    area: str


@dataclass(frozen=True)
class QuerySpec:
    """A query on the operational store: its name, arguments, function and permission.

    Attributes:
        reads_files: whether the function takes the store's folder too, because part of its answer lies in files.
        reads_clock: whether the function takes the instant it is asked at too, because its answer changes with time.
    """

    name: str
    model: type[BaseModel]
    function: Callable[..., Rows]
    permission: str
    area: str
    reads_files: bool = False
    reads_clock: bool = False

    def answer(
        self, connection: Connection, asked: BaseModel, principal: Principal, folder: Path, clock: Clock
    ) -> Rows:
        """Answer from a snapshot of the store and, where the query reads them, its files and the clock."""
        files = (folder,) if self.reads_files else ()
        instant = (clock.now(),) if self.reads_clock else ()
        return self.function(connection, asked, principal, *files, *instant)


def handles(model: type[BaseModel], *, permission: str, name: str | None = None) -> Callable[[Handler], Handler]:
    """Declare a function as the handler of a command, with its permission beside it."""

    def declare(handler: Handler) -> Handler:
        area = handler.__module__.split(".")[-2]
        spec = CommandSpec(name or handler.__name__, model, handler, permission, area)
        handler.command_spec = spec  # pyright: ignore[reportFunctionMemberAccess]
        return handler

    return declare


def within(ctx: Context, handler: Handler, data: BaseModel) -> Outcome:
    """Run a command as a part of another; who may not give it by itself may not give it so.

    Raises:
        Refused: the right to it is missing, or the handler refuses.
    """
    spec: CommandSpec = handler.command_spec  # pyright: ignore[reportFunctionMemberAccess]
    ctx.principal.demand(spec.permission)
    return handler(ctx, data)


def answers(
    model: type[BaseModel], *, permission: str, reads_files: bool = False, reads_clock: bool = False
) -> Callable[[_Asked], _Asked]:
    """Declare a function as a query, with its permission beside it.

    With `reads_files` it takes the store's folder, with `reads_clock` the instant it is asked at, last.
    """

    def declare(function: _Asked) -> _Asked:
        area = function.__module__.split(".")[-2]
        spec = QuerySpec(function.__name__, model, function, permission, area, reads_files, reads_clock)
        function.query_spec = spec  # pyright: ignore[reportFunctionMemberAccess]
        return function

    return declare


class Bus:
    """All commands, queries and subscriptions of the product, wired once in `app/bootstrap.py`."""

    def __init__(
        self,
        handlers: Sequence[Handler],
        queries: Sequence[Query],
        subscriptions: Sequence[tuple[type, Subscriber]],
        *,
        credit_exposure: CreditExposure | None = None,
    ) -> None:
        self._credit_exposure = credit_exposure
        self.commands: dict[str, CommandSpec] = {}
        for handler in handlers:
            spec: CommandSpec = handler.command_spec  # pyright: ignore[reportFunctionMemberAccess]
            assert spec.name not in self.commands, f"two handlers for {spec.name}"
            self.commands[spec.name] = spec
        self.queries: dict[str, QuerySpec] = {q.query_spec.name: q.query_spec for q in queries}  # pyright: ignore[reportFunctionMemberAccess]
        self._subscribers: dict[type, tuple[Subscriber, ...]] = {}
        for fact, subscriber in subscriptions:
            self._subscribers[fact] = (*self._subscribers.get(fact, ()), subscriber)

    def spec(self, command: str) -> CommandSpec:
        """Return a command's declaration.

        Raises:
            Refused: there is no such command.
        """
        found = self.commands.get(command)
        if found is None:
            raise Refused("unknown_command", command=command)
        return found

    def parse(self, command: str, data: dict[str, Any] | BaseModel) -> BaseModel:
        """Read a command's input into its model.

        Raises:
            Refused: a field is missing, unknown or malformed; the first one is named.
        """
        model = self.spec(command).model
        if isinstance(data, model):
            return data
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise refused_input(error) from error

    def run(
        self,
        uow: UnitOfWork,
        command: str,
        data: dict[str, Any] | BaseModel,
        *,
        command_id: str,
        principal: Principal,
        clock: Clock,
        keys: Keys,
        folder: Path,
        caused_by: str | None = None,
        flush_early: bool = False,
    ) -> Receipt:
        """Run one command in a unit of work, up to its receipt; the caller flushes and commits.

        With `flush_early` everything but the last locks is written before they are taken, which keeps them short.

        Raises:
            Refused: the business says no; the caller discards.
        """
        spec = self.spec(command)
        principal.demand(spec.permission)
        parsed = self.parse(command, data)
        body_hash = hashlib.sha256((command + parsed.model_dump_json()).encode()).hexdigest()
        earlier = uow.get(kernel.command_receipt, (principal.user_id, command_id))
        if earlier is not None:
            return _replayed(earlier, body_hash)
        company = uow.get(kernel.company, 1)
        if company is None:
            if command != _FOUNDING:
                raise Refused("company_missing")
            company = Row()
        elif company.read_only_reason is not None and command != _UNLOCKING:
            raise StoreReadOnly(company.read_only_reason)
        context = Context(
            uow,
            principal,
            clock,
            command_id,
            caused_by,
            company,
            keys,
            folder,
            self._subscribers,
            self._credit_exposure,
        )
        outcome = spec.handler(context, parsed)
        recorded_at = clock.now()
        if flush_early:
            uow.flush(below_rank=_FINAL_RANK)
        return _sealed(uow, outcome, spec, recorded_at, body_hash, command_id, principal, keys.chain)


def _sealed(
    uow: UnitOfWork,
    outcome: Outcome,
    spec: CommandSpec,
    recorded_at: datetime,
    body_hash: str,
    command_id: str,
    principal: Principal,
    chain_key: bytes,
) -> Receipt:
    """Issue the numbers, append the feed row and the receipt: the last locks of the command, in this order."""
    waiting = [c for c in uow.changes if c.before is None and "number" in c.row and c.row["number"] is None]
    waiting.sort(key=_series_of)
    for change, number in zip(waiting, issue_numbers(uow, [_series_of(change) for change in waiting]), strict=True):
        change.row["number"] = number
    number = outcome.document["number"] if outcome.document else None
    document = outcome.document["id"] if outcome.document else None
    position = feed.record(
        uow,
        uow.changes,
        chain_key=chain_key,
        recorded_at=recorded_at,
        principal_id=principal.user_id,
        command=spec.name,
        command_id=command_id,
    )
    message = {"key": outcome.message_key, "values": outcome.values, "data": outcome.data}
    uow.insert(
        kernel.command_receipt,
        principal_id=principal.user_id,
        command_id=command_id,
        command=spec.name,
        body_hash=body_hash,
        document_id=document,
        number=number,
        message=json.dumps(message, ensure_ascii=False, default=str),
        position=position,
    )
    return Receipt(
        command_id,
        "done",
        outcome.message_key,
        {**outcome.values, "number": number or ""},
        document,
        number,
        position,
        data=outcome.data,
    )


def _series_of(change: Change) -> tuple[str, date]:
    """Series and date of a number that is to be issued; commands lock series in this order, so they do not wait in a circle."""
    table, row = change.table.name, change.row
    if table == ledger.journal_entry.name:
        return JOURNAL, row.posted_on
    if table == planning_desk.plan_run.name:
        return PLAN_RUN, row.as_of
    if table == forecasting.forecast_run.name:
        return FORECAST_RUN, row.as_of
    if table == inventory_policies.policy_run.name:
        return POLICY_RUN, row.as_of
    assert table == documents.document.name, f"{table} has no number series"
    return row.kind, row.posted_on or row.document_on


def _replayed(earlier: Row, body_hash: str) -> Receipt:
    if earlier.body_hash != body_hash:
        raise Refused("command_id_reused", command_id=earlier.command_id, command=earlier.command)
    message = json.loads(earlier.message)
    return Receipt(
        earlier.command_id,
        "done",
        message["key"],
        {**message["values"], "number": earlier.number or ""},
        earlier.document_id,
        earlier.number,
        earlier.position,
        data=message["data"],
    )
