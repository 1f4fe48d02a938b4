"""The grid of proposals: filters above it, a box before each row, what stands now beside what is proposed, and the export."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import polars as pl
import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets.listing import written_csv
from app.ui.widgets.values import Column

_MOST: Final = 1000
_MARKS: Final = {"proposed": "○", "accepted": "✓", "changed": "▲"}
_COLUMNS: Final = (
    Column("state", "word.state"),
    Column("item", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("location", "word.site", "code"),
    Column("classes", "policy.classes"),
    Column("current_lead_time_days", "policy.lead_typed", "quantity"),
    Column("lead_time_days_p50", "word.lead_time_p50", "quantity"),
    Column("lead_time_days_p90", "word.lead_time_p90", "quantity"),
    Column("current_safety_stock", "policy.safety_now", "quantity"),
    Column("safety_stock", "policy.safety_proposed", "quantity"),
    Column("current_reorder_point", "policy.point_now", "quantity"),
    Column("reorder_point", "policy.point_proposed", "quantity"),
    Column("order_quantity", "policy.lot_proposed", "quantity"),
    Column("service_target", "policy.service", "share"),
    Column("value_change", "policy.value_change", "quantity"),
    Column("yearly_cost_change", "policy.yearly_cost_change", "quantity"),
)
_COSTS: Final = frozenset({"value_change", "yearly_cost_change"})


def asked(run: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    """The rows that pass the reader's filters, and the button that exports them."""
    places = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    search = places[0].text_input(
        t("list.search", lang),
        key="policy.search",
        label_visibility="collapsed",
        placeholder=t("list.search_hint", lang),
        icon=":material/search:",
    )
    abc = places[1].pills(t("policy.classes", lang), ("A", "B", "C"), key="policy.abc", label_visibility="collapsed")
    changed = places[2].toggle(t("policy.changed_only", lang), value=True, key="policy.changed_only")
    rows = gateway.ask(
        "policy_proposals",
        policy_run=run["number"],
        search=(search or "").strip(),
        abc=abc,
        changed_only=changed,
        limit=_MOST,
    )
    places[3].download_button(
        t("term.export_data", lang),
        data=lambda: written_csv(_COLUMNS, [_told(row, lang) for row in rows], lang),
        file_name=f"{run['number']}.csv",
        mime="text/csv",
        icon=":material/download:",
        width="stretch",
        key="policy.export",
        on_click="ignore",
    )
    return rows


def _told(row: dict[str, Any], lang: str) -> dict[str, Any]:
    return {**row, "classes": f"{row['abc']}{row['xyz']}", "state": t(f"policy.state_{row['state']}", lang)}


def draw(rows: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """The grid with a box before each row; returns the rows that are ticked and still proposed."""
    sees_costs = any(row["yearly_cost_change"] is not None for row in rows)
    several = len({row["location"] for row in rows}) > 1
    shown = [
        column
        for column in _COLUMNS
        if (sees_costs or column.name not in _COSTS) and (several or column.name != "location")
    ]
    frame = pl.DataFrame(
        [pl.Series(column.name, [_value(column, row, lang) for row in rows], dtype=_kind(column)) for column in shown]
    )
    event = st.dataframe(
        frame,
        column_config={column.name: _column(column, lang) for column in shown},
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"policy.grid.{st.session_state.get('policy.round', 0)}",
        height=min(420, 46 + 35 * len(rows)),
        alt=t("nav.inventory_policies", lang),
    )
    ticked: list[int] = event["selection"]["rows"]
    return [rows[place] for place in ticked if place < len(rows)]


def _column(column: Column, lang: str) -> Any:
    """A column of the grid under a short title, where it has one; the whole title is its hint."""
    if column.kind not in {"quantity", "share"}:
        return t(column.label, lang)
    shape = "localized" if column.kind == "quantity" else "%.1f %%"
    return st.column_config.NumberColumn(
        t(f"policy.short_{column.name}", lang), format=shape, help=t(column.label, lang)
    )


def _kind(column: Column) -> Any:
    return pl.Float64 if column.kind in {"quantity", "share"} else pl.String


def _value(column: Column, row: dict[str, Any], lang: str) -> Any:
    if column.name == "state":
        return f"{_MARKS[row['state']]} {t('policy.state_' + row['state'], lang)}"
    if column.name == "classes":
        return f"{row['abc']}{row['xyz']}"
    value = row[column.name]
    if column.name == "item_name" and lang != "en":
        value = row["item_name_zh"] or value
    if isinstance(value, Decimal | int):
        return float(value) * 100 if column.kind == "share" else round(float(value), 0 if column.name in _COSTS else 1)
    return value
