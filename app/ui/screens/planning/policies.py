"""Inventory policies: what stands in the items now, what history proposes, what it costs and why; chosen lines are accepted.

Nothing changes by looking. Accepted parameters are ordinary item data afterwards, and the item's own form changes them back.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any, Final

import streamlit as st

from app.jobs.steps import POLICY_STEPS
from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_day, format_moment, format_number, t
from app.ui import gateway
from app.ui.screens.page import Page
from app.ui.screens.planning import policy_curves, policy_grid
from app.ui.screens.planning.progress import RunKind, choose_run, draw_progress
from app.ui.widgets import board, markup, notices
from app.ui.widgets.board import Tile
from app.ui.widgets.values import Column, draw_table

_LATEST: Final = 30
_RUN: Final = RunKind("policy", "policy_jobs", POLICY_STEPS, "policy.run")
_PARAMETERS: Final = ("safety_stock", "reorder_point", "lead_time_days")
_ACCEPTED: Final = (
    Column("item", "term.item_number", "code", opens="item", opens_by="item_id"),
    Column("item_name", "term.item"),
    Column("service_target", "policy.service", "share"),
    Column("safety_stock_before", "policy.safety_before", "quantity", if_any=True),
    Column("safety_stock_after", "policy.safety_after", "quantity", if_any=True),
    Column("reorder_point_before", "policy.point_before", "quantity", if_any=True),
    Column("reorder_point_after", "policy.point_after", "quantity", if_any=True),
    Column("lead_time_days_before", "policy.days_before", "quantity", if_any=True),
    Column("lead_time_days_after", "policy.days_after", "quantity", if_any=True),
    Column("accepted_by_name", "word.created_by"),
    Column("accepted_at", "policy.accepted_at", "moment"),
)
_CLASSES: Final = (("a", 98.0), ("b", 95.0), ("c", 90.0))


def draw_policies() -> None:
    """Draw the proposals of the run that the reader chose, the newest at first."""
    lang = gateway.visit().lang
    run = _head(lang)
    if run is None:
        return
    _outcome(lang)
    rows = policy_grid.asked(run, lang)
    if not rows:
        markup.show(markup.empty(t("list.nothing_found", lang), t("policy.nothing_says", lang)))
        return
    _tiles(run, rows, lang)
    chosen = policy_grid.draw(rows, lang)
    _act(run, chosen, lang)
    policy_curves.draw(run, chosen[-1] if chosen else rows[0], lang)
    _accepted(run, lang)


def _head(lang: str) -> dict[str, Any] | None:
    left, middle, right = st.columns([5, 4, 2], vertical_alignment="center")
    with left:
        markup.show(markup.heading(t("nav.inventory_policies", lang), lead=t("policy.lead", lang)))
    with middle:
        runs = gateway.ask("policy_runs", limit=_LATEST)
        run = choose_run(_RUN, runs, lambda made: _described(made, lang), lang) if runs else None
    with right:
        _ask(lang)
    draw_progress(_RUN, lang)
    if run is None:
        markup.show(markup.empty(t("policy.none_yet", lang), t("policy.none_yet_says", lang)))
        return None
    made = t(
        "plan.made",
        lang,
        moment=format_moment(gateway.local(run["created_at"]), lang),
        who=run["created_by_name"] or t("plan.system", lang),
    )
    markup.show(markup.freshness(made, old=run["as_of"] < gateway.today()))
    return run


def _described(run: dict[str, Any], lang: str) -> str:
    targets = " / ".join(f"{run['settings'][f'service_{name}'] * 100:g}" for name, _ in _CLASSES)
    return t("policy.run_of", lang, number=run["number"], day=format_day(run["as_of"], lang), targets=targets)


def _ask(lang: str) -> None:
    if not gateway.may_send("record_policy_run"):
        return
    with st.popover(t("policy.now", lang), icon=":material/play_arrow:", type="primary", width="stretch"):
        measure = st.radio(
            t("policy.measure", lang),
            ("cycle", "fill"),
            format_func=lambda name: t(f"policy.measure_{name}", lang),
            key="policy.measure",
        )
        places = st.columns(3)
        targets = {
            f"service_{name}": place.number_input(
                t("policy.service_of", lang, name=name.upper()),
                min_value=50.0,
                max_value=99.9,
                value=standard,
                step=0.5,
                format="%.1f",
                key=f"policy.service_{name}",
            )
            / 100
            for place, (name, standard) in zip(places, _CLASSES, strict=True)
        }
        cost = st.number_input(
            t("policy.order_cost", lang, currency=gateway.currency()), min_value=0.0, value=0.0, key="policy.order_cost"
        )
        if st.button(t("forecast.start", lang), type="primary", key="policy.start", disabled=_RUN.job() is not None):
            settings = {name: round(value, 4) for name, value in targets.items()}
            _RUN.wait_for(partial(gateway.propose_policies_now, measure=measure, order_cost=cost or None, **settings))


def _tiles(run: dict[str, Any], rows: list[dict[str, Any]], lang: str) -> None:
    summary = run["summary"]
    tiles = [
        Tile(t("policy.proposals", lang), format_number(summary["proposals"], lang)),
        Tile(
            t("policy.learned", lang),
            format_number(summary["learned_lead_times"], lang),
            told=t("policy.learned_told", lang),
        ),
    ]
    for name in ("value_change", "yearly_cost_change"):
        known = [row[name] for row in rows if row[name] is not None]
        if known:
            amount = board.whole(sum(known, Decimal(0)), lang)
            tiles.append(
                Tile(t(f"policy.{name}", lang), amount, told=t("policy.of_shown", lang, currency=gateway.currency()))
            )
    board.tiles(tiles)


def _act(run: dict[str, Any], chosen: list[dict[str, Any]], lang: str) -> None:
    """Which parameters of the ticked lines are taken, at which service, what that comes to, and the button that takes them."""
    if not gateway.may_send("accept_policies"):
        return
    if not chosen:
        markup.show(markup.quiet(t("policy.tick", lang)))
        return
    left, middle, right = st.columns([5, 4, 2], vertical_alignment="bottom")
    parameters = left.pills(
        t("policy.take", lang),
        _PARAMETERS,
        selection_mode="multi",
        default=["safety_stock"],
        format_func=lambda name: t(f"policy.parameter_{name}", lang),
        key="policy.parameters",
    )
    target = middle.selectbox(
        t("policy.at_service", lang),
        (None, *policy_curves.TARGETS),
        format_func=lambda share: t("policy.as_proposed", lang) if share is None else f"{share * 100:g} %",
        key="policy.target",
    )
    label = t("policy.accept", lang, count=len(chosen))
    pressed = right.button(
        label, type="primary", icon=":material/check:", key="policy.go", disabled=not parameters, width="stretch"
    )
    if "reorder_point" in parameters:
        markup.show(markup.note(t("policy.reorder_point_says", lang), "info"))
    if not pressed:
        return
    names = t("plan.list_comma", lang).join(t(f"policy.parameter_{name}", lang) for name in parameters)
    says = t("policy.accept_says", lang, count=len(chosen), parameters=names)
    round_id = st.session_state.setdefault("policy.id", new_command_id())
    lines = [
        {"item": row["item"], "location": row["location"]} | ({"service_target": str(target)} if target else {})
        for row in chosen
    ]

    def accept() -> None:
        data = {"policy_run": run["number"], "parameters": list(parameters), "lines": lines}
        st.session_state["policy.receipt"] = gateway.send("accept_policies", data, command_id=round_id)
        st.session_state.pop("policy.id", None)
        st.session_state["policy.round"] = st.session_state.get("policy.round", 0) + 1

    notices.confirm(label, says, label, lang, accept, "policy.confirm")


def _accepted(run: dict[str, Any], lang: str) -> None:
    """What was accepted from the run, with what the items said before, for whoever wants it back."""
    rows = gateway.ask("policy_acceptances", policy_run=run["number"], limit=_LATEST)
    if not rows:
        return
    st.subheader(t("policy.accepted_from", lang, number=run["number"]), anchor=False)
    shown = [column for column in _ACCEPTED if not column.if_any or any(row[column.name] is not None for row in rows)]
    draw_table(tuple(shown), rows, lang, label=t("policy.state_accepted", lang))


def _outcome(lang: str) -> None:
    """What the last acceptance brought, and every conflict in words."""
    receipt = st.session_state.pop("policy.receipt", None)
    if receipt is None:
        return
    markup.show(markup.note(gateway.message(receipt, lang), "good" if receipt.status == "done" else "bad"))
    conflicts = receipt.data.get("conflicts", [])
    if conflicts:
        markup.show(
            markup.facts([(row["item"], t(f"policy.conflict_{row['conflict']}", lang)) for row in conflicts[:50]])
        )


POLICIES: Final = Page(
    "inventory_policies", "nav.inventory_policies", "shield_toggle", draw_policies, query="policy_runs"
)
