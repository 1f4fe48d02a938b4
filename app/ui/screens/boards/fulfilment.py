"""The fulfilment board: how soon, how whole and how reliably goods come to customers, at which freight, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.jobs.boards import OPERATIONS
from app.kernel.i18n import format_number, format_quantity, format_share, t
from app.ui import gateway
from app.ui.screens.boards.behind import ALL, counted_by, draw_rows
from app.ui.screens.page import Page
from app.ui.widgets import board, markup, spans, trends
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column
from schemas.vocabulary.numbers import ZERO, rounded

_TARGET: Final = Decimal("0.95")
_MONTHS: Final = 12
_BY: Final = ("month", "day", "warehouse", "carrier", "customer", "customer_class", "channel")
_ASKED_BY: Final = {"warehouse": "warehouse_code", "carrier": "carrier_code", "customer": "party_code"}
_GROUPS: Final = (
    Column("group", "word.name"),
    Column("shipment_count", "board.shipments", "count", total=True),
    Column("days_to_ship", "board.days_to_ship", "quantity"),
    Column("delivered_count", "board.delivered", "count", total=True),
    Column("days_to_deliver", "board.days_to_deliver", "quantity"),
    Column("line_count", "board.promised_lines", "count", total=True),
    Column("on_time_rate", "word.on_time_rate", "share"),
    Column("in_full_rate", "word.in_full_rate", "share"),
    Column("parcel_count", "board.parcels", "count", total=True),
    Column("weight_kg", "word.weight_kg", "quantity", total=True),
    Column("freight_cost", "word.freight_cost", "amount", total=True),
    Column("freight_charged", "board.freight_charged", "amount", total=True),
)
_EXCEPTIONS: Final = (
    Column("trouble", "word.problem"),
    Column("document_number", "word.document", "code", opens_kind="document_kind", opens_by="document_id"),
    Column("order_number", "term.sales_order", "code", opens="sales_order", opens_by="order_id"),
    Column("party_name", "term.customer"),
    Column("carrier_code", "word.carrier", "code"),
    Column("item_code", "term.item_number", "code"),
    Column("quantity", "word.quantity", "quantity"),
    Column("happened_on", "word.document_on", "date"),
    Column("still", "board.still", "flag"),
)
_MISSED: Final = (
    Column("order_number", "term.sales_order", "code", opens="sales_order", opens_by="document_id"),
    Column("party_name", "term.customer", opens="party", opens_by="party_id"),
    Column("item_code", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("promised_on", "word.promised_on", "date"),
    Column("quantity", "word.quantity", "quantity"),
    Column("shipped_by_promise", "board.gone_by_promise", "quantity"),
    Column("shipped_quantity", "word.shipped_quantity", "quantity"),
    Column("unit_code", "word.unit"),
    Column("last_shipped_on", "board.last_shipped_on", "date"),
)
_SHIPMENTS: Final = (
    Column("shipment_number", "term.shipment", "code", opens="shipment", opens_by="document_id"),
    Column("posted_on", "word.posted_on", "date"),
    Column("order_number", "term.sales_order", "code", opens="sales_order", opens_by="order_id"),
    Column("party_name", "term.customer", opens="party", opens_by="party_id"),
    Column("warehouse_code", "term.warehouse", "code"),
    Column("carrier_name", "word.carrier"),
    Column("days_to_ship", "board.days_to_ship", "count"),
    Column("delivered_on", "word.delivered_on", "date"),
    Column("days_to_deliver", "board.days_to_deliver", "count"),
    Column("parcel_count", "board.parcels", "count", total=True),
    Column("weight_kg", "word.weight_kg", "quantity", total=True),
    Column("freight_cost", "word.freight_cost", "amount", total=True),
    Column("freight_charged", "board.freight_charged", "amount", total=True),
)
_PICKING: Final = (
    Column("month", "word.month"),
    Column("warehouse_code", "term.warehouse", "code"),
    Column("line_count", "board.pick_lines", "count", total=True),
    Column("short_count", "board.short_lines", "count", total=True),
    Column("picked_rate", "board.picked_rate", "share"),
    Column("pick_minutes", "board.pick_minutes", "quantity"),
)


def draw_fulfilment() -> None:
    """Draw the board for the span that the reader chose."""
    lang = gateway.visit().lang
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        markup.show(markup.heading(t("nav.fulfilment_board", lang), lead=t("board.fulfilment_lead", lang)))
    with right:
        span = spans.pick(lang, default="year")
    board.head_line(lang)
    days = {"from_on": span.from_on, "to_on": min(span.to_on, gateway.today())}
    _tiles(days, lang)
    _charts(days["to_on"], lang)
    by = counted_by("fulfilment", _BY, lang)
    rows = gateway.read("fulfilment_performance", by=by, open_from=gateway.today(), limit=ALL, **days).dicts()
    groups = [_group(row, by, days, lang) for row in rows]
    draw_rows(
        "board.fulfilment_by", _GROUPS, groups, lang, name=f"fulfilment_by_{by}", nothing="board.no_shipments", most=60
    )
    _exceptions(days, lang)
    missed = gateway.read("promises_missed", open_from=gateway.today(), limit=ALL, **days).dicts()
    draw_rows("board.promises_missed", _MISSED, missed, lang, name="promises_missed", nothing="board.none_missed")
    picking = gateway.read("picking_by_month", **days).dicts()
    draw_rows("board.picking", _PICKING, map(_in_tenths, picking), lang, name="picking", nothing="board.no_picks")


def _tiles(days: Mapping[str, date], lang: str) -> None:
    """The numbers of the whole span, each with its months as a small line."""
    months = gateway.read("fulfilment_performance", open_from=gateway.today(), limit=ALL, **days).dicts()
    lines = _sum(months, "line_count")
    shares = {
        name: Decimal(_sum(months, f"{name}_count")) / lines if lines else None for name in ("on_time", "in_full")
    }
    exceptions = gateway.read("exceptions_by_kind", **days).dicts()
    target = t("board.target", lang, share=format_share(_TARGET, lang, decimals=0))
    asks = {"from": days["from_on"].isoformat(), "to": days["to_on"].isoformat()}
    tiles = [
        Tile(
            t(f"board.{name}_lines", lang),
            "–" if share is None else format_share(share, lang),
            trend=[float(row[f"{name}_rate"]) for row in months if row[f"{name}_rate"] is not None],
            told=target,
            opens="fulfilment_rows",
            asks=asks,
        )
        for name, share in shares.items()
    ]
    for name, weight in (("days_to_ship", "shipment_count"), ("days_to_deliver", "delivered_count")):
        mean = _mean(months, name, weight)
        tiles.append(
            Tile(
                t(f"board.{name}", lang),
                "–" if mean is None else format_quantity(mean, lang),
                trend=[float(row[name]) for row in months if row[name] is not None],
                told=t("board.of_shipments", lang, count=_sum(months, weight)),
                opens="fulfilment_rows",
                asks=asks,
            )
        )
    tiles += [
        Tile(
            t("board.parcels", lang),
            format_number(_sum(months, "parcel_count"), lang),
            told=board.quantity(Decimal(_sum(months, "weight_kg")), "kg", lang),
            opens="parcels",
        ),
        Tile(
            t("word.freight_cost", lang),
            board.whole(Decimal(_sum(months, "freight_cost")), lang),
            told=t("board.charged", lang, amount=board.whole(Decimal(_sum(months, "freight_charged")), lang)),
            opens="freight_bills",
        ),
        Tile(
            t("board.exceptions", lang),
            format_number(_sum(exceptions, "exception_count"), lang),
            told=t("board.still_so", lang, count=_sum(exceptions, "still_count")),
            opens="parcels",
        ),
    ]
    board.tiles(tiles)


def _charts(upto: date, lang: str) -> None:
    """Promises kept, and freight against what was charged, over twelve months."""
    first = spans.months_before(upto.replace(day=1), _MONTHS - 1)
    rows = gateway.read(
        "fulfilment_performance", from_on=first, to_on=upto, open_from=gateway.today(), limit=ALL
    ).dicts()
    left, right = st.columns(2, gap="large")
    with left:
        title = t("board.on_time_by_month", lang)
        kept = [(_first_of(row), title, row["on_time_rate"]) for row in rows if row["on_time_rate"] is not None]
        if kept:
            trends.shares(
                trends.months(kept, lang),
                title=title,
                target=float(_TARGET),
                target_name=t("board.target", lang, share=format_share(_TARGET, lang, decimals=0)),
                told=title,
            )
    with right:
        title = t("board.freight_by_month", lang)
        names = {"freight_cost": t("word.freight_cost", lang), "freight_charged": t("board.freight_charged", lang)}
        paid = [(_first_of(row), said, row[name]) for row in rows for name, said in names.items()]
        if any(amount for _, _, amount in paid):
            trends.bars(trends.months(paid, lang), title=title, unit=gateway.currency(), told=title, lang=lang)


def _exceptions(days: Mapping[str, date], lang: str) -> None:
    """What went wrong: how often by kind, then each, what is still so first."""
    counted = gateway.read("exceptions_by_kind", **days).dicts()
    if counted:
        title = t("board.exceptions_by_kind", lang)
        ranked = [(_trouble(row, lang), Decimal(row["exception_count"])) for row in counted]
        trends.ranking(ranked, title=title, unit="", told=title, lang=lang)
    rows = gateway.read("fulfilment_exceptions", limit=ALL, **days).dicts()
    told = [{**row, "trouble": _trouble(row, lang)} for row in rows]
    draw_rows("board.exceptions", _EXCEPTIONS, told, lang, name="fulfilment_exceptions", nothing="board.no_exceptions")


def _trouble(row: Mapping[str, Any], lang: str) -> str:
    family = "parcel_problem" if row["source"] == "parcel" else "pick_reason"
    return t(f"{family}.{row['kind']}", lang)


def _group(row: Mapping[str, Any], by: str, days: Mapping[str, date], lang: str) -> dict[str, Any]:
    """A row with the name of its group as the link to what is behind it."""
    name = str(row["name"] or row["code"] or t("board.none_named", lang))
    from_on, to_on = days["from_on"].isoformat(), days["to_on"].isoformat()
    if by == "day":
        from_on = to_on = row["code"]
    if by == "month":
        month = spans.span_named(row["code"])
        assert month is not None, row["code"]
        from_on, to_on = month.from_on.isoformat(), month.to_on.isoformat()
    shown: Any = name
    if by in {"day", "month"} or (by in _ASKED_BY and row["code"]):
        asked = {by: row["code"]} if by in _ASKED_BY else {}
        shown = markup.link(name, markup.href("fulfilment_rows", **{"from": from_on, "to": to_on, **asked}))
    return {**_in_tenths(row), "group": shown}


def _in_tenths(row: Mapping[str, Any]) -> dict[str, Any]:
    """Means of days and minutes to one decimal, which is as much as they mean."""
    means = ("days_to_ship", "days_to_deliver", "pick_minutes")
    return {**row, **{name: rounded(row[name], 1) for name in means if row.get(name) is not None}}


def _sum(rows: Iterable[Mapping[str, Any]], name: str) -> Any:
    return sum((row[name] or 0 for row in rows), 0)


def _mean(rows: Sequence[Mapping[str, Any]], name: str, weight: str) -> Decimal | None:
    """The mean of groups' means, each by how many it is the mean of."""
    counted = [row for row in rows if row[name] is not None]
    count = _sum(counted, weight)
    total = sum((row[name] * row[weight] for row in counted), ZERO)
    return rounded(total / count, 1) if count else None


