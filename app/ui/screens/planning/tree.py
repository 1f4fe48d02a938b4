"""The pegging tree: what serves a demand, down to every purchase; or what an order is for, up to every demand."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from app.kernel.i18n import format_day, format_quantity, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.planning import runs
from app.ui.screens.trade import DOCUMENT_PAGES
from app.ui.widgets import markup
from app.ui.widgets.markup import Cell, Html, Tone

_DEEPEST: Final = 6
_KINDS: Final[dict[str, Tone]] = {"stock": "good", "receipt": "info", "planned_order": "watch"}


def draw(run: dict[str, Any], *, demand: str | None, supply: str | None, lang: str) -> None:
    """Draw the tree below a demand or above a supply."""
    title = t("plan.served_by", lang, demand=demand) if demand else t("plan.serves", lang, supply=supply or "")
    st.subheader(markup.plain(title), anchor=False)
    rows = gateway.ask("plan_pegging", plan_run=run["number"], demand=demand, supply=supply)
    if not rows:
        markup.show(markup.quiet(t("plan.serves_nobody" if supply else "plan.served_by_nobody", lang)))
        return
    head = [(t("plan.supply" if demand else "plan.goes_into", lang), False), (t("word.quantity", lang), True)]
    body = [[_named(run, row, lang, up=demand is None), _quantity(row, lang)] for row in rows]
    classes = [f"deep{min(row['step'], _DEEPEST)}" if row["step"] else "" for row in rows]
    markup.show(markup.table(head, body, classes=classes, label=title))


def _quantity(row: dict[str, Any], lang: str) -> Cell:
    return Cell(f"{format_quantity(row['quantity'], lang)} {row['unit_code'] or ''}".strip(), numeric=True)


def _named(run: dict[str, Any], row: dict[str, Any], lang: str, *, up: bool) -> Cell:
    """The other end of an edge: a document, a planned order, or stock, with the item below it."""
    if up:
        name, kind = row["demand"] or row["parent_supply"] or "", "demand" if row["demand"] else "planned_order"
    else:
        name, kind = row["supply"], row["supply_kind"]
    page = DOCUMENT_PAGES.get(row["document_kind"] or "")
    shown: str | Html = name
    if page:
        shown = markup.link(name, markup.href(page, id=row["document_id"]))
    elif kind == "planned_order":
        shown = markup.link(name, markup.href("pegging", id=run["number"], supply=name))
    elif kind == "stock":
        shown = t("plan.from_stock", lang, lot="" if name.startswith("stock ") else name)
    chip = markup.chip(t(f"plan.kind_{kind}", lang), _KINDS.get(kind, "plain"))
    about = " ".join(filter(None, (row["item"], row["item_name"], row["party_name"])))
    parts = [chip, markup.Html("&ensp;"), markup.Html(markup.markup_of(shown)), markup.quiet(about)]
    return Cell(markup.joined(parts))


def draw_pegging() -> None:
    """Draw the tree of the demand or of the supply that the address names."""
    lang = gateway.visit().lang
    run = runs.draw_head("nav.pegging", "plan.pegging_lead", lang)
    if run is None:
        return
    demand, supply = st.query_params.get("demand"), st.query_params.get("supply")
    typed = st.text_input(
        t("plan.demand_or_order", lang),
        value=demand or supply or "",
        key="pegging.typed",
        icon=":material/account_tree:",
    ).strip()
    if not typed:
        _promises(run, lang)
        return
    if typed == supply or (typed != demand and "@" in typed):
        draw(run, demand=None, supply=typed, lang=lang)
    else:
        draw(run, demand=typed, supply=None, lang=lang)


def _promises(run: dict[str, Any], lang: str) -> None:
    """Demands to begin with: those that are promised late first."""
    rows = gateway.ask("plan_promises", plan_run=run["number"], limit=40)
    head = [
        (t("plan.kind_demand", lang), False),
        (t("word.party", lang), False),
        (t("word.quantity", lang), True),
        (t("word.due_on", lang), False),
        (t("word.promised_on", lang), False),
        (t("word.days_late", lang), True),
    ]
    body = [
        [
            Cell(markup.link(row["demand"], markup.href("pegging", id=run["number"], demand=row["demand"]))),
            Cell(row["party_name"] or ""),
            Cell(format_quantity(row["quantity"], lang), numeric=True),
            Cell(format_day(row["due_on"], lang)),
            Cell(format_day(row["promised_on"], lang) if row["promised_on"] else t("plan.never", lang)),
            Cell(str(row["late_days"]) if row["late_days"] else "–", numeric=True),
        ]
        for row in rows
    ]
    markup.show(markup.table(head, body, label=t("nav.pegging", lang)))


PEGGING: Final = Page("pegging", "nav.pegging", "account_tree", draw_pegging, query="plan_runs")
