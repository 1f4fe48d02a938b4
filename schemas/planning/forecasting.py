"""The tables of a forecast: history and what goes with it in, forecasts and their proof out; no part of the planning package.

Read by planning/forecast. Its `demand` is a table of the planning package, so that a forecast can be planned as it is.
"""

from schemas.planning.columns import Column, Kind, Table

_SERIES = (
    Column("item", Kind.TEXT, required=True),
    Column("location", Kind.TEXT, default="MAIN"),
    Column("customer_group", Kind.TEXT, default="ALL"),
)

HISTORY = Table(
    "history",
    (
        *_SERIES,
        Column("period_start", Kind.DATE, required=True),
        Column("quantity", Kind.QUANTITY, required=True),
        Column("returned", Kind.QUANTITY, default=0),
        Column("stocked_out", Kind.BOOLEAN, default=False),
        Column("promoted", Kind.BOOLEAN, default=False),
        Column("price", Kind.QUANTITY),
    ),
    key=("item", "location", "customer_group", "period_start"),
    required=True,
)
"""Demand by series and period; a negative quantity is a period with more returned than sold."""

ANALOGUES = Table(
    "analogues",
    (
        *_SERIES,
        Column("like_item", Kind.TEXT, required=True),
        Column("like_location", Kind.TEXT),
        Column("like_customer_group", Kind.TEXT),
        Column("scale", Kind.POSITIVE),
    ),
    key=("item", "location", "customer_group"),
)
"""New items and the item that each is like; without a scale it is measured where both have history, else 1."""

OVERRIDES = Table(
    "overrides",
    (
        *_SERIES,
        Column("period_start", Kind.DATE, required=True),
        Column("override", Kind.TEXT, required=True),
        Column("before", Kind.QUANTITY, required=True),
        Column("after", Kind.QUANTITY, required=True),
    ),
    key=("item", "location", "customer_group", "period_start", "override"),
)
"""Changes that people made to forecasts: what the model said and what they said; judged once the history knows better."""
