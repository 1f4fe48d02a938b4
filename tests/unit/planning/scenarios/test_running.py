"""Scenarios side by side: the same answer on any number of workers, measures as defined, the command and its exit status."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from planning import METHODS, MethodNotAvailableError, read_package
from planning.scenarios import BASE, Base, How, Patch, Scenario, run_scenarios
from planning.scenarios.command import main
from planning.scenarios.monte_carlo import monte_carlo
from planning.scenarios.uncertainty import Uncertainty
from tests.unit.planning.scenarios.small_company import company, financial_tables, package_tables

BOOM = Scenario("boom", (Patch("demand", operation="factor", value="2"),))
SLOW = Scenario("slow", (Patch("lead_time", operation="add", value="14"),))
CHEAP = Scenario("cheap", (Patch("price", operation="factor", value="0.5"),))


def measure(table: pl.DataFrame, scenario: str, name: str) -> Decimal:
    """One value of the comparison."""
    return table.filter((pl.col("scenario") == scenario) & (pl.col("measure") == name))["value"][0]


def test_any_number_of_workers_gives_the_same_tables() -> None:
    base = company()
    one, two = (run_scenarios(base, [BOOM, SLOW, CHEAP], workers=workers) for workers in (1, 2))
    assert one.tables.keys() == two.tables.keys()
    assert all(one.table(name).equals(two.table(name)) for name in one.tables)
    assert one.summary() == two.summary()


def test_measures_are_what_their_definitions_say() -> None:
    table = run_scenarios(company(), [BOOM, SLOW, CHEAP], workers=1).table("comparison")
    assert measure(table, BASE, "on_time_share") == 1
    assert measure(table, BASE, "planned_orders") == 4  # Bikes for D2 and D3, wheels for both: 5 - 4 leaves one bike.
    assert measure(table, "slow", "on_time_share") == Decimal("0.6")  # Two wheels short for D2: its 6 of 15 are late.
    assert measure(table, "cheap", "on_time_share") == 1
    # Half the price: 5 + 4 bikes at 200 and 6 at 180 less, invoiced in the horizon.
    lost = measure(table, BASE, "net_result") - measure(table, "cheap", "net_result")
    assert lost == (9 * 200 + 6 * 180) / Decimal(2)
    loads = run_scenarios(company(), [], workers=1).table("loads").row(0, named=True)
    assert loads["resource"] == "BENCH"
    assert loads["load_peak"] == pytest.approx(5 * 30 / 2400)


def test_load_without_capacity_is_no_small_peak() -> None:
    tables = package_tables() | {
        "capacity": pl.DataFrame({"resource": ["BENCH"], "bucket": ["2026-02-23"], "minutes": [480]})
    }
    done = run_scenarios(Base(read_package(tables)), [], workers=1)
    assert measure(done.table("comparison"), BASE, "load_peak") is None
    assert measure(done.table("comparison"), BASE, "overload_hours") > 0
    assert any("no capacity, which is worse" in notice for notice in done.outcomes[0].notices)


def test_a_projection_that_fails_is_the_status_of_its_scenario_and_ends_nothing_else() -> None:
    rules = financial_tables()["posting_rules"].filter(pl.col("fact") != "GoodsShipped")
    base = company(posting_rules=rules)
    done = run_scenarios(base, [BOOM], workers=1)
    assert [outcome.status for outcome in done.outcomes] == ["not_projected"] * 2
    drawn = monte_carlo(base, [BOOM], Uncertainty({}, {}), How(), draws=1)[1]
    assert drawn["on_time_share"][0] == 1.0
    assert drawn["end_cash"].to_list() == [None, None]
    finances = base.finances
    assert finances is not None
    lost = finances.with_table("roles", finances.tables["roles"].filter(pl.col("role") != "inventory_finished"))
    assert run_scenarios(Base(base.package, lost), [], workers=1).outcomes[0].status == "not_projected"


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_plans_scenarios_to_their_statements(method: str) -> None:
    done = run_scenarios(company(), [BOOM], How(method=method, seconds=2), workers=1)
    assert [outcome.status in {"planned", "optimal", "feasible"} for outcome in done.outcomes] == [True, True]
    assert measure(done.table("comparison"), "boom", "net_result") > measure(
        done.table("comparison"), BASE, "net_result"
    )
    assert set(done.table("balance_sheet")["scenario"]) == {BASE, "boom"}


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(MethodNotAvailableError, match="the method guess"):
        run_scenarios(company(), [], How(method="guess"))


def test_draws_are_the_same_for_every_scenario_and_any_number_of_workers() -> None:
    uncertainty = Uncertainty({None: 0.4}, {(None, None): 0.3})
    tables = [
        monte_carlo(company(), [Scenario("same"), SLOW], uncertainty, How(), draws=30, seed=5, workers=workers)
        for workers in (1, 2)
    ]
    assert all(left.equals(right) for left, right in zip(*tables, strict=True))
    distribution, draws = tables[0]
    of = {name: draws.filter(pl.col("scenario") == name).drop("scenario") for name in (BASE, "same", "slow")}
    assert of[BASE].equals(of["same"])
    assert not of[BASE].equals(of["slow"])
    low, high = (
        distribution.filter((pl.col("scenario") == BASE) & (pl.col("measure") == "lowest_cash"))
        .select("p5", "p95")
        .row(0)
    )
    assert low < high


def test_draws_without_variation_are_the_plan() -> None:
    distribution, _ = monte_carlo(company(), [], Uncertainty({}, {}), How(), draws=2)
    row = dict(distribution.select("measure", "p50").iter_rows())
    table = run_scenarios(company(), [], workers=1).table("comparison")
    assert row["lowest_cash"] == pytest.approx(float(measure(table, BASE, "lowest_cash")))
    assert row["on_time_share"] == 1.0


def written(folder: Path, scenarios: str, **more: pl.DataFrame) -> list[str]:
    """A package, its financial tables and scenarios on disk; the command's arguments."""
    folder.mkdir()
    for name, table in (package_tables() | financial_tables() | more).items():
        table.write_csv(folder / f"{name}.csv")
    (folder / "scenarios.csv").write_text(scenarios, encoding="utf-8")
    return [
        "--package",
        str(folder),
        "--scenarios",
        str(folder / "scenarios.csv"),
        "--out",
        str(folder / "out"),
        "--workers",
        "1",
    ]


