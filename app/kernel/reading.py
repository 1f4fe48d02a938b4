"""How rows are read by the values of columns: one query for all values where a column is asked for several."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import Table

from app.kernel.binding import binder, found
from app.kernel.driver import Driver

Lock = Literal["change", "hold"]
"""`change`: the rows will be changed, nobody else may. `hold`: they will not, and nobody may, but others may hold them too."""

_LOCKING: Final[dict[Lock | None, str]] = {None: "", "change": " for no key update", "hold": " for share"}
_LIST: Final = 0
_NOTHING: Final = -1


def read_rows(
    driver: Driver, table: Table, columns: tuple[str, ...], values: list[Any], *, lock: Lock | None
) -> list[dict[str, Any]]:
    """Read the rows of a table that have one of these values in these columns, in the order of values and keys.

    Args:
        driver: an open transaction.
        table: where to look.
        columns: columns to compare with.
        values: a value each, None alone for rows without one, or a tuple of values where there are several columns.
        lock: how to lock the rows, in the order in which they are given; SQLite has one writer and needs none.
    """
    locking = _LOCKING[lock] if driver.dialect == "postgresql" else ""
    if values == [None]:
        records = driver.read(_query(driver.dialect, table, columns, _NOTHING, locking=locking), [])
    elif len(columns) == 1:
        convert = binder(driver.dialect, table, columns[0]) or _as_it_is
        given = [convert(value) for value in values]
        width = len(given) if driver.dialect == "sqlite" or len(given) == 1 else _LIST
        text = _query(driver.dialect, table, columns, width, locking=locking)
        records = driver.read(text, [given] if width == _LIST else given)
    else:
        turns = [binder(driver.dialect, table, name) or _as_it_is for name in columns]
        sets = [[turn(part) for turn, part in zip(turns, value, strict=True)] for value in values]
        text = _query(driver.dialect, table, columns, 1, locking=locking)
        records = [record for part in driver.read_each(text, sets) for record in part]
    shape = found(driver.dialect, table)
    return [shape.row(record) for record in records]


def _as_it_is(value: Any) -> Any:
    return value


@cache
def _query(dialect: str, table: Table, columns: tuple[str, ...], width: int, *, locking: str) -> str:
    """The text of a query.

    Args:
        width: how many values the first column is compared with; `_LIST` for a list in one parameter, `_NOTHING` for null.
    """
    place = "?" if dialect == "sqlite" else "${}"
    if width == 1:
        compared = (f'"{name}" = {place.format(number)}' for number, name in enumerate(columns, 1))
    elif width == _NOTHING:
        compared = iter((f'"{columns[0]}" is null',))
    elif width == _LIST:
        compared = iter((f'"{columns[0]}" = any($1)',))
    else:
        compared = iter((f'"{columns[0]}" in ({", ".join("?" * width)})',))
    keys = [column.name for column in table.primary_key.columns]
    order = dict.fromkeys(keys if width in {1, _NOTHING} else [columns[0], *keys])
    names, sorting = (", ".join(f'"{name}"' for name in listed) for listed in (table.columns.keys(), order))
    return f'select {names} from "{table.name}" where {" and ".join(compared)} order by {sorting}{locking}'  # noqa: S608 - only names of our own tables are put in; values are bound
