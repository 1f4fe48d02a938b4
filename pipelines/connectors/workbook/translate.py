"""Checks a workbook as a whole and turns it into commands, each with the row it came from.

Every fault is a row error with sheet, row, column, value and reason; all are found, not the first. Whether codes that are not on a
sheet exist in the company, and what the business refuses, is found by rehearsing the commands.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pipelines.connectors.translation import TranslatedCommand
from pipelines.connectors.workbook.layout import REFERENCES, SHEETS, Column, Sheet, sheet_of
from pipelines.connectors.workbook.read import Cells

PREFIX: Final = "workbook"
_YES: Final = {"yes": True, "true": True, "1": True, "是": True, "no": False, "false": False, "0": False, "否": False}
_STOCK_LINES: Final = 10_000
_LONGEST_ID: Final = 100
_LINE_FIELD: Final = re.compile(r"(?:lines|steps)\.(?P<index>\d+)\.(?P<name>\w+)$")


@dataclass(frozen=True)
class RowError:
    """What is wrong with one cell or row."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str


@dataclass
class Staged:
    """A workbook that was read and checked: values by sheet with their row numbers, and what is wrong."""

    rows: dict[str, list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)

    def of(self, sheet: str) -> list[dict[str, Any]]:
        """The values of a sheet."""
        return [values for _, values in self.rows.get(sheet, ())]


def stage(cells: Cells) -> Staged:
    """Check the form of every cell, what must be filled in, what may occur once, and references between sheets."""
    staged = Staged()
    known = {sheet.name for sheet in SHEETS}
    unknown = "no sheet of the template has this name; remove it"
    staged.errors += [RowError(name, 1, "", name, unknown) for name in cells if name not in known]
    for sheet in SHEETS:
        rows = cells.get(sheet.name, [])
        staged.rows[sheet.name] = list(_rows_of(sheet, rows, staged.errors))
    _refuse_repeated(staged)
    _refuse_dangling(staged)
    for row, values in staged.rows["trial_balance"]:
        if (values["debit"] is None) == (values["credit"] is None):
            reason = "needs a debit or a credit, not both"
            staged.errors.append(RowError("trial_balance", row, "debit", str(values["debit"] or ""), reason))
    return staged


def _rows_of(
    sheet: Sheet, rows: list[list[str | None]], errors: list[RowError]
) -> Iterator[tuple[int, dict[str, Any]]]:
    if not rows:
        return
    heading = [(name or "").lower() for name in rows[0]]
    unknown = "no column of the template has this heading; remove it"
    errors += [RowError(sheet.name, 1, name, name, unknown) for name in heading if name and sheet.column(name) is None]
    missing = [column.name for column in sheet.columns if column.needed and column.name not in heading]
    errors += [
        RowError(sheet.name, 1, name, "", "the column is missing; take the template's headings") for name in missing
    ]
    if missing:
        return
    places = {column.name: heading.index(column.name) for column in sheet.columns if column.name in heading}
    for number, row in enumerate(rows[1:], start=2):
        if any(row):
            yield (
                number,
                {
                    column.name: _value(
                        sheet, number, column, row[places[column.name]] if column.name in places else None, errors
                    )
                    for column in sheet.columns
                },
            )


def _value(sheet: Sheet, row: int, column: Column, text: str | None, errors: list[RowError]) -> Any:
    if text is None:
        if column.needed:
            errors.append(RowError(sheet.name, row, column.name, "", "must be filled in"))
        return None
    value, reason = _read(column, text)
    if reason:
        errors.append(RowError(sheet.name, row, column.name, text[:80], reason))
    return value


def _read(column: Column, text: str) -> tuple[Any, str]:
    """Read a cell's text by its column's kind: the value, or why there is none."""
    if column.kind == "number":
        return _number(text)
    if column.kind == "day":
        try:
            return datetime.fromisoformat(text).date(), ""
        except ValueError:
            return None, "is no date; write it as 2026-01-31"
    if column.kind == "yes_no":
        value = _YES.get(text.lower())
        return value, "" if value is not None else "is neither yes nor no"
    if column.kind == "choice":
        word = text.lower().replace(" ", "_")
        return (word, "") if word in column.choices else (None, "must be one of " + ", ".join(column.choices))
    return text, ""