def _first_of(row: Mapping[str, Any]) -> date:
    return date.fromisoformat(f"{row['code']}-01")


def draw_fulfilment_rows() -> None:
    """Draw the shipments and the missed promises of some days, a warehouse, a carrier or a customer."""
    lang = gateway.visit().lang
    from_on, to_on = spans.days_named(spans.span_of("month", gateway.today()))
    asked = {column: st.query_params.get(name) for name, column in _ASKED_BY.items()}
    named = [value for value in asked.values() if value]
    lead = " · ".join([spans.between(from_on, to_on, lang), *named])
    markup.show(markup.heading(t("nav.fulfilment_rows", lang), lead=lead))
    board.head_line(lang)
    days = {"from_on": from_on, "to_on": to_on}
    shipments = gateway.read("shipments_delivered", limit=ALL, **days, **asked).dicts()
    draw_rows("nav.shipments", _SHIPMENTS, shipments, lang, name="shipments", nothing="board.no_shipments", most=200)
    missed = gateway.read("promises_missed", open_from=gateway.today(), limit=ALL, **days, **asked).dicts()
    draw_rows("board.promises_missed", _MISSED, missed, lang, name="missed", nothing="board.none_missed", most=200)


FULFILMENT_PAGES: Final = (
    Page("fulfilment_board", "nav.fulfilment_board", "local_shipping", draw_fulfilment, permission=OPERATIONS),
    Page(
        "fulfilment_rows",
        "nav.fulfilment_rows",
        "local_shipping",
        draw_fulfilment_rows,
        permission=OPERATIONS,
        listed=False,
    ),
)
