"""The lists of a forecast: how good it is by class, what was changed of the history and why, what people's changes were worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_number, t
from app.ui import gateway
from app.ui.widgets import board, markup
from app.ui.widgets.board import Tile
from app.ui.widgets.listing import written_csv
from app.ui.widgets.values import Column, draw_table

_MOST: Final = 500
_CLEANINGS: Final = ("stock_out", "return", "promotion", "outlier", "gap")
_CLASSES: Final = (
    Column("class_name", "forecast.class", "word", family="demand_class"),
    Column("series_count", "forecast.series", "count"),
    Column("expected_quantity", "forecast.expected_quantity", "quantity"),
    Column("wape", "forecast.wape", "share"),
    Column("mase", "forecast.mase", "quantity"),
    Column("bias", "forecast.bias", "share"),
)
_CLEANED: Final = (
    Column("period_start", "forecast.week", "date"),
    Column("item", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("location", "word.site", "code"),
    Column("customer_group", "forecast.group", "code"),
    Column("was", "forecast.was", "quantity"),
    Column("is", "forecast.is", "quantity"),
    Column("why", "word.why", "word", family="cleaning"),
)
_CHANGES: Final = (
    Column("period_start", "forecast.week", "date"),
    Column("item", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("customer_group", "forecast.group", "code"),
    Column("before", "forecast.before", "quantity"),
    Column("after", "forecast.instead", "quantity"),
    Column("reason", "word.reason"),
    Column("created_by_name", "word.created_by"),
    Column("shown_state", "word.state"),
    Column("actual", "forecast.actual", "quantity"),
    Column("value_added", "forecast.value_added", "quantity"),
    Column("shown_verdict", "forecast.verdict"),
)


def group_name(code: str, lang: str) -> str:
    """A customer group as people read it: the class of the customers, or in words that they have none."""
    return t("forecast.group_other", lang) if code == "OTHER" else code


def draw_accuracy(run: dict[str, Any], lang: str) -> None:
    """How far off the chosen models were when they did not know what came, by class of demand."""
    rows = gateway.ask("forecast_accuracy", forecast_run=run["number"])
    markup.show(markup.quiet(t("forecast.accuracy_says", lang)))
    draw_table(_CLASSES, rows, lang, label=t("forecast.view_accuracy", lang))
    chosen = ", ".join(
        f"{t('forecast_model.' + name, lang)} {format_number(count, lang)}"
        for name, count in sorted(run["models"].items())
    )
    markup.show(markup.quiet(t("forecast.models_chosen", lang, models=chosen)))


def draw_cleaned(run: dict[str, Any], lang: str) -> None:
    """Every week of the history that the forecast took otherwise than it was, and why."""
    left, right = st.columns([5, 4], vertical_alignment="bottom")
    search = left.text_input(
        t("list.search", lang),
        key="demand.cleaned_search",
        label_visibility="collapsed",
        placeholder=t("list.search_hint", lang),
        icon=":material/search:",
    )
    why = right.pills(
        t("word.why", lang),
        _CLEANINGS,
        format_func=lambda name: t(f"cleaning.{name}", lang),
        key="demand.cleaned_why",
        label_visibility="collapsed",
    )
    rows = gateway.ask(
        "forecast_cleaning", forecast_run=run["number"], search=(search or "").strip(), why=why, limit=_MOST
    )
    if not rows:
        markup.show(markup.empty(t("forecast.nothing_cleaned", lang), t("forecast.nothing_cleaned_says", lang)))
        return
    rows = [{**row, "customer_group": group_name(row["customer_group"], lang)} for row in rows]
    draw_table(_CLEANED, rows, lang, label=t("forecast.view_cleaned", lang))
    _export("cleaned", _CLEANED, [{**row, "why": t(f"cleaning.{row['why']}", lang)} for row in rows], lang)


def draw_changes(run: dict[str, Any], lang: str) -> None:
    """What people said instead of the forecast, and the error that it took away or brought once the week was over."""
    everything = st.toggle(t("forecast.also_former", lang), key="demand.former")
    rows = gateway.ask("forecast_overrides", all=everything, limit=1000)
    if not rows:
        markup.show(markup.empty(t("forecast.no_changes", lang), t("forecast.no_changes_says", lang)))
        return
    judged = [row for row in rows if row["value_added"] is not None and row["state"] == "in_force"]
    if judged:
        _value_tiles(judged, lang)
    shown = [
        {
            **row,
            "customer_group": group_name(row["customer_group"], lang),
            "shown_state": t(f"override_state.{row['state']}", lang),
            "shown_verdict": _verdict(row, lang),
        }
        for row in rows
    ]
    draw_table(_CHANGES, shown, lang, label=t("forecast.view_changes", lang))
    plain = [
        {**row, "shown_verdict": t(f"override_verdict.{row['verdict']}", lang) if row["verdict"] else ""}
        for row in shown
    ]
    _export("changes", _CHANGES, plain, lang)


def _value_tiles(judged: list[dict[str, Any]], lang: str) -> None:
    added = sum((row["value_added"] for row in judged), Decimal(0))
    better = len([row for row in judged if row["value_added"] > 0])
    board.tiles(
        [
            Tile(t("forecast.judged", lang), format_number(len(judged), lang)),
            Tile(t("forecast.better", lang), format_number(better, lang)),
            Tile(
                t("forecast.value_added", lang),
                format_number(added.quantize(Decimal("0.1")), lang),
                told=t("forecast.value_added_told", lang),
            ),
        ]
    )


def _verdict(row: dict[str, Any], lang: str) -> markup.Html | str:
    if row["verdict"] is None:
        return ""
    tone: markup.Tone = {"added": "good", "cost": "bad"}.get(row["verdict"], "plain")  # pyright: ignore[reportAssignmentType]
    return markup.chip(t(f"override_verdict.{row['verdict']}", lang), tone)


def _export(name: str, columns: tuple[Column, ...], rows: list[dict[str, Any]], lang: str) -> None:
    st.download_button(
        t("term.export_data", lang),
        data=lambda: written_csv(columns, rows, lang),
        file_name=f"demand_{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"demand.export_{name}",
        on_click="ignore",
    )
