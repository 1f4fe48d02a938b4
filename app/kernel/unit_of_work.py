"""The unit of work: what a command reads and writes, gathered in memory and written in one batch a table.

Rows are read once and kept; changes are collected and flushed in the tables' write order, so that a command costs a handful
of statements however many lines it has, and several commands may share one transaction (group commit, bulk import) without
seeing half of each other. A command that is refused is undone in memory by its own journal of changes.

Rows that will change are locked when they are read, in one global order; updating a row that was neither locked nor born
here is our own bug and fails on both databases, though only PostgreSQL needs the lock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from app.kernel.driver import Driver, Statement
from app.kernel.errors import Refused
from app.kernel.known import Known
from app.kernel.reading import read_rows
from app.kernel.writing import inserts, updates
from schemas.operational import METADATA
from schemas.operational.types import Scaled
from schemas.vocabulary.documents import may_move

_FETCH_CHUNK: Final = 500
_WORTH_GATHERING: Final = 2
_FIRST_PASSING_RANK: Final = 6


class Row(dict[str, Any]):
    """One row by column name, readable as attributes."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class _Shape:
    """What the unit of work knows about a table, computed once."""

    table: Table
    key: tuple[str, ...]
    scaled: tuple[tuple[str, Scaled], ...]
    columns: tuple[str, ...]
    lookups: tuple[str, ...]
    empty: dict[str, None]


def _shape(table: Table) -> _Shape:
    scaled = tuple((c.name, c.type) for c in table.columns if isinstance(c.type, Scaled))
    return _Shape(
        table,
        tuple(c.name for c in table.primary_key.columns),
        scaled,
        tuple(c.name for c in table.columns),
        tuple(table.info["lookups"]),
        dict.fromkeys(c.name for c in table.columns),
    )


_SHAPES: Final = {table.name: _shape(table) for table in METADATA.tables.values()}
_RANKED: Final = sorted(METADATA.tables.values(), key=lambda t: (t.info["write_rank"], t.name))


@dataclass
class _Memory:
    """Rows of one table held in this transaction."""

    rows: dict[Any, Row] = field(default_factory=dict)
    locked: set[Any] = field(default_factory=set)
    groups: dict[str, dict[Any, list[Row]]] = field(default_factory=lambda: defaultdict(dict))
    locked_groups: set[tuple[str, Any]] = field(default_factory=set)
    pending: list[Row] = field(default_factory=list)
    ungrouped: dict[tuple[str, Any], list[Row]] = field(default_factory=dict)
    changed: dict[Any, Row] = field(default_factory=dict)
    absent: set[Any] = field(default_factory=set)
    keyed: dict[tuple[str, Any, str], tuple[list[Row], dict[Any, Row]]] = field(default_factory=dict)


@dataclass
class Change:
    """One insert or update of the running command; `before` holds the old values of an update."""

    table: Table
    row: Row
    before: dict[str, Any] | None


