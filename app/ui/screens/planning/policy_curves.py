"""What service costs, for one item and for the company, and what the item's proposal rests on, fact by fact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import altair as alt
import polars as pl
import streamlit as st

from app.kernel.i18n import format_number, format_quantity, format_share, t
from app.ui import gateway
from app.ui.widgets import charts, markup
from app.ui.widgets.trends import QUIET, counted_axis

TARGETS: Final = (0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999)
"""Targets that a reader may choose instead of the proposed one; each is on the curves."""


def draw(run: dict[str, Any], row: dict[str, Any], lang: str) -> None:
    """The item's reasons and curve, and the company's curve where the reader may see costs."""
    name = (lang != "en" and row["item_name_zh"]) or row["item_name"] or ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(width="content"):
            st.subheader(markup.plain(f"{row['item']} · {name}"), anchor=False)
        if row["item_id"] and gateway.may_ask("items"):
            with st.container(width="content"):
                markup.show(markup.link(t("plan.open_item", lang), markup.href("item", id=row["item_id"])))
    left, middle, right = st.columns([34, 33, 33], gap="medium")
    with left:
        _why(run, row, lang)
    with middle:
        _item_curve(run, row, lang)
    with right:
        _company_curve(run, lang)


def _why(run: dict[str, Any], row: dict[str, Any], lang: str) -> None:
    """The facts that the numbers came from."""

    def rounded(value: Decimal) -> str:
        return format_number(value.quantize(Decimal("0.1")), lang)

    unit = row["unit_code"] or ""
    receipts = row["lead_time_receipt_count"]
    facts: list[tuple[str, str | markup.Html]] = [
        (t("policy.classes", lang), f"{row['abc']}{row['xyz']} · {t('demand_class.' + row['pattern'], lang)}"),
        (
            t("policy.demand_of_bucket", lang, days=row["bucket_days"]),
            t("policy.around", lang, mean=rounded(row["demand_mean"]), deviation=rounded(row["demand_deviation"])),
        ),
        (
            t("policy.lead_time", lang),
            t(
                "policy.lead_time_of",
                lang,
                mean=rounded(row["lead_time_days_mean"]),
                deviation=rounded(row["lead_time_days_deviation"]),
                source=t(f"policy.lead_from_{row['lead_time_source']}", lang, count=receipts),
            ),
        ),
        (t("policy.distribution", lang), t(f"distribution.{row['distribution']}", lang)),
        (
            t("policy.service", lang),
            f"{format_share(row['service_target'], lang)} · {t('policy.measure_' + row['service_measure'], lang)}",
        ),
        (t("policy.expected_fill", lang), format_share(row["expected_fill_rate"], lang)),
        (
            t("policy.lot_proposed", lang),
            f"{format_quantity(row['order_quantity'], lang)} {unit} · {t('lot_rule.' + row['order_quantity_rule'], lang)}",
        ),
    ]
    with st.container(key="why"):
        markup.show(markup.facts(facts))
    for note in gateway.ask("policy_notes", policy_run=run["number"], item=row["item"], limit=10):
        markup.show(markup.quiet(t(f"policy_note.{note['note']}", lang)))


def _item_curve(run: dict[str, Any], row: dict[str, Any], lang: str) -> None:
    points = gateway.ask("policy_item_curve", policy_run=run["number"], item=row["item"], location=row["location"])
    if not points:
        return
    frame = pl.DataFrame(
        {
            "service": [float(point["expected_fill_rate"]) for point in points],
            "stock": [float(point["safety_stock"]) for point in points],
            "target": [f"{float(point['service_target']) * 100:g} %" for point in points],
        }
    )
    title = t("policy.item_curve", lang, unit=row["unit_code"] or "")
    x = alt.X("service:Q", title=t("policy.fill_rate", lang), axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False))
    y = alt.Y("stock:Q", axis=counted_axis(row["unit_code"], lang), scale=alt.Scale(zero=True))
    tip = [
        alt.Tooltip("target:N", title=t("policy.service", lang)),
        alt.Tooltip("stock:Q", title=t("policy.safety_proposed", lang), format=",.1f"),
        alt.Tooltip("service:Q", title=t("policy.fill_rate", lang), format=".1%"),
    ]
    line = (
        alt.Chart(frame, title=title)
        .mark_line(point=alt.OverlayMarkDef(size=36), strokeWidth=2)
        .encode(x=x, y=y, tooltip=tip)
    )
    levels = pl.DataFrame(
        {
            "level": [float(row["safety_stock"]), float(row["current_safety_stock"] or 0)],
            "name": [t("policy.mark_proposed", lang), t("policy.mark_now", lang)],
        }
    )
    rules = alt.Chart(levels).mark_rule(strokeDash=[5, 4], color=QUIET).encode(y="level:Q")
    words = (
        alt.Chart(levels)
        .mark_text(align="left", baseline="bottom", dx=4, dy=-2, color=QUIET, fontSize=12)
        .encode(x=alt.value(0), y="level:Q", text="name:N")
    )
    charts.draw(alt.layer(line, rules, words), told=title, height=260)


def _company_curve(run: dict[str, Any], lang: str) -> None:
    if not gateway.may_ask("policy_company_curve"):
        return
    points = gateway.ask("policy_company_curve", policy_run=run["number"])
    known = [point for point in points if point["fill_rate_by_value"] >= Decimal("0.8")] or points
    if not known:
        return
    names = {rule: t(f"policy.rule_{rule}", lang) for rule in ("same_service", "least_cost")}
    frame = pl.DataFrame(
        {
            "service": [float(point["fill_rate_by_value"]) for point in known],
            "value": [float(point["stock_value"]) for point in known],
            "rule": [names[point["rule"]] for point in known],
        }
    )
    title = t("policy.company_curve", lang, currency=gateway.currency())
    x = alt.X("service:Q", title=t("policy.fill_rate", lang), axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False))
    chart = (
        alt.Chart(frame, title=title)
        .mark_line(point=alt.OverlayMarkDef(size=26), strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("value:Q", axis=counted_axis(None, lang), scale=alt.Scale(zero=False)),
            color=alt.Color("rule:N", scale=charts.colours(list(names.values())), legend=alt.Legend(title=None)),
            tooltip=[
                alt.Tooltip("rule:N", title=" "),
                alt.Tooltip("service:Q", title=t("policy.fill_rate", lang), format=".1%"),
                alt.Tooltip("value:Q", title=t("word.value", lang), format=",.0f"),
            ],
        )
    )
    charts.draw(chart, told=title, height=260)
