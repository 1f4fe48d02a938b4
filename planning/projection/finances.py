"""The financial tables beside a package, read and checked; None where there are none, so that planning goes on without them.

A faulty row goes to the findings like a row of the package. What makes statements impossible as a whole (opening balances that do
not balance, a rule or balance of a role that `roles` lacks) is a finding of its table, and then there are no statements.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from planning.mrp.model import MAKE
from planning.mrp.network import default_kinds
from planning.package import Package, read_beside
from planning.package.findings import Findings
from planning.package.parsing import HELD, parse
from planning.package.reading import read_raw_table
from planning.projection.amounts import minor
from schemas.planning import FINANCE_TABLES, FINANCIAL_SETTINGS, QUANTITY_SCALE, Table

CASH = "bank"
"""The role that pays what does not say by what it is paid."""

INVENTORY = {True: "inventory_finished", False: "inventory_raw"}
"""The role that an item's stock stands in where `item_accounts` says none, by whether it is made."""

LINES_OF = {
    "balance_sheet": ("debit_line", "credit_line"),
    "income_statement": ("income_line",),
    "cash_flow": ("received_line", "paid_line"),
}
"""Which columns of `roles` name lines of which statement."""


@dataclass(frozen=True)
class Finances:
    """The financial tables, parsed like a package's own: amounts and rates in millionths, dates as day numbers.

    Attributes:
        tables: by name, all of FINANCE_TABLES, empty where there was none.
        decimals: digits of the currency's minor unit.
        labour: whether routings' hours go into process at the resources' cost.
    """

    tables: Mapping[str, pl.DataFrame]
    decimals: int = 2
    labour: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def with_table(self, name: str, frame: pl.DataFrame) -> "Finances":
        """The same with one table in another's place; all others are shared."""
        return replace(self, tables={**self.tables, name: frame})


def read_finances(
    source: str | Path | Mapping[str, pl.DataFrame], package: Package, findings: Findings
) -> Finances | None:
    """Read the financial tables that lie beside a package.

    Args:
        source: the package's folder, or tables by name; others than financial ones are passed over.
        package: the package, whose items they name.
        findings: where rejects go.

    Returns:
        The tables; None where `posting_rules` and `roles` are both missing, or where the tables cannot be projected.

    >>> from planning.package import read_package
    >>> findings = Findings()
    >>> package = read_package({"parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...                         "items": pl.DataFrame({"item": ["BOLT"]})})
    >>> read_finances({}, package, findings) is None, findings.table().height
    (True, 0)
    """
    raw = _raw(source, findings)
    if "posting_rules" not in raw and "roles" not in raw:
        return None
    tables = {
        name: read_beside(
            raw.get(name, pl.DataFrame(schema={c.name: pl.String for c in table.columns})), table, package, findings
        )
        for name, table in FINANCE_TABLES.items()
    }
    tables["tax"] = _known_tax(tables["tax"], package.items, findings)
    settings = _settings(raw.get("financial_settings"), findings)
    finances = Finances(tables, settings["currency_decimals"], settings["labour"] == "routing")
    return finances if _is_whole(finances, package, findings) else None


def _known_tax(tax: pl.DataFrame, items: pl.Series, findings: Findings) -> pl.DataFrame:
    """Rates of everything and of items that there are."""
    known = pl.col("item").is_null() | pl.col("item").is_in(items.implode())
    strange = tax.filter(~known)
    if strange.height:
        findings.reject_rows("tax", strange["row"], "item", strange["item"], "unknown item")
    return tax.filter(known)


def _raw(source: str | Path | Mapping[str, pl.DataFrame], findings: Findings) -> dict[str, pl.DataFrame]:
    names = [*FINANCE_TABLES, "financial_settings"]
    if isinstance(source, Mapping):
        return {name: source[name] for name in names if name in source}
    found = {name: read_raw_table(Path(source), name, findings) for name in names}
    return {name: frame for name, frame in found.items() if frame is not None}


def _settings(frame: pl.DataFrame | None, findings: Findings) -> dict[str, Any]:
    values: dict[str, Any] = {column.name: column.default for column in FINANCIAL_SETTINGS}
    known = {column.name: column for column in FINANCIAL_SETTINGS}
    if frame is None:
        return values
    if not {"key", "value"} <= set(frame.columns):
        findings.reject("financial_settings", 0, "key", None, "needs the columns key and value")
        return values
    for number, (key, value) in enumerate(frame.select("key", "value").iter_rows(), start=1):
        if key not in known:
            findings.reject("financial_settings", number, "key", key, "unknown setting")
            continue
        parsed = parse(pl.Series("value", [None if value is None else str(value)], dtype=pl.String), known[key])
        if parsed.faults or parsed.values[0] is None:
            findings.reject(
                "financial_settings", number, "value", value, parsed.faults[0][1] if parsed.faults else "missing value"
            )
        else:
            values[key] = parsed.values[0]
    if values["currency_decimals"] > 4:
        findings.reject("financial_settings", 0, "currency_decimals", values["currency_decimals"], "at most 4 decimals")
        values["currency_decimals"] = 2
    return values


