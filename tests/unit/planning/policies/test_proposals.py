"""Proposals from packages and histories: numbers worked by hand, reasons beside them, and every bad row by name."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning import read_package
from planning.package.findings import Findings
from planning.policies import PolicySettings, propose_policies, service_curve
from planning.policies.lead_times import learned_lead_times
from schemas.planning import PROPOSAL_COLUMNS

START = date(2026, 3, 2)
WEEKS = [START - timedelta(days=7 * k + 7) for k in range(52)]


def package(items: list[dict], **tables: list[dict]):
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    keys = {"plan_start": START.isoformat(), "bucket": "week"}
    return read_package(
        {
            "parameters": pl.DataFrame({"key": list(keys), "value": list(keys.values())}),
            "items": pl.DataFrame(items, infer_schema_length=None),
            **frames,
        }
    )


def weekly(item: str, quantities: list[float], **more: str) -> pl.DataFrame:
    return pl.DataFrame({"item": item, "on": WEEKS[: len(quantities)], "quantity": quantities, **more})


def receipts(item: str, days: list[int]) -> pl.DataFrame:
    ordered = [date(2025, 6, 1) + timedelta(days=k) for k in range(len(days))]
    received = [on + timedelta(days=took) for on, took in zip(ordered, days, strict=True)]
    return pl.DataFrame({"item": item, "ordered_on": ordered, "received_on": received, "quantity": 100.0})


BOLT = {
    "item": "BOLT",
    "unit_cost": 2.0,
    "holding_rate": 0.25,
    "setup_cost": 10.0,
    "decimals": 0,
    "service_level": 0.95,
}


def notes_of(made) -> set[tuple[str, str]]:
    return {(row["item"], row["note"]) for row in made.notes.iter_rows(named=True)}


def test_a_proposal_says_what_every_number_rests_on() -> None:
    """140 or 210 a week: mean 175, deviation 35.34; 7 days of lead time are a week, 175. One delivery a week: stock lies
    (E[D^2] / E[D] - 1) / 2 = (182 - 1) / 2 = 90.5 below when noticed. A year is 52 weeks: 9,100."""
    made = propose_policies(package([BOLT]), weekly("BOLT", [140, 210] * 26), receipts("BOLT", [7] * 6))
    row = made.policies.row(0, named=True)
    assert (row["demand_mean"], round(row["demand_deviation"], 2), row["demand_bucket_count"]) == (175.0, 35.34, 52)
    assert (row["lead_time_source"], row["lead_time_receipt_count"], row["lead_time_days_p90"]) == ("receipts", 6, 7.0)
    assert (row["undershoot_mean"], row["protection_mean"]) == (90.5, 265.5)
    assert (row["abc"], row["xyz"], row["pattern"]) == ("A", "X", "smooth")
    assert (row["service_target"], row["service_source"], row["service_measure"]) == (0.95, "item", "cycle")
    assert row["yearly_demand"] == Decimal(9100)
    assert row["yearly_usage_value"] == Decimal(18200)
    assert (row["order_quantity"], row["order_quantity_rule"]) == (
        Decimal(604),
        "economic",
    )  # sqrt(2 x 9100 x 10 / 0.5)
    assert row["order_up_to"] == row["reorder_point"] + row["order_quantity"]
    assert float(row["reorder_point"]) == pytest.approx(row["protection_mean"] + row["safety_stock_computed"])
    assert row["expected_cycle_service"] >= 0.95
    assert row["yearly_order_cost"] == pytest.approx(9100 / 604 * 10)
    assert row["yearly_holding_cost"] == pytest.approx(0.5 * row["expected_stock"])
    assert list(made.policies.columns) == list(PROPOSAL_COLUMNS)
    assert made.notes.is_empty()
    assert made.rejects.is_empty()


def test_periodic_review_gives_an_order_up_to_level_and_no_reorder_point() -> None:
    """A week of lead time and two of review protect three weeks: 525, and nothing below a point that is not there."""
    wanted = PolicySettings(review_days=14.0)
    made = propose_policies(package([BOLT]), weekly("BOLT", [140, 210] * 26), receipts("BOLT", [7] * 6), wanted)
    row = made.policies.row(0, named=True)
    assert (row["protection_mean"], row["undershoot_mean"], row["reorder_point"]) == (525.0, 0.0, None)
    assert (row["order_quantity"], row["order_quantity_rule"]) == (Decimal(350), "review_demand")
    assert float(row["order_up_to"]) == pytest.approx(525 + row["safety_stock_computed"])


def test_lots_follow_price_breaks_and_the_rules_of_the_package() -> None:
    items = [BOLT | {"min_lot": 700.0}, BOLT | {"item": "NUT"}, BOLT | {"item": "PIN", "lot_multiple": 500.0}]
    history = pl.concat([weekly(item, [140, 210] * 26) for item in ("BOLT", "NUT", "PIN")])
    tiers = [
        {"item": "NUT", "from_quantity": 0, "unit_price": 2.0},
        {"item": "NUT", "from_quantity": 1000, "unit_price": 1.8},
    ]
    made = propose_policies(package(items, price_breaks=tiers), history)
    lots = made.policies.select("item", "order_quantity", "order_quantity_rule").rows()
    assert lots == [
        ("BOLT", Decimal(700), "economic"),
        ("NUT", Decimal(1000), "price_break"),
        ("PIN", Decimal(1000), "economic"),
    ]


def test_what_is_missing_is_named_and_the_rest_is_proposed() -> None:
    items = [
        {"item": "BARE", "abc": None, "service_level": None, "lead_time_days": 0.0},
        {"item": "PERCENT", "abc": "B", "service_level": 95.0, "lead_time_days": 5.0},
        {"item": "QUIET", "abc": None, "service_level": None, "lead_time_days": 1.0},
        {"item": "YOUNG", "abc": None, "service_level": None, "lead_time_days": 1.0},
    ]
    history = pl.concat([weekly("BARE", [5.0] * 20), weekly("PERCENT", [5.0] * 20), weekly("YOUNG", [5.0] * 3)])
    made = propose_policies(package(items), history)
    assert made.policies["item"].to_list() == ["BARE", "PERCENT"]
    missing = {"no_order_cost", "no_holding_cost", "no_unit_cost"}
    assert notes_of(made) == {
        *((item, note) for item in ("BARE", "PERCENT") for note in missing),
        ("BARE", "lead_time_zero"),
        ("PERCENT", "lead_time_not_learned"),
        ("PERCENT", "service_level_not_a_share"),
        ("QUIET", "no_demand_history"),
        ("YOUNG", "history_too_short"),
    }
    percent = made.policies.row(1, named=True)
    assert (percent["service_target"], percent["service_source"]) == (0.95, "class B")
    assert (percent["order_quantity_rule"], percent["yearly_cost"]) == ("one_bucket", None)


def test_bad_rows_of_histories_are_rejected_by_name() -> None:
    history = pl.DataFrame(
        {
            "item": ["BOLT", "NUT", "BOLT", "BOLT", None],
            "on": ["2026-02-01", "2026-02-01", "2026-03-02", "soon", "2026-02-01"],
            "quantity": [-1.0, 5.0, 5.0, 5.0, float("nan")],
        }
    )
    good = weekly("BOLT", [140, 210] * 26).with_columns(pl.col("on").cast(pl.String), pl.col("quantity").cast(float))
    late = pl.DataFrame(
        {"item": ["BOLT"], "ordered_on": ["2025-06-09"], "received_on": ["2025-06-01"], "quantity": [1]}
    )
    made = propose_policies(package([BOLT]), pl.concat([history, good]), late)
    reasons = {(row["table"], row["row"], row["reason"]) for row in made.rejects.iter_rows(named=True)}
    assert reasons == {
        ("demand_history", 1, "negative"),
        ("demand_history", 2, "unknown item"),
        ("demand_history", 3, "not before plan_start, so no history"),
        ("demand_history", 4, "not an ISO date (YYYY-MM-DD)"),
        ("demand_history", 5, "not a finite number"),
        ("receipt_history", 1, "received before it was ordered"),
    }
    assert made.policies.height == 1


def test_histories_without_rows_or_columns_propose_nothing_and_say_why() -> None:
    made = propose_policies(package([BOLT]), pl.DataFrame({"item": ["BOLT"]}))
    assert made.policies.is_empty()
    assert "required column is missing; the table was not read" in made.rejects["reason"].to_list()
    assert propose_policies(package([BOLT]), pl.DataFrame()).policies.is_empty()
    assert service_curve(made).company.height == len(service_curve(made).company)


def test_an_order_that_was_forgotten_is_named_and_does_not_widen_the_lead_time() -> None:
    """Twelve receipts of 6 to 8 days and one of 400: the quantiles show it, mean and deviation do not."""
    days = [6, 7, 8, 7, 6, 8, 7, 7, 6, 8, 7, 7, 400]
    made = propose_policies(package([BOLT]), weekly("BOLT", [140, 210] * 26), receipts("BOLT", days))
    row = made.policies.row(0, named=True)
    assert (row["lead_time_days_mean"], row["lead_time_receipt_count"]) == (7.0, 13)
    assert (row["lead_time_days_p50"], row["lead_time_days_p90"]) == (7.0, 8.0)
    rejected = made.rejects.row(0, named=True)
    assert (rejected["row"], rejected["value"]) == (13, "400")
    assert rejected["reason"].startswith("outlier")


def test_lead_times_agree_with_the_supplier_scorecard() -> None:
    """Its example: receipts after 10 and 5 days; half take at most 5, nine in ten at most 10."""
    rows = receipts("A", [10, 5]).with_columns(
        pl.int_range(1, 3).alias("row"), pl.lit(0).alias("item_index"), pl.lit("MAIN").alias("location"),
        pl.col("ordered_on", "received_on").cast(pl.Int32),
    )  # fmt: skip
    found = learned_lead_times(rows, Findings())
    assert found.select("days_p50", "days_p90").row(0) == (5.0, 10.0)


def test_locations_have_policies_of_their_own() -> None:
    history = pl.concat(
        [weekly("BOLT", [140, 210] * 26, location="NORTH"), weekly("BOLT", [14, 21] * 26, location="SOUTH")]
    )
    made = propose_policies(package([BOLT]), history)
    north, south = made.policies.iter_rows(named=True)
    assert (north["location"], south["location"]) == ("NORTH", "SOUTH")
    assert north["reorder_point"] > south["reorder_point"]
    assert north["abc"] == south["abc"] == "A"


def mixed(seed: int = 1):
    generator = np.random.default_rng(seed)
    names = [f"I{k}" for k in range(12)]
    parts = []
    for place, name in enumerate(names):
        drawn = np.ceil(generator.gamma(1.0 if place % 2 else 12.0, 10, 52)) * (
            generator.random(52) < (1, 1, 0.4)[place % 3]
        )
        parts.append(weekly(name, drawn.tolist()))
    items = [BOLT | {"item": name, "unit_cost": 1.0 + place, "lead_time_days": 9.0} for place, name in enumerate(names)]
    return package(items), pl.concat(parts)


def test_the_same_input_gives_the_same_proposals_in_any_order_of_rows() -> None:
    source, history = mixed()
    one = propose_policies(source, history)
    other = propose_policies(source, history.sample(fraction=1.0, shuffle=True, seed=3))
    assert one.policies.drop("demand_mean").equals(other.policies.drop("demand_mean"))
    assert "resampled" in one.policies["distribution"].to_list()


@settings(max_examples=15, deadline=None)
@given(low=st.floats(0.5, 0.99), more=st.floats(0, 0.009), measure=st.sampled_from(["cycle", "fill"]))
def test_more_service_never_proposes_less_stock(low: float, more: float, measure) -> None:
    source, history = mixed()
    items = source.table("items").drop("service_level").with_columns(pl.lit(None, pl.Int64).alias("service_level"))
    source = type(source)(
        source.parameters, {**source.tables, "items": items}, source.rejects, source.notices, source.content_hash
    )
    made = [
        propose_policies(
            source,
            history,
            settings=PolicySettings(service_measure=measure, service_by_class=dict.fromkeys("ABC", target)),
        ).policies
        for target in (low, low + more)
    ]
    assert ((made[1]["reorder_point"] - made[0]["reorder_point"]).cast(float) >= 0).all()
    reached = made[0]["expected_fill_rate" if measure == "fill" else "expected_cycle_service"]
    assert (reached >= low - 1e-6).all()


def test_curves_rise_and_no_point_costs_less_than_least_cost_at_its_price() -> None:
    source, history = mixed()
    curve = service_curve(propose_policies(source, history))
    for _, part in curve.items.group_by("item"):
        assert part["yearly_holding_cost"].is_sorted()
        assert part["expected_fill_rate"].is_sorted()
    asked = curve.items.filter(pl.col("service_target") == 0.9)["yearly_demand_value"].sum()
    least = curve.company.filter(pl.col("rule") == "least_cost")
    assert least.height >= 5
    for price in least["shortage_price"]:
        total = pl.col("yearly_holding_cost") + price * asked * (1 - pl.col("fill_rate_by_value"))
        together = curve.company.with_columns(total.alias("total"))
        own = together.filter(pl.col("shortage_price") == price)["total"][0]
        assert own <= float(together["total"].min()) + 1e-6


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"service_measure": "luck"}, "cycle or fill"),
        ({"service_by_class": {"A": 0.9, "B": 0.9}}, "no target for C"),
        ({"service_by_class": {"A": 95, "B": 0.9, "C": 0.9}}, "write 95 % as 0.95"),
        ({"review_days": 0.0}, "review_days"),
        ({"least_buckets": 1}, "at least 2"),
        ({"holding_rate": -0.1}, "holding_rate"),
    ],
)
def test_impossible_settings_are_refused_by_name(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PolicySettings(**wrong)


@pytest.mark.parametrize("targets", [[], [0.9, 95]])
def test_curves_refuse_targets_that_are_no_shares(targets: list) -> None:
    source, history = mixed()
    with pytest.raises(ValueError, match=r"target"):
        service_curve(propose_policies(source, history), targets)