def _number(text: str) -> tuple[Decimal | None, str]:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None, "is no number; write digits and a point only"
    if not number.is_finite() or abs(number) >= Decimal(10) ** 14:
        return None, "is too large"
    if -number.as_tuple().exponent > 8:  # pyright: ignore[reportOperatorIssue]
        return None, "has more than 8 decimals; round it"
    return number, ""


def _refuse_repeated(staged: Staged) -> None:
    for sheet in SHEETS:
        seen: dict[tuple[Any, ...], int] = {}
        for row, values in staged.rows[sheet.name]:
            key = tuple(values[name] for name in sheet.key)
            if key in seen:
                text = " ".join(str(part) for part in key if part is not None)
                reason = f"is there already in row {seen[key]}"
                staged.errors.append(RowError(sheet.name, row, sheet.key[0], text, reason))
            seen.setdefault(key, row)


def _refuse_dangling(staged: Staged) -> None:
    """A reference must be on its sheet, unless that sheet is empty: then the company has it already, and the rehearsal tells."""
    for (name, column), target in REFERENCES.items():
        known = {values["code"] for values in staged.of(target)}
        if not known:
            continue
        for row, values in staged.rows[name]:
            value = values[column]
            if value is not None and value not in known:
                staged.errors.append(RowError(name, row, column, str(value), f"is not on sheet {target}; add it there"))


