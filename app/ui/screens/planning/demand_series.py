"""One series of a forecast: chosen from the list, drawn with its past and its intervals, changed week by week with a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl
import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_day, format_quantity, t
from app.ui import gateway
from app.ui.screens.planning import demand_chart
from app.ui.screens.planning.demand_lists import group_name
from app.ui.widgets import markup, notices
from app.ui.widgets.listing import written_csv
from app.ui.widgets.values import Column, draw_table

_MOST: Final = 500
_CLASSES: Final = ("smooth", "erratic", "intermittent", "lumpy", "none")
_KEY: Final = ("item", "location", "customer_group")
_COLUMNS: Final = (
    Column("item", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("location", "word.site", "code"),
    Column("customer_group", "forecast.group", "code"),
    Column("class_name", "forecast.class", "word", family="demand_class"),
    Column("model", "forecast.model", "word", family="forecast_model"),
    Column("wape", "forecast.wape", "share"),
    Column("bias", "forecast.bias", "share"),
    Column("soon_quantity", "forecast.soon", "quantity"),
    Column("expected_quantity", "forecast.expected_quantity", "quantity"),
    Column("unit_code", "word.unit", "code"),
    Column("override_count", "forecast.override_count", "count"),
)
_MODELS: Final = (
    Column("model", "forecast.model", "word", family="forecast_model"),
    Column("wape", "forecast.wape", "share"),
    Column("mase", "forecast.mase", "quantity"),
    Column("bias", "forecast.bias", "share"),
    Column("reason", "word.why", "word", family="forecast_reason"),
)


def draw(run: dict[str, Any], lang: str) -> None:
    """The list of series, and the chosen one below it."""
    rows = _found(run, lang)
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("forecast.no_series_says", lang)))
        return
    chosen = _list(rows, lang)
    key = {name: chosen[name] for name in _KEY}
    past = gateway.ask("forecast_past", forecast_run=run["number"], **key)
    weeks = gateway.ask("forecast_weeks", forecast_run=run["number"], **key)
    name = (lang != "en" and chosen["item_name_zh"]) or chosen["item_name"] or ""
    st.subheader(
        markup.plain(
            " · ".join(part for part in (chosen["item"], name, group_name(chosen["customer_group"], lang)) if part)
        ),
        anchor=False,
    )
    markup.show(markup.quiet(_why(chosen, lang)))
    left, right = st.columns([58, 42], gap="medium")
    with left:
        demand_chart.draw(past, weeks, chosen["unit_code"] or "", lang)
        with st.expander(t("forecast.models_tried", lang)):
            models = gateway.ask("forecast_models", forecast_run=run["number"], **key)
            draw_table(_MODELS, models, lang, label=t("forecast.models_tried", lang))
    with right:
        _grid(run, key, weeks, lang)


def _why(row: dict[str, Any], lang: str) -> str:
    return t(
        "forecast.why",
        lang,
        pattern=t(f"demand_class.{row['class_name']}", lang),
        model=t(f"forecast_model.{row['model']}", lang),
        reason=t(f"forecast_reason.{row['reason'] or 'analogue'}", lang),
    )


def _found(run: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    left, middle, right = st.columns([4, 5, 2], vertical_alignment="bottom")
    search = left.text_input(
        t("list.search", lang),
        key="demand.search",
        label_visibility="collapsed",
        placeholder=t("list.search_hint", lang),
        icon=":material/search:",
    )
    kind = middle.pills(
        t("forecast.class", lang),
        _CLASSES,
        format_func=lambda name: t(f"demand_class.{name}", lang),
        key="demand.class",
        label_visibility="collapsed",
    )
    rows = gateway.ask(
        "forecast_series", forecast_run=run["number"], search=(search or "").strip(), class_name=kind, limit=_MOST
    )
    words = (("class_name", "demand_class"), ("model", "forecast_model"))
    right.download_button(
        t("term.export_data", lang),
        data=lambda: written_csv(
            _COLUMNS, [{**row, **{name: t(f"{area}.{row[name]}", lang) for name, area in words}} for row in rows], lang
        ),
        file_name=f"{run['number']}.csv",
        mime="text/csv",
        icon=":material/download:",
        width="stretch",
        key="demand.export",
        on_click="ignore",
    )
    return rows


def _list(rows: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    """The grid of series, the largest first; returns the one that is chosen, or that the address names, or the first."""
    frame = pl.DataFrame(
        {
            "item": [row["item"] for row in rows],
            "item_name": [(lang != "en" and row["item_name_zh"]) or row["item_name"] for row in rows],
            "customer_group": [group_name(row["customer_group"], lang) for row in rows],
            "class_name": [t(f"demand_class.{row['class_name']}", lang) for row in rows],
            "model": [t(f"forecast_model.{row['model']}", lang) for row in rows],
            **{name: [_percent(row[name]) for row in rows] for name in ("wape", "bias")},
            "soon_quantity": [round(float(row["soon_quantity"]), 1) for row in rows],
            "expected_quantity": [round(float(row["expected_quantity"]), 1) for row in rows],
            "unit_code": [row["unit_code"] for row in rows],
            "override_count": [row["override_count"] for row in rows],
        },
        schema_overrides={"item_name": pl.String, "wape": pl.Float64, "bias": pl.Float64, "unit_code": pl.String},
    )
    if len({row["location"] for row in rows}) > 1:
        frame.insert_column(2, pl.Series("location", [row["location"] for row in rows]))
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    titles = {column.name: t(column.label, lang) for column in _COLUMNS}
    formats: dict[str, Any] = {
        "wape": number(titles["wape"], format="%.1f %%", help=t("forecast.wape_told", lang)),
        "bias": number(titles["bias"], format="%.1f %%", help=t("forecast.bias_told", lang)),
        **{
            name: number(titles[name], format="localized")
            for name in ("soon_quantity", "expected_quantity", "override_count")
        },
        "unit_code": text(titles["unit_code"], width="small"),
    }
    event = st.dataframe(
        frame,
        column_config={**titles, **formats},
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="demand.series",
        height=min(300, 46 + 35 * len(rows)),
        alt=t("forecast.view_series", lang),
    )
    ticked: list[int] = event["selection"]["rows"]
    if ticked and ticked[0] < len(rows):
        return rows[ticked[0]]
    named = st.query_params.get("item")
    return next((row for row in rows if row["item"] == named), rows[0])


def _percent(value: Decimal | None) -> float | None:
    return None if value is None else float(value) * 100


def _grid(run: dict[str, Any], key: dict[str, str], weeks: list[dict[str, Any]], lang: str) -> None:
    """The weeks to come, each with a cell for what people say instead; saving gives commands, and an emptied cell withdraws."""
    may = run["newest"] and gateway.may_send("override_forecast")
    shown = pl.DataFrame(
        {
            "week": [format_day(row["period_start"], lang) for row in weeks],
            "mean": [round(float(row["mean"]), 1) for row in weeks],
            "likely": [_span(row, lang) for row in weeks],
            "instead": [None if row["override"] is None else float(row["override"]) for row in weeks],
            "reason": [row["reason"] or "" for row in weeks],
        },
        schema_overrides={"instead": pl.Float64},
    )
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    config = {
        "week": t("forecast.week", lang),
        "mean": number(t("term.forecast", lang), format="localized", width="small"),
        "likely": text(t("forecast.likely", lang), alignment="right", help=t("forecast.likely_told", lang)),
        "instead": number(
            t("forecast.instead", lang), min_value=0.0, format="localized", help=t("forecast.instead_told", lang)
        ),
        "reason": t("word.reason", lang),
    }
    place = f"demand.grid.{run['number']}.{'.'.join(key.values())}.{st.session_state.get('demand.round', 0)}"
    edited = st.data_editor(
        shown,
        column_config=config,
        disabled=[name for name in shown.columns if name != "instead" or not may],
        hide_index=True,
        key=place,
        width="stretch",
        height="content",
        placeholder="",
        alt=t("forecast.grid", lang),
    )
    if not may:
        if not run["newest"]:
            markup.show(markup.quiet(t("forecast.only_newest", lang)))
        return
    _save(run, key, differences(weeks, edited["instead"].to_list()), lang)


def _span(row: dict[str, Any], lang: str) -> str:
    ends = [format_quantity(row[name].quantize(Decimal("0.1")), lang) for name in ("low_80", "high_80")]
    return t("forecast.from_to", lang, low=ends[0], high=ends[1])


def differences(weeks: list[dict[str, Any]], said: list[float | None]) -> dict[date, Decimal | None]:
    """The weeks whose cell says something else than before; None where it was emptied."""
    found: dict[date, Decimal | None] = {}
    for row, value in zip(weeks, said, strict=True):
        now = None if value is None else Decimal(str(round(value, 6)))
        if now != row["override"]:
            found[row["period_start"]] = now
    return found


def _save(run: dict[str, Any], key: dict[str, str], changes: dict[date, Decimal | None], lang: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.text_input(
            t("word.reason", lang), key="demand.reason", max_chars=400, placeholder=t("forecast.reason_hint", lang)
        )
        pressed = st.button(
            t("forecast.save", lang, count=len(changes)),
            type="primary",
            key="demand.save",
            disabled=not changes or not reason.strip(),
        )
    if not changes:
        markup.show(markup.quiet(t("forecast.edit_hint", lang)))
    if not pressed:
        return
    set_now = [(week, value) for week, value in changes.items() if value is not None]
    emptied = [week for week, value in changes.items() if value is None]
    common = {"forecast_run": run["number"], "reason": reason.strip()}
    said = []
    if set_now:
        cells = [{**key, "period_start": week.isoformat(), "quantity": format(value, "f")} for week, value in set_now]
        said.append(gateway.send("override_forecast", {**common, "cells": cells}, command_id=new_command_id()))
    if emptied:
        cells = [{**key, "period_start": week.isoformat()} for week in emptied]
        said.append(gateway.send("withdraw_forecast_override", {**common, "cells": cells}, command_id=new_command_id()))
    refused = [receipt for receipt in said if receipt.status != "done"]
    if refused:
        notices.refusal(gateway.message(refused[0], lang))
        return
    notices.say_after_rerun(" ".join(gateway.message(receipt, lang) for receipt in said))
    st.session_state["demand.round"] = st.session_state.get("demand.round", 0) + 1
    st.rerun()
