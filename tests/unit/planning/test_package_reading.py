"""Reading a planning package: what is accepted, what is rejected by name, and what never stops the rest."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.package import PackageError, read_package
from schemas.planning import INPUT_TABLES

PARAMETERS = pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]})
ITEMS = pl.DataFrame({"item": ["A", "B", "C"]})


def package(**tables: pl.DataFrame):
    return read_package({"parameters": PARAMETERS, "items": ITEMS, **tables})


def demand(**columns: list) -> pl.DataFrame:
    rows = max(len(values) for values in columns.values())
    defaults = {
        "demand": [f"D{i}" for i in range(rows)],
        "item": ["A"] * rows,
        "quantity": [1] * rows,
        "due_on": ["2026-01-12"] * rows,
    }
    return pl.DataFrame({**defaults, **columns}, strict=False)


def reasons(found) -> list[tuple]:
    return [(r["table"], r["row"], r["column"], r["value"]) for r in found.rejects.iter_rows(named=True)]


@pytest.mark.parametrize(
    "faulty",
    [float("nan"), float("inf"), -1.0, 1.1e12, float(2**62)],
)
def test_a_number_that_cannot_be_planned_is_rejected_and_its_neighbour_kept(faulty: float) -> None:
    found = package(demand=demand(quantity=[faulty, 2.5]))
    assert reasons(found)[0][:3] == ("demand", 1, "quantity")
    assert found.table("demand")["quantity"].to_list() == [2_500_000]


def test_an_integer_beyond_the_limit_is_rejected() -> None:
    found = package(demand=demand(quantity=[2**62, 10**12]))
    assert reasons(found) == [("demand", 1, "quantity", str(2**62))]
    assert found.table("demand")["quantity"].to_list() == [10**18]


def test_doubles_round_half_up_to_six_decimals() -> None:
    found = package(demand=demand(quantity=[0.1, 0.0000005, 1234567.0000014]))
    assert sorted(found.table("demand")["quantity"].to_list()) == [1, 100_000, 1_234_567_000_001]


@pytest.mark.parametrize("text", ["2026-02-30", "05.01.2026", "soon", "20260105"])
def test_a_date_that_does_not_parse_is_named(text: str) -> None:
    found = package(demand=demand(due_on=[text, "2026-01-13"]))
    assert reasons(found) == [("demand", 1, "due_on", text)]


def test_unknown_items_and_repeated_keys_are_rejected_one_by_one() -> None:
    found = package(demand=demand(item=["A", "X", "B"], demand=["D1", "D2", "D1"]))
    assert reasons(found) == [("demand", 2, "item", "X"), ("demand", 3, "demand", "D1")]


def test_only_the_rows_of_a_cycle_are_rejected_and_the_path_is_named() -> None:
    bom = pl.DataFrame({"parent": ["A", "B", "C", "C"], "component": ["B", "A", "A", "C"]})
    found = package(bom=bom)
    assert [(r["row"], r["reason"]) for r in found.rejects.iter_rows(named=True)] == [
        (1, "cycle in the bill of material: A -> B -> A"),
        (2, "cycle in the bill of material: B -> A -> B"),
        (4, "cycle in the bill of material: C -> C"),
    ]
    assert found.table("bom")["parent"].to_list() == ["C"]


def test_a_long_cycle_is_named_short_and_found_fast() -> None:
    count = 20_000
    names = [f"I{i:05d}" for i in range(count)]
    bom = pl.DataFrame({"parent": names, "component": names[1:] + names[:1]})
    found = read_package({"parameters": PARAMETERS, "items": pl.DataFrame({"item": names}), "bom": bom})
    assert found.rejects.height == count
    assert "more" in found.rejects["reason"][0]


def test_a_cycle_of_transfers_is_rejected() -> None:
    sources = pl.DataFrame(
        {"item": ["A", "A"], "location": ["X", "Y"], "method": ["transfer"] * 2, "from_location": ["Y", "X"]}
    )
    assert package(sources=sources).rejects["reason"][0] == "cycle of transfers: A@Y -> A@X -> A@Y"


def test_columns_of_the_wrong_type_and_missing_required_columns_are_named() -> None:
    found = package(
        demand=demand(quantity=[True, False]),
        stock=pl.DataFrame({"item": ["A"]}),
    )
    assert ("stock", 0, "quantity", None) in reasons(found)
    assert ("demand", 1, "quantity", "True") in reasons(found)


def test_unknown_columns_are_carried_along_with_one_notice() -> None:
    found = package(demand=demand(colour=["red"], shade=["dark"]))
    assert found.notices == ("columns carried along and ignored: demand.colour, demand.shade",)
    assert found.table("demand")["colour"].to_list() == ["red"]


def test_a_resource_without_calendar_is_rejected_and_its_routing_too() -> None:
    found = package(
        resources=pl.DataFrame({"resource": ["M1"], "calendar": ["LOST"]}),
        routings=pl.DataFrame({"item": ["A"], "resource": ["M1"]}),
    )
    assert reasons(found) == [("resources", 1, "calendar", "LOST"), ("routings", 1, "resource", "M1")]


def test_packages_without_items_or_plan_start_end_with_a_clear_error() -> None:
    with pytest.raises(PackageError, match="items"):
        read_package({"parameters": PARAMETERS})
    with pytest.raises(PackageError, match="plan_start"):
        read_package({"parameters": PARAMETERS.with_columns(value=pl.lit("someday")), "items": ITEMS})


def test_faulty_parameters_fall_back_to_their_default_and_are_rejected() -> None:
    parameters = pl.DataFrame({"key": ["plan_start", "horizon_days", "bucket"], "value": ["2026-01-05", "-3", "month"]})
    found = read_package({"parameters": parameters, "items": ITEMS})
    assert (found.parameters.horizon_days, found.parameters.bucket) == (364, "week")
    assert found.rejects.height == 2


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return folder


GOOD = {"parameters.csv": b"key,value\nplan_start,2026-01-05\n", "items.csv": b"item\nA\nB\n"}


def test_broken_csv_lines_are_rejected_and_the_others_read(tmp_path: Path) -> None:
    body = b"demand,item,quantity,due_on\nD1,A,5,2026-01-12\nD2,A,5\nD3,A,5,2026-01-12,9\nD\xff4,A,1,2026-01-12\n"
    found = read_package(write_files(tmp_path, {**GOOD, "demand.csv": body}))
    assert found.table("demand")["demand"].to_list() == ["D1"]
    assert sorted(found.rejects["row"].to_list()) == [2, 3, 4]


@pytest.mark.parametrize("name", ["demand.parquet", "demand.csv"])
@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02", b"PAR1", b"\xff\xfe\xfd,\n\n"])
def test_an_unreadable_file_is_a_reject_of_its_table(tmp_path: Path, name: str, body: bytes) -> None:
    found = read_package(write_files(tmp_path, {**GOOD, name: body}))
    assert set(found.rejects["table"]) == {"demand"}
    assert found.table("demand").height == 0


def test_the_same_content_hashes_the_same_in_csv_parquet_and_any_row_order(tmp_path: Path) -> None:
    frame = demand(quantity=[1.5, 2.25, 3.0], item=["A", "B", "A"])
    items = pl.DataFrame({"item": ["A", "B"], "lead_time_days": [2, 3], "description": ["x", None]})
    hashes = set()
    for form in ("csv", "parquet", "shuffled"):
        folder = tmp_path / form
        folder.mkdir()
        for name, table in (("parameters", PARAMETERS), ("items", items), ("demand", frame)):
            rows = table.reverse() if form == "shuffled" else table
            if form == "csv":
                rows.write_csv(folder / f"{name}.csv")
            else:
                rows.with_columns(pl.col("quantity").cast(pl.Decimal(18, 6))) if name == "demand" else rows
                rows.write_parquet(folder / f"{name}.parquet")
        hashes.add(read_package(folder).content_hash)
    assert len(hashes) == 1
    assert package(demand=frame).content_hash not in hashes


FUZZED = ["items", "bom", "stock", "receipts", "demand", "sources", "calendars", "routings"]
CELLS = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.sampled_from(["1", "-1", "NaN", "inf", "1e30", "2026-01-05", "A", "true", "\x00"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.sampled_from(["items", "bom", "stock", "receipts", "demand", "sources", "calendars", "routings"]),
    data=st.data(),
)
def test_no_cell_of_any_table_ever_ends_in_an_error(table: str, data) -> None:
    columns = {
        column.name: data.draw(st.lists(CELLS, min_size=2, max_size=2)) for column in INPUT_TABLES[table].columns
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    tables = {"parameters": PARAMETERS, "items": ITEMS, table: frame}
    try:
        read_package(tables)
    except PackageError:
        assert table == "items"