class Commands:
    """The commands of a staged workbook, in order, and the sheet and row that each came from."""

    def __init__(self, staged: Staged, *, start_on: date, control_accounts: frozenset[str]) -> None:
        self._staged = staged
        self._start = start_on
        self._control = control_accounts
        self.origin: dict[str, tuple[str, int]] = {}

    def all(self) -> list[TranslatedCommand]:
        """Every command, in the order in which one needs another."""
        return [
            *self._each("categories", "put_item_category", self._category),
            *self._each("parties", "put_party", self._party),
            *self._each("items", "put_item", self._item),
            *self._each("work_centers", "put_work_center", _given),
            *self._boms(),
            *self._routings(),
            *self._stock(),
            *self._orders("sales_orders", "create_sales_order", "customer"),
            *self._orders("purchase_orders", "create_purchase_order", "supplier"),
            *self._open_items("receivables", "book_opening_receivable"),
            *self._open_items("payables", "book_opening_payable"),
            *self._balances(),
        ]

    def _command(self, name: str, sheet: str, row: int, key: object, data: dict[str, Any]) -> TranslatedCommand:
        command_id = f"{PREFIX}:{sheet}:{key}"
        if len(command_id) > _LONGEST_ID:
            command_id = f"{PREFIX}:{sheet}:{hashlib.sha256(str(key).encode()).hexdigest()}"
        self.origin[command_id] = (sheet, row)
        return TranslatedCommand(name, data, command_id, self._start, ((sheet, 1),))

    def _each(self, sheet: str, command: str, make: Any) -> Iterator[TranslatedCommand]:
        for row, values in self._staged.rows[sheet]:
            yield self._command(command, sheet, row, values["code"], make(values))

    def _party(self, values: dict[str, Any]) -> dict[str, Any]:
        role = values["role"]
        data = _given({name: value for name, value in values.items() if name != "role"})
        return {**data, "is_customer": role != "supplier", "is_supplier": role != "customer"}

    def _category(self, values: dict[str, Any]) -> dict[str, Any]:
        return {
            "code": values["code"],
            "name": values["name"],
            "valuation_method": values["valuation"],
            "inventory_role": f"inventory_{values['stock']}",
        }

    def _item(self, values: dict[str, Any]) -> dict[str, Any]:
        days = values["shelf_life_days"]
        whole = {"shelf_life_days": int(days) if days is not None and days == int(days) else days}
        return _given({**values, **whole})

    def _groups(self, sheet: str, column: str) -> Iterable[tuple[Any, list[tuple[int, dict[str, Any]]]]]:
        groups: dict[Any, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        for row, values in self._staged.rows[sheet]:
            groups[values[column]].append((row, values))
        return groups.items()

    def _boms(self) -> Iterator[TranslatedCommand]:
        for item, rows in self._groups("boms", "item"):
            lines = [_given({n: v for n, v in values.items() if n != "item"}) for _, values in rows]
            data = {"item": item, "revision": "1", "effective_from": date(self._start.year, 1, 1), "lines": lines}
            yield self._command("create_bom_revision", "boms", rows[0][0], item, data)

    def _routings(self) -> Iterator[TranslatedCommand]:
        for item, rows in self._groups("routings", "item"):
            steps = [_given({n: v for n, v in values.items() if n != "item"}) for _, values in rows]
            yield self._command("put_routing", "routings", rows[0][0], item, {"item": item, "steps": steps})

    def _stock(self) -> Iterator[TranslatedCommand]:
        rows = self._staged.rows["stock"]
        for start in range(0, len(rows), _STOCK_LINES):
            part = rows[start : start + _STOCK_LINES]
            data = {"posted_on": self._start, "lines": [_given(values) for _, values in part]}
            yield self._command("book_opening_stock", "stock", part[0][0], start // _STOCK_LINES + 1, data)

    def _orders(self, sheet: str, command: str, role: str) -> Iterator[TranslatedCommand]:
        for number, rows in self._groups(sheet, "number"):
            first = rows[0][1]
            names = ("item", "quantity", "unit_price", "due_on")
            data = {
                role: first["party"],
                "document_on": first["document_on"] or self._start,
                "external_number": number,
                "lines": [_given({name: values[name] for name in names}) for _, values in rows],
            }
            yield self._command(command, sheet, rows[0][0], number, data)

    def _open_items(self, sheet: str, command: str) -> Iterator[TranslatedCommand]:
        for row, values in self._staged.rows[sheet]:
            data = _given({name: value for name, value in values.items() if name != "number"})
            data |= {"external_number": values["number"], "posted_on": self._start}
            yield self._command(command, sheet, row, f"{values['party']}:{values['number']}", data)

    def _balances(self) -> Iterator[TranslatedCommand]:
        """Balances that no document brings; those of stock and open items come with their own sheets and are compared."""
        rows = [(row, v) for row, v in self._staged.rows["trial_balance"] if v["account"] not in self._control]
        rows = [(row, v) for row, v in rows if (v["debit"] or v["credit"])]
        if rows:
            data = {"posted_on": self._start, "lines": [_given(values) for _, values in rows]}
            yield self._command("book_opening_balances", "trial_balance", rows[0][0], "1", data)


def located(staged: Staged, sheet: str, row: int, field: str | None, refusal: dict[str, Any]) -> tuple[int, str, str]:
    """Find the row and column that a refusal is about.

    Args:
        staged: the workbook.
        sheet: the sheet that the command came from.
        row: the first row of the command.
        field: the input field that is refused, if the refusal names one.
        refusal: the values that the refusal names.

    Returns:
        Row, column and value; where the refusal does not tell, the first row and no column.
    """
    rows = _rows_with(staged, sheet, row)
    columns = [column.name for column in sheet_of(sheet).columns]
    path = _LINE_FIELD.match(field or "")
    if path is not None and int(path["index"]) < len(rows):
        number, values = rows[int(path["index"])]
        return number, path["name"], str(values.get(path["name"], ""))
    if field in columns:
        return row, field, str(rows[0][1][field])
    wanted = {str(value) for value in refusal.values()}
    for number, values in rows:
        for name in columns:
            if values[name] is not None and str(values[name]) in wanted:
                return number, name, str(values[name])
    return row, "", ""


def _rows_with(staged: Staged, sheet: str, row: int) -> list[tuple[int, dict[str, Any]]]:
    """The rows of the command whose first row is given, in the order of its lines."""
    rows = staged.rows[sheet]
    first = dict(rows)[row]
    if sheet in {"stock", "trial_balance"}:
        return [pair for pair in rows if pair[0] >= row]
    group = {"boms": "item", "routings": "item", "sales_orders": "number", "purchase_orders": "number"}.get(sheet)
    if group is None:
        return [(row, first)]
    return [(number, values) for number, values in rows if values[group] == first[group]]


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