GOOD = "scenario,kind,item,operation,value\nboom,demand,BIKE,factor,2\n"


def test_the_command_writes_comparison_and_statements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*written(tmp_path / "p", GOOD), "--csv"]) == 0
    assert "on_time_share" in capsys.readouterr().out
    out = tmp_path / "p" / "out"
    assert set(pl.read_csv(out / "balance_sheet.csv")["scenario"]) == {"base", "boom"}
    assert json.loads((out / "summary.json").read_text())["scenarios"]["boom"]["status"] == "planned"


@pytest.mark.parametrize(
    ("scenarios", "arguments", "status"),
    [
        (GOOD, [], 0),
        (GOOD + "bad,demand,CAR,factor,2\n", [], 3),
        (GOOD + "bad,demand,CAR,factor,2\n", ["--strict"], 4),
        (GOOD, ["--method", "constrained"], 2),
        (GOOD, ["--draws", "3"], 2),
    ],
)
def test_the_exit_status_says_how_it_went(tmp_path: Path, scenarios: str, arguments: list[str], status: int) -> None:
    if "constrained" in arguments and "constrained" in METHODS:
        status = 0
    assert main([*written(tmp_path / "p", scenarios), *arguments]) == status


def test_the_command_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = written(tmp_path / "p", GOOD)
    assert main(["--package", str(tmp_path / "none"), *arguments[2:]]) == 2
    assert "is not a folder" in capsys.readouterr().err
    assert main([*arguments[:3], str(tmp_path / "none.csv"), *arguments[4:]]) == 2
    assert "is not a file with scenarios" in capsys.readouterr().err


def test_draws_read_how_far_reality_may_lie(tmp_path: Path) -> None:
    spread = pl.DataFrame({"kind": ["demand"], "item": ["BIKE"], "variation": ["0.3"]})
    assert main([*written(tmp_path / "p", GOOD, uncertainty=spread), "--draws", "5"]) == 0
    table = pl.read_parquet(tmp_path / "p" / "out" / "distribution.parquet")
    assert set(table["scenario"]) == {"base", "boom"}
    assert set(table["draws"]) == {5}