def _is_whole(finances: Finances, package: Package, findings: Findings) -> bool:
    """Whether statements can be made of the tables at all; says why not."""
    before = len(findings.rejects)
    known = set(finances.tables["roles"]["role"].to_list())
    for name, columns in (
        ("posting_rules", ["role"]),
        ("opening_balances", ["role"]),
        ("overheads", ["role", "against"]),
    ):
        for column in columns:
            frame = finances.tables[name].filter(pl.col(column).is_not_null() & ~pl.col(column).str.starts_with("$"))
            strange = frame.filter(~pl.col(column).is_in(list(known)))
            findings.reject_rows(name, strange["row"], column, strange[column], "unknown role")
    accounts = finances.tables["item_accounts"].filter(~pl.col("inventory_role").is_in(list(known)))
    findings.reject_rows("item_accounts", accounts["row"], "inventory_role", accounts["inventory_role"], "unknown role")
    _check_defaults(finances, package, known, findings)
    _check_lines(finances, findings)
    if finances.tables["roles"].filter(pl.col("cash")).height == 0:
        findings.reject("roles", 0, "cash", None, "no role is marked as cash")
    if finances.tables["overheads"]["against"].null_count() and CASH not in known:
        findings.reject("overheads", 0, "against", CASH, "unknown role")
    opening = finances.tables["opening_balances"]
    for column in ("debit", "credit"):
        broken = opening.filter(pl.col(column) % 10 ** (6 - finances.decimals) != 0)
        findings.reject_rows(
            "opening_balances", broken["row"], column, broken[column] / QUANTITY_SCALE, "not on the minor unit"
        )
    debit, credit = (minor(int(opening[column].sum()), finances.decimals) for column in ("debit", "credit"))
    if debit != credit:
        said = f"debit {debit} and credit {credit} minor units differ"
        findings.reject(
            "opening_balances", 0, "debit", debit - credit, f"the opening position does not balance: {said}"
        )
    return _without_empty(findings, before)


def _check_defaults(finances: Finances, package: Package, known: set[str], findings: Findings) -> None:
    """Where rules name the stock of an item, the role that items without one of their own stand in must be there too."""
    rules = finances.tables["posting_rules"]
    placeholders = rules.filter(pl.col("role").str.starts_with("$") & (pl.col("role") != "$inventory"))
    findings.reject_rows(
        "posting_rules", placeholders["row"], "role", placeholders["role"], "only $inventory stands for a role"
    )
    own = finances.tables["item_accounts"].filter(pl.col("inventory_role").is_not_null())["item"]
    makes = default_kinds(package) == MAKE
    without = ~package.items.is_in(own.implode()).to_numpy()
    if not (rules["role"] == "$inventory").any():
        return
    for made, role in INVENTORY.items():
        count = int((without & (makes == made)).sum())
        if count and role not in known:
            findings.reject("item_accounts", 0, "inventory_role", role, f"unknown role, in which {count} items stand")


def _check_lines(finances: Finances, findings: Findings) -> None:
    """Where statements have a form, every role must have its lines, and every line that is named must be there."""
    forms, roles = finances.tables["statement_lines"], finances.tables["roles"]
    if forms.height == 0:
        return
    result = pl.col("class").is_in(["income", "expense"])
    homeless = roles.filter(pl.col("debit_line").is_null() & pl.col("credit_line").is_null())
    findings.reject_rows("roles", homeless["row"], "debit_line", homeless["role"], "no line of the balance sheet")
    homeless = roles.filter(result & pl.col("income_line").is_null())
    findings.reject_rows("roles", homeless["row"], "income_line", homeless["role"], "no line of the income statement")
    for statement, columns in LINES_OF.items():
        known = forms.filter((pl.col("statement") == statement) & pl.col("kind").is_in(["line", "opening"]))
        for column in columns:
            strange = roles.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(known["line"].implode()))
            findings.reject_rows("roles", strange["row"], column, strange[column], f"no such line in {statement}")
    sideless = forms.filter((pl.col("kind") == "line") & pl.col("side").is_null())
    findings.reject_rows("statement_lines", sideless["row"], "side", sideless["key"], "a line needs a side")


def _without_empty(findings: Findings, before: int) -> bool:
    """Drop empty frames that were gathered since; whether nothing is left."""
    findings.rejects[before:] = [frame for frame in findings.rejects[before:] if frame.height]
    return len(findings.rejects) == before


def held_frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows in the held form of a table, columns that they lack null; for tables that are made and not read.

    >>> held_frame(FINANCE_TABLES["order_values"], [{"order": "PO-1", "unit_price": 2_500_000}]).rows()
    [('PO-1', 2500000, None)]
    """
    schema = {column.name: HELD[column.kind] for column in table.columns}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def empty_finances() -> Finances:
    """Financial tables without rows: goods at their unit cost, no prices, no terms."""
    return Finances(
        {
            name: held_frame(table, []).with_columns(
                *(pl.lit(None, dtype=pl.Int32).alias(f"{column}_index") for column in table.items)
            )
            for name, table in FINANCE_TABLES.items()
        }
    )
