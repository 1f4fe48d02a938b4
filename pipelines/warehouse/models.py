"""Builds the models: one SQL file each, ordered by what they read, as views until measured too slow.

A model's page (.yml) says which kind it is:

    view    a view over other models
    as_of   a parameterised view (a DuckDB table macro), for what depends on a date that the reader chooses
    total   sums of append-only rows. Computed once when a base is made, over `base` alone, and for recent rows at reading;
            its SQL names operational tables without schema, so that it runs within either file. Its consumers sum again.

What a model reads is found by DuckDB's own parser.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import duckdb
import yaml

from pipelines.warehouse.engine import one_row
from pipelines.warehouse.reference import load_reference, reference_hash
from schemas.marts import travelling_tables

MODELS: Final = Path(__file__).parents[1] / "models"
LAYERS: Final = ("staging", "intermediate", "marts")
_TOTALS: Final = "totals"


@dataclass(frozen=True)
class Model:
    """One model: its SQL and its page."""

    layer: str
    area: str
    name: str
    sql: str
    page: dict[str, Any] = field(hash=False, compare=False)

    @property
    def kind(self) -> str:
        """`view`, `as_of` or `total`."""
        return self.page.get("kind", "view")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters of an `as_of` model."""
        return tuple(self.page.get("parameters", {}))

    @property
    def full_name(self) -> str:
        """The name other models read it by."""
        return f"{self.layer}.{self.name}"


@cache
def read_models(folder: Path = MODELS) -> dict[str, Model]:
    """Read every model below a folder, by full name.

    Raises:
        ValueError: two models have the same name, or a page is missing.
    """
    models: dict[str, Model] = {}
    for file in sorted(folder.glob("*/*/*.sql")):
        page_file = file.with_suffix(".yml")
        if not page_file.is_file():
            raise ValueError(f"{file.name} has no page {page_file.name}")
        page = yaml.load(page_file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        model = Model(file.parts[-3], file.parts[-2], file.stem, file.read_text(encoding="utf-8").strip(), page)
        if model.full_name in models:
            raise ValueError(f"two models are called {model.full_name}")
        models[model.full_name] = model
    return models


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")


def inputs_of(model: Model) -> set[str]:
    """Return what a model reads or calls, with its schema; bare names of operational tables for a total."""
    row = one_row(_parser(), "select json_serialize_sql(?::varchar)", [model.sql])
    assert row is not None
    tree: dict[str, Any] = json.loads(row[0])
    if tree["error"]:
        raise ValueError(f"{model.full_name}: {tree['error_message']}")
    named = set(_named(tree["statements"]))
    if model.kind == "total":
        return {name for schema, name in named if not schema and name in travelling_tables()}
    return {f"{schema}.{name}" for schema, name in named if schema}


def _named(node: Any) -> Iterator[tuple[str, str]]:
    """Walk a parsed statement for tables and table functions; a name without schema may be a common table expression."""
    if isinstance(node, list):
        for part in node:
            yield from _named(part)
    elif isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["schema_name"], node["table_name"]
        elif node.get("type") == "TABLE_FUNCTION":
            yield node["function"]["schema"], node["function"]["function_name"]
        for part in node.values():
            yield from _named(part)


@cache
def in_order(models: frozenset[Model]) -> tuple[Model, ...]:
    """Sort models so that each comes after what it reads.

    Raises:
        ValueError: a model reads something that is neither a model nor a table.
        graphlib.CycleError: models read each other in a circle.
    """
    by_name = {model.full_name: model for model in models}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for model in by_name.values():
        inputs = inputs_of(model)
        if model.kind != "total":
            unknown = {n for n in inputs if n not in by_name and n.split(".")[0] not in {"raw", "reference", "control"}}
            if unknown:
                raise ValueError(f"{model.full_name} reads {', '.join(sorted(unknown))}, which no model makes")
        sorter.add(model.full_name, *(name for name in inputs if name in by_name))
    return tuple(by_name[name] for name in sorter.static_order())


def models_hash() -> str:
    """Hash every model and the reference data; other models are built anew in the next refresh."""
    text = "\n".join(f"{m.full_name} {m.kind} {m.parameters} {m.sql}" for m in read_models().values())
    return hashlib.sha256((text + reference_hash()).encode()).hexdigest()[:16]


def build_totals(session: duckdb.DuckDBPyConnection) -> None:
    """Compute the totals of a base; to be called when all its rows are in.

    Args:
        session: a session whose default database is a writable `base`.
    """
    session.execute(f"create schema {_TOTALS}")
    for model in read_models().values():
        if model.kind == "total":
            session.execute(f"create table {_TOTALS}.{model.name} as {model.sql}")


def build_models(session: duckdb.DuckDBPyConnection) -> bool:
    """Create every model in `recent` if they are not those already there; say whether anything was built.

    Args:
        session: a session whose default database is a writable `recent`, with its `base` attached.
    """
    wanted = models_hash()
    row = one_row(session, "select models_hash from control.watermark")
    if row is not None and row[0] == wanted:
        return False
    for layer in reversed(LAYERS):
        session.execute(f"drop schema if exists {layer} cascade")
    for layer in LAYERS:
        session.execute(f"create schema {layer}")
    load_reference(session)
    for model in in_order(frozenset(read_models().values())):
        session.execute(_definition(model))
    session.execute("update control.watermark set models_hash = ?", [wanted])
    return True


def _definition(model: Model) -> str:
    if model.kind == "as_of":
        return f"create macro {model.full_name}({', '.join(model.parameters)}) as table {model.sql}"
    if model.kind == "total":
        return f"create view {model.full_name} as select * from base.{_TOTALS}.{model.name} union all ({model.sql})"
    return f"create view {model.full_name} as {model.sql}"