class UnitOfWork:
    """Reads and writes of one transaction, command by command."""

    def __init__(self, connection: Connection, ids: IdSource, known: Known | None = None) -> None:
        self.connection = connection
        self._known = known
        self.dialect = connection.dialect.name
        self._driver = Driver(connection)
        self._ids = ids
        self._memory: dict[str, _Memory] = defaultdict(_Memory)
        self._born: set[int] = set()
        self._held: set[tuple[str, str, Any]] = set()
        self.changes: list[Change] = []

    # Reading ---------------------------------------------------------------------------------------------------------

    def get(self, table: Table, key: Any, *, lock: bool = False) -> Row | None:
        """Return the row with this primary key, or None."""
        memory = self._memory[table.name]
        row = memory.rows.get(key)
        if row is not None and (not lock or key in memory.locked):
            return row
        if row is None and (key in self._born or key in memory.absent):
            return None
        found = self._fetch(table, _SHAPES[table.name].key, [key], lock=lock)
        return found[0] if found else None

    def need(self, table: Table, key: Any, *, lock: bool = False, what: str | None = None) -> Row:
        """Return the row with this primary key.

        Raises:
            Refused: there is none.
        """
        row = self.get(table, key, lock=lock)
        if row is None:
            raise Refused("not_found", what=what or table.name, value=key)
        return row

    def many(self, table: Table, keys: Iterable[Any], *, lock: bool = False) -> dict[Any, Row]:
        """Return the rows with these primary keys, by key; missing keys are absent."""
        memory = self._memory[table.name]
        wanted = sorted(set(keys))
        missing = [k for k in wanted if k not in memory.rows or (lock and k not in memory.locked)]
        missing = [k for k in missing if k in memory.rows or k not in self._born]
        for start in range(0, len(missing), _FETCH_CHUNK):
            self._fetch(table, _SHAPES[table.name].key, missing[start : start + _FETCH_CHUNK], lock=lock)
        return {k: memory.rows[k] for k in wanted if k in memory.rows}

    def where(self, table: Table, column: str, value: Any, *, lock: bool = False) -> list[Row]:
        """Return all rows with this value in one of the table's lookup columns, in key order."""
        shape, memory = _SHAPES[table.name], self._memory[table.name]
        assert column in shape.lookups, f"{table.name} has no lookup by {column}"
        group = memory.groups[column].get(value)
        known = group is not None or (value in self._born and isinstance(value, int))
        if known and (not lock or (column, value) in memory.locked_groups or value in self._born):
            return list(group or ())
        group = self._join_pending(memory, column, value, self._fetch(table, (column,), [value], lock=lock))
        if lock:
            memory.locked_groups.add((column, value))
        return list(group)

    def keyed(self, table: Table, column: str, value: Any, by: str) -> Mapping[Any, Row]:
        """Return all rows with this value in a lookup column by another column, in which they differ and which never changes.

        The mapping is kept and grows with the rows: to look one up costs the same however many there are.
        """
        memory = self._memory[table.name]
        if value not in memory.groups[column]:
            self.where(table, column, value)
        group = memory.groups[column].get(value)
        if group is None:
            return {}
        kept, found = memory.keyed.get((column, value, by), (group, {}))
        if kept is not group or len(found) > len(group):
            found = {}
        found.update((row[by], row) for row in group[len(found) :])
        memory.keyed[column, value, by] = (group, found)
        return found

    def gather(self, table: Table, column: str, values: Iterable[Any], *, lock: bool = False) -> None:
        """Read the rows of several values of a lookup column in one statement, for calls of `where` that follow."""
        shape, memory = _SHAPES[table.name], self._memory[table.name]
        assert column in shape.lookups, f"{table.name} has no lookup by {column}"
        groups, locked = memory.groups[column], memory.locked_groups
        touched = groups.keys() | {value for name, value in memory.ungrouped if name == column}
        if lock:  # What was read without a lock is read once more: rows are locked in one order or they are not.
            touched = {value for name, value in locked if name == column}
        wanted = sorted(set(values) - touched - self._born)
        if len(wanted) < _WORTH_GATHERING:
            return
        for start in range(0, len(wanted), _FETCH_CHUNK):
            chunk = wanted[start : start + _FETCH_CHUNK]
            loaded: dict[Any, list[Row]] = {value: [] for value in chunk}
            for row in self._fetch(table, (column,), chunk, lock=lock):
                loaded[row[column]].append(row)
            for value, rows in loaded.items():
                self._join_pending(memory, column, value, rows)
            if lock:
                locked.update((column, value) for value in chunk)

    def read_again(self, table: Table, column: str, value: Any) -> list[Row]:
        """Return all rows with this value in a lookup column as the store has them by now, in key order, without a lock.

        For what others may have changed since it was read first, once a lock elsewhere keeps them from changing it further. What
        this transaction locked or changed is as it is here.
        """
        memory = self._memory[table.name]
        if self.dialect != "postgresql" or (column, value) in memory.locked_groups or value in self._born:
            return self.where(table, column, value)
        records = read_rows(self._driver, table, (column,), [value], lock=None)
        rows = [self._remember(memory, _SHAPES[table.name], Row(record), lock=False, renew=True) for record in records]
        return list(self._join_pending(memory, column, value, rows))

    def by_now(self, table: Table, column: str, value: Any) -> list[Row]:
        """Return all locked rows with this value in a lookup column, and after them those that others added meanwhile.

        Who waits for locks of rows does not see what was added while it waited: it reads once more when a lock elsewhere keeps more
        from coming. What is added is only read: it is not kept, so nothing can be changed that was not locked.
        """
        rows = self.where(table, column, value, lock=True)
        if self.dialect != "postgresql" or value in self._born:
            return rows
        name = _SHAPES[table.name].key[0]
        known = {row[name] for row in rows}
        records = read_rows(self._driver, table, (column,), [value], lock=None)
        return rows + [Row(record) for record in records if record[name] not in known]

    def _join_pending(self, memory: _Memory, column: str, value: Any, loaded: list[Row]) -> list[Row]:
        """Hold what was read of a lookup value as a group, with the rows of this transaction that are not written yet."""
        pending = [*memory.groups[column].get(value, ()), *memory.ungrouped.pop((column, value), ())]
        fetched = {id(row) for row in loaded}
        group = memory.groups[column][value] = loaded + [row for row in pending if id(row) not in fetched]
        return group

    def held(self, table: Table, column: str, value: Any) -> Row | None:
        """Return the only row with this value in a unique lookup column, which nobody changes until this transaction ends."""
        place = (table.name, column, value)
        if self.dialect == "postgresql" and place not in self._held:
            self._held.add(place)
            memory = self._memory[table.name]
            records = read_rows(self._driver, table, (column,), [value], lock="hold")
            rows = [self._remember(memory, _SHAPES[table.name], Row(record), lock=False) for record in records]
            memory.groups[column].setdefault(value, rows)
        return self.one(table, column, value)

    def one(self, table: Table, column: str, value: Any, *, lock: bool = False) -> Row | None:
        """Return the only row with this value in a unique lookup column, or None."""
        rows = self.where(table, column, value, lock=lock)
        return rows[0] if rows else None

    def _fetch(self, table: Table, columns: tuple[str, ...], values: list[Any], *, lock: bool) -> list[Row]:
        shape, memory = _SHAPES[table.name], self._memory[table.name]
        if lock or self._known is None or not table.info["master"]:
            records = read_rows(self._driver, table, columns, values, lock="change" if lock else None)
        else:
            records = self._recall(self._known, table, columns, values)
        return [self._remember(memory, shape, Row(record), lock=lock) for record in records]

    def _recall(self, known: Known, table: Table, columns: tuple[str, ...], values: list[Any]) -> list[Any]:
        """Master data: from what is known, and the rest from the store."""
        lookups, place = known.lookups, (table.name, columns)
        missing = [value for value in values if (*place, value) not in lookups]
        if missing:
            found: dict[Any, list[Any]] = {value: [] for value in missing}
            for record in read_rows(self._driver, table, columns, missing, lock=None):
                key = record[columns[0]] if len(columns) == 1 else tuple(record[name] for name in columns)
                found[key].append(record)
            lookups.update(((*place, value), tuple(records)) for value, records in found.items())
        return [record for value in values for record in lookups[(*place, value)]]

    def _remember(self, memory: _Memory, shape: _Shape, row: Row, *, lock: bool, renew: bool = False) -> Row:
        key = row[shape.key[0]] if len(shape.key) == 1 else tuple(row[name] for name in shape.key)
        held = memory.rows.get(key)
        if held is None:
            memory.rows[key] = held = row
        elif (lock or renew) and key not in memory.locked and key not in memory.changed:
            held.update(row)
        if lock:
            memory.locked.add(key)
        return held

    # Writing ---------------------------------------------------------------------------------------------------------

    def next_id(self) -> int:
        """Mint an id that no other row of the store has."""
        minted = self._ids.mint()
        self._born.add(minted)
        return minted

    def insert(self, table: Table, **values: Any) -> Row:
        """Add a row; it gets an id where the table has one. Columns that are not named are null or their default.

        Raises:
            Refused: a number has more digits than its column holds.
        """
        shape, memory = _SHAPES[table.name], self._memory[table.name]
        row = Row({**dict.fromkeys(shape.columns), **values})
        assert len(row) == len(shape.columns), f"{table.name} has no column {set(row) - set(shape.columns)}"
        if shape.key == ("id",) and row["id"] is None:
            row["id"] = self.next_id()
        self._fix_scales(row, shape.scaled)
        key = row[shape.key[0]] if len(shape.key) == 1 else tuple(row[name] for name in shape.key)
        memory.rows[key] = row
        memory.locked.add(key)
        memory.pending.append(row)
        self._tell_apart(table)
        for column in self._join_groups(memory, shape, row):
            memory.ungrouped.setdefault((column, row[column]), []).append(row)
        self.changes.append(Change(table, row, None))
        return row

    def _join_groups(self, memory: _Memory, shape: _Shape, row: Row) -> list[str]:
        """Add a new row to the groups that are held whole, and return the lookup columns of those that are not."""
        apart: list[str] = []
        for column in shape.lookups:
            group = memory.groups[column].get(row[column])
            if group is not None:
                group.append(row)
            elif row[column] in self._born:
                memory.groups[column][row[column]] = [row]
            else:
                apart.append(column)
        return apart

    def update(self, table: Table, row: Row, **values: Any) -> None:
        """Change columns of a row that was locked or born in this transaction.

        Raises:
            Refused: a document would leave its transitions, or a number has too many digits.
        """
        shape, memory = _SHAPES[table.name], self._memory[table.name]
        key = row[shape.key[0]] if len(shape.key) == 1 else tuple(row[name] for name in shape.key)
        assert key in memory.locked, f"{table.name} {key} is changed without having been locked"
        assert not table.info["append_only"], f"{table.name} is append-only"
        fixed = [name for name in shape.lookups if name in values and values[name] != row[name]]
        assert not fixed, f"{table.name} is looked up by {fixed}, which never changes"
        if table.name == "document":
            after = values.get("state", row["state"])
            if after != row["state"] and not may_move(row["kind"], row["state"], after):
                raise Refused("state_move", number=row["number"], before=row["state"], after=after)
        before = {name: row[name] for name in values}
        if "version" in shape.columns:
            before["version"] = row["version"]
            row["version"] += 1
        row.update(values)
        self._fix_scales(row, [pair for pair in shape.scaled if pair[0] in values])
        memory.changed[key] = row
        self._tell_apart(table)
        self.changes.append(Change(table, row, before))

    def _tell_apart(self, table: Table) -> None:
        """From here on this transaction may see master data that nobody else sees yet."""
        if table.info["master"]:
            self._known = None

    def _fix_scales(self, row: Row, scaled: Iterable[tuple[str, Scaled]]) -> None:
        for name, kind in scaled:
            value = row[name]
            if type(value) is Decimal and not value:
                # Also a negative zero, which would be told otherwise than it is stored.
                row[name] = kind.zero
            elif value is not None and not (type(value) is Decimal and value.same_quantum(kind.step)):
                try:
                    row[name] = kind.exact(value)
                except (ValueError, ArithmeticError) as error:
                    raise Refused("number_digits", field=name, name=name, value=str(value)) from error
            if value is not None and abs(value) > kind.largest:
                raise Refused("number_digits", field=name, name=name, value=str(value))

    def ensure(
        self, table: Table, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]], **defaults: Any
    ) -> dict[tuple[Any, ...], Row]:
        """Lock the rows with these natural keys, making those that do not exist yet, in one order.

        Args:
            table: a table with a unique constraint over `columns`.
            columns: the natural key's columns; the first must be a lookup column or the primary key.
            keys: natural keys.
            defaults: values of a new row's other columns.

        Returns:
            The locked row of each key.
        """
        rows: dict[tuple[Any, ...], Row] = {}
        keys = sorted(set(keys))
        if columns != _SHAPES[table.name].key:
            self.gather(table, columns[0], (key[0] for key in keys), lock=True)
        else:
            self.many(table, (key[0] if len(key) == 1 else key for key in keys), lock=True)
        for key in keys:
            row = self._by_natural_key(table, columns, key)
            if row is None and self.dialect == "postgresql":
                row = self._make(table, columns, key, defaults)
            if row is None:
                row = self.insert(table, **dict(zip(columns, key, strict=True)), **defaults)
            rows[key] = row
        return rows

    def _by_natural_key(self, table: Table, columns: tuple[str, ...], key: tuple[Any, ...]) -> Row | None:
        if columns == _SHAPES[table.name].key:
            return self.get(table, key[0] if len(key) == 1 else key, lock=True)
        group = self.where(table, columns[0], key[0], lock=True)
        return next((r for r in group if all(r[c] == v for c, v in zip(columns, key, strict=True))), None)

    def _make(self, table: Table, columns: tuple[str, ...], key: tuple[Any, ...], defaults: dict[str, Any]) -> Row:
        """PostgreSQL: insert a missing row so that two transactions that need it meet at its unique key and neither fails."""
        shape, memory = _SHAPES[table.name], self._memory[table.name]
        record = {**dict(zip(columns, key, strict=True)), **defaults}
        if shape.key == ("id",):
            record["id"] = self._ids.mint()
        self._tell_apart(table)
        self.connection.execute(postgresql_insert(table).on_conflict_do_nothing(index_elements=list(columns)), record)
        row = self._fetch(table, columns, [key if len(columns) > 1 else key[0]], lock=True)[0]
        self._join_groups(memory, shape, row)
        return row

    # Command boundaries ----------------------------------------------------------------------------------------------

    def discard(self) -> None:
        """Undo the running command in memory; nothing of it has reached the database."""
        for change in reversed(self.changes):
            memory, shape = self._memory[change.table.name], _SHAPES[change.table.name]
            row = change.row
            key = row[shape.key[0]] if len(shape.key) == 1 else tuple(row[name] for name in shape.key)
            if change.before is not None:
                row.update(change.before)
                continue
            memory.pending.pop()
            memory.keyed.clear()
            memory.rows.pop(key, None)
            memory.changed.pop(key, None)
            memory.locked.discard(key)
            for column in shape.lookups:
                for group in (memory.groups[column].get(row[column]), memory.ungrouped.get((column, row[column]))):
                    if group and group[-1] is row:
                        group.pop()
        self.changes = []

    def write_earlier(self) -> None:
        """Write what earlier commands of this transaction left pending, for a command that is about to query past the memory.

        Only before the running command has changed anything: what it changes must stay undoable in memory.
        """
        assert not self.changes, "the running command has changed rows already"
        self.flush()

    def take_changes(self) -> list[Change]:
        """End the running command: hand out its changes and begin a new list."""
        taken, self.changes = self.changes, []
        return taken

    def carry_over(self, connection: Connection, ids: IdSource) -> None:
        """Go on in a new transaction with what was read of master data and balances; documents and ledgers are let go.

        Only right where nobody else wrote to the store in between; the caller knows that by the feed's position.
        """
        self.connection, self._driver, self._ids = connection, Driver(connection), ids
        self._born = set()
        for table in _RANKED:
            if table.info["write_rank"] >= _FIRST_PASSING_RANK:
                self._memory.pop(table.name, None)

    def expect(self, table: Table, keys: Iterable[Any]) -> None:
        """Note keys that the caller knows to be absent from the store, so that they are not looked up one by one."""
        self._memory[table.name].absent.update(keys)

    @property
    def last_id(self) -> int:
        """The highest id minted on SQLite."""
        return self._ids.last

    def flush(self, *, below_rank: int | None = None) -> None:
        """Write what is pending, tables in their write order, rows in key order.

        Args:
            below_rank: leave tables of this rank and above for a later flush.
        """
        changes: list[Statement] = []
        for table in _RANKED:
            if below_rank is not None and table.info["write_rank"] >= below_rank:
                break
            memory = self._memory.get(table.name)
            if memory is not None:
                changes += self._pending(table, memory)
        if changes:
            self._driver.write(changes)

    def _pending(self, table: Table, memory: _Memory) -> list[Statement]:
        """The statements that write what is pending of a table; from here on it counts as written."""
        statements: list[Statement] = []
        fresh = {id(row) for row in memory.pending}
        changed = [memory.changed[key] for key in sorted(memory.changed) if id(memory.changed[key]) not in fresh]
        if memory.pending:
            statements += inserts(self.dialect, table, memory.pending)
        if changed:
            statements += updates(self.dialect, table, changed)
        memory.pending = []
        memory.ungrouped = {}
        memory.changed = {}
        return statements


class IdSource:
    """Mints ids that are unique in the store.

    On SQLite the writer holds the store, so the last id is part of the transaction; on PostgreSQL a sequence hands out blocks
    outside of it, so a rolled-back transaction leaves a hole, which an id may have. A block serves one transaction alone: of two
    that follow one another the later has the higher ids, by which the latest of several rows is told.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"
        self._next, self._end = 0, 0
        self.last = 0
        if not self._postgresql:
            self.last = connection.exec_driver_sql("select last_id from store_head").scalar_one()

    def mint(self) -> int:
        """Return the next id."""
        if not self._postgresql:
            self.last += 1
            return self.last
        if self._next == self._end:
            block = self._connection.exec_driver_sql("select nextval('id_block')").scalar_one()
            self._next, self._end = block * ID_BLOCK, (block + 1) * ID_BLOCK
        self._next += 1
        return self._next - 1


def fresh_id(connection: Connection) -> int:
    """Mint an id outside of a unit of work, in the same counter, for a row that is written at once."""
    ids = IdSource(connection)
    minted = ids.mint()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("update store_head set last_id = ?", (ids.last,))
    return minted


ID_BLOCK: Final = 64
