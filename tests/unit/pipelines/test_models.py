"""Every model keeps its page: columns as listed, grain unique, values accepted, and each given/expect case comes true."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.feed.changes import Horizon
from pipelines.warehouse.engine import connect, number
from pipelines.warehouse.layout import QUOTIENT, create_recent
from pipelines.warehouse.load import set_watermark
from pipelines.warehouse.models import Model, build_models, build_totals, inputs_of, read_models
from schemas.marts import travelling_tables

MODELS = read_models()
CASES = [(model, case) for model in MODELS.values() for case in model.page.get("cases", [])]
_TYPES_WITH_UNIT = ("DECIMAL", "BIGINT", "INTEGER", "HUGEINT", "DOUBLE")


@pytest.fixture(scope="module")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with all tables and models and no rows."""
    folder = tmp_path_factory.mktemp("warehouse")
    with connect(base=folder / "base.duckdb", recent=None, read_only=False, scratch=folder) as session:
        for name, table in travelling_tables().items():
            columns = ", ".join(f'"{c.name}" {c.duckdb_type}' for c in table.columns)
            session.execute(f'create table "{name}" ({columns})')
        build_totals(session)
    with connect(
        base=folder / "base.duckdb", recent=folder / "recent.duckdb", read_only=False, scratch=folder
    ) as session:
        create_recent(session)
        set_watermark(session, Horizon(0, ""))
        build_models(session)
        yield session


def call(model: Model) -> str:
    """The text that reads a model, with the page's example parameters."""
    if model.kind != "as_of":
        return model.full_name
    values = (value if isinstance(value, int) else f"date '{value}'" for value in model.page["parameters"].values())
    return f"{model.full_name}({', '.join(map(str, values))})"


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.full_name)
def test_a_model_has_exactly_the_columns_of_its_page(model: Model, empty_warehouse: duckdb.DuckDBPyConnection) -> None:
    described = empty_warehouse.execute(f"describe select * from {call(model)}").fetchall()
    assert [row[0] for row in described] == list(model.page["columns"])
    for name, kind, *_ in described:
        page = model.page["columns"][name]
        assert page["about"], name
        assert page["unit"] or not kind.startswith(_TYPES_WITH_UNIT), name
        assert not kind.startswith(("DOUBLE", "FLOAT")), f"{model.full_name}.{name} is a floating-point number"


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.full_name)
def test_a_model_begins_with_what_it_is_and_its_grain(model: Model) -> None:
    assert model.sql.startswith("/* ")
    assert "Grain  " in model.sql
    assert set(model.page["grain"]) <= set(model.page["columns"])
    assert model.page["grain"] or model.kind == "total"


@pytest.mark.parametrize("model", [m for m in MODELS.values() if m.kind == "total"], ids=lambda m: m.full_name)
def test_totals_add_up_rows_that_never_change(model: Model) -> None:
    assert all(travelling_tables()[name].append_only for name in inputs_of(model))


@pytest.mark.parametrize(("model", "case"), CASES, ids=lambda v: v.full_name if isinstance(v, Model) else v["name"])
def test_given_rows_give_the_expected_rows(
    model: Model, case: dict[str, Any], empty_warehouse: duckdb.DuckDBPyConnection
) -> None:
    with duckdb.connect(":memory:") as session:
        session.execute("create schema if not exists control")
        session.execute(QUOTIENT)
        for name in sorted(inputs_of(model)):
            _fill(session, empty_warehouse, name, case["given"].get(name, []))
        text = model.sql
        if model.kind == "as_of":
            session.execute(f"create macro tested({', '.join(model.parameters)}) as table {model.sql}")
            text = "select * from " + call(model).replace(model.full_name, "tested")
        found = session.execute(f"select * from ({text})")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    wanted = case["expect"]
    shown = sorted({column for row in wanted for column in row})
    assert _comparable(rows, shown) == _comparable(wanted, shown)


def _fill(
    session: duckdb.DuckDBPyConnection, like: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]
) -> None:
    """Make a table like one of the warehouse and put rows into it; columns that a row does not name are null."""
    if "." in name:
        session.execute(f"create schema if not exists {name.split('.', maxsplit=1)[0]}")
    source = f"recent.main.{name}" if "." not in name else name
    described = like.execute(f"describe select * from {source}").fetchall()
    columns = ", ".join(f'"{row[0]}" {row[1]}' for row in described)
    session.execute(f"create table {name} ({columns})")
    for row in rows:
        named = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" for _ in row)
        session.execute(f"insert into {name} ({named}) values ({marks})", list(row.values()))


def _comparable(rows: list[dict[str, Any]], columns: list[str]) -> list[tuple[Any, ...]]:
    return sorted(tuple(_plain(row.get(column)) for column in columns) for row in rows)


def _plain(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    try:
        return str(Decimal(str(value)).normalize() + 0)
    except ArithmeticError:
        return str(value)


def test_division_is_exact_and_rounds_half_away_from_zero() -> None:
    with duckdb.connect(":memory:") as session:
        session.execute("create schema if not exists control")
        session.execute(QUOTIENT)
        found = session.execute(
            "select control.quotient(10.00::decimal(38, 4), 3::decimal(38, 6)), control.quotient(-1::decimal(38, 4), 8::bigint),"
            " control.quotient(1::decimal(38, 4), 0::decimal(38, 6)), control.quotient(0.00000001::decimal(19, 8), 2::bigint)"
        ).fetchall()
    assert found[0][:3] == (Decimal("3.33333333"), Decimal("-0.12500000"), None)


def test_models_are_built_once(empty_warehouse: duckdb.DuckDBPyConnection) -> None:
    assert build_models(empty_warehouse) is False
    assert number(empty_warehouse, "select count(*) from duckdb_views() where schema_name = 'marts'") > 20


def test_a_model_that_reads_what_nobody_makes_is_refused(tmp_path: Path) -> None:
    from pipelines.warehouse.models import in_order

    lost = Model("marts", "area", "lost", "select * from staging.nowhere", {})
    with pytest.raises(ValueError, match=r"staging\.nowhere"):
        in_order(frozenset({lost}))
