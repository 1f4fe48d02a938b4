"""The table `scenarios`: patches on a planning package, one a row, and what each kind of patch takes.

Read by planning/scenarios, filled by whoever asks a what-if question. Beside the planning package, not part of it.
"""

from dataclasses import dataclass

from schemas.planning.columns import Column, Kind, Table

KEYS = (
    "item",
    "family",
    "customer",
    "customer_group",
    "supplier",
    "resource",
    "calendar",
    "location",
    "from_on",
    "to_on",
    "column",
)
"""Columns of the table that say what a patch is on."""

ITEM_KEYS = ("item", "family")
PERIOD = ("from_on", "to_on")

POLICY_COLUMNS = (
    "safety_stock",
    "reorder_point",
    "lot_policy",
    "lot_size",
    "lot_periods",
    "min_lot",
    "max_lot",
    "lot_multiple",
    "max_stock",
    "yield",
    "shelf_life_days",
    "demand_fence_days",
    "planning_fence_days",
    "safety_days",
    "service_level",
)
"""Columns of `items` that a policy patch may name; lead times and costs have kinds of their own."""

COST_COLUMNS = ("unit_cost", "setup_cost", "holding_cost", "holding_rate", "cost_per_hour", "overtime_cost_per_hour")


@dataclass(frozen=True)
class PatchKind:
    """What a kind of patch takes.

    Attributes:
        takes: key columns that may be filled.
        needs: key columns of which each must be filled.
        operations: what may be done with the value; empty where there is neither.
        value: whether a value is needed.
        what: one sentence for the reference page.
    """

    takes: tuple[str, ...]
    needs: tuple[str, ...]
    operations: tuple[str, ...]
    value: bool
    what: str


_CHANGES = ("factor", "set", "add")

PATCH_KINDS: dict[str, PatchKind] = {
    "demand": PatchKind(
        (*ITEM_KEYS, "customer", "location", *PERIOD),
        (),
        _CHANGES,
        True,
        "quantity of the demand due in [from_on, to_on); of every row that the keys select",
    ),
    "new_demand": PatchKind(
        ("item", "customer", "location", "from_on"),
        ("item", "from_on"),
        ("set",),
        True,
        "one order more, of that quantity, due on from_on",
    ),
    "price": PatchKind(
        (*ITEM_KEYS, "customer_group"), (), _CHANGES, True, "selling price, of the lists and of the orders"
    ),
    "lead_time": PatchKind(
        (*ITEM_KEYS, "supplier", "location"),
        (),
        _CHANGES,
        True,
        "lead time in days: of the item and its sources, or of a supplier's sources alone",
    ),
    "supplier_out": PatchKind(
        ("supplier", *PERIOD),
        ("supplier", *PERIOD),
        (),
        False,
        "the supplier takes no order in [from_on, to_on); what he owes in that time comes on to_on",
    ),
    "machine_down": PatchKind(
        ("resource", *PERIOD), ("resource", *PERIOD), (), False, "the resource does not work in [from_on, to_on)"
    ),
    "calendar": PatchKind(
        ("calendar", *PERIOD),
        ("calendar", *PERIOD),
        ("set",),
        True,
        "the calendar is open (true) or closed (false) in [from_on, to_on)",
    ),
    "policy": PatchKind(
        (*ITEM_KEYS, "column"),
        ("column",),
        _CHANGES,
        True,
        "a planning parameter of items: " + ", ".join(POLICY_COLUMNS),
    ),
    "cost": PatchKind(
        (*ITEM_KEYS, "supplier", "resource", "column"),
        (),
        _CHANGES,
        True,
        "unit_cost (the default: of items, or a supplier's prices), setup_cost, holding_cost, holding_rate; of a resource "
        "cost_per_hour or overtime_cost_per_hour",
    ),
    "capacity": PatchKind(
        ("resource", *PERIOD),
        ("resource",),
        _CHANGES,
        True,
        "minutes of the buckets that begin in [from_on, to_on); units of a resource that has a calendar and no minutes",
    ),
}
"""Every kind of patch by its name."""

SCENARIOS = Table(
    "scenarios",
    (
        Column("scenario", Kind.TEXT, required=True),
        Column("kind", Kind.CHOICE, choices=tuple(PATCH_KINDS)),
        Column("item", Kind.TEXT),
        Column("family", Kind.TEXT),
        Column("customer", Kind.TEXT),
        Column("customer_group", Kind.TEXT),
        Column("supplier", Kind.TEXT),
        Column("resource", Kind.TEXT),
        Column("calendar", Kind.TEXT),
        Column("location", Kind.TEXT),
        Column("from_on", Kind.DATE),
        Column("to_on", Kind.DATE),
        Column("column", Kind.TEXT),
        Column("operation", Kind.CHOICE, choices=_CHANGES),
        Column("value", Kind.TEXT),
    ),
)
"""One patch a row; rows of the same scenario are applied in their order. A row with a scenario and no kind names a scenario
that changes nothing. `family` is one of the table `families`, else the beginning of an item's name."""

FAMILIES = Table(
    "families",
    (Column("family", Kind.TEXT, required=True), Column("item", Kind.TEXT, required=True)),
    key=("family", "item"),
    items=("item",),
)
"""Items that belong together under a name."""

UNCERTAINTY = Table(
    "uncertainty",
    (
        Column("kind", Kind.CHOICE, required=True, choices=("demand", "lead_time")),
        Column("item", Kind.TEXT),
        Column("supplier", Kind.TEXT),
        Column("variation", Kind.QUANTITY, required=True),
    ),
    key=("kind", "item", "supplier"),
)
"""How far reality may lie from a plan: coefficients of variation (deviation over mean) of an item's demand in a bucket, and of lead
times by item, by supplier, or by both; a row without item and supplier holds for all others."""
