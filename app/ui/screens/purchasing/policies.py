"""The limits of receiving and billing: for the company, a supplier, an item, or an item of a supplier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens.set_up import SetUp, typed
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

_BLIND: Final = {"yes": True, "no": False}


def _blind_shaped(data: dict[str, Any]) -> dict[str, Any]:
    """The choice of a blind count as yes, no, or left to the wider policy."""
    return {**data, "blind_count": _BLIND.get(data.get("blind_count", ""))}


def _of_policy(asked: Mapping[str, str]) -> dict[str, Any]:
    rows = gateway.ask("purchasing_policies") if asked.get("id") else []
    row = next((row for row in rows if str(row["id"]) == asked.get("id")), None)
    if row is None:
        return {}
    blind = next((word for word, value in _BLIND.items() if value == row["blind_count"]), None)
    return {
        **{entry.name: typed(entry, row[entry.name]) for entry in PURCHASING_POLICIES.form.inputs},
        "blind_count": blind,
    }


PURCHASING_POLICIES: Final = SetUp(
    "rule",
    ListScreen(
        path="purchasing_policies",
        title="nav.purchasing_policies",
        query="purchasing_policies",
        columns=(
            Column("id", "word.number", "code", opens="edit_purchasing_policy"),
            Column("supplier", "term.supplier", "code"),
            Column("item", "term.item_number", "code"),
            Column("over_receipt_rate", "word.over_receipt_percent", "share"),
            Column("over_release_rate", "word.over_release_percent", "share"),
            Column("blind_count", "word.blind_count", "flag"),
            Column("min_remaining_days", "word.min_remaining_days", "count"),
            Column("price_tolerance_rate", "word.price_tolerance_percent", "share"),
            Column("price_tolerance_amount", "word.price_tolerance_amount", "amount"),
        ),
        create=("edit_purchasing_policy", "put_purchasing_policy", "action.new_purchasing_policy"),
        empty="empty.purchasing_policies",
    ),
    FormScreen(
        path="edit_purchasing_policy",
        title="what.purchasing_policy",
        command="put_purchasing_policy",
        submit="action.save",
        lead="form.policy_lead",
        inputs=(
            Input("supplier", "term.supplier"),
            Input("item", "term.item_number"),
            Input("over_receipt_rate", "word.over_receipt_percent", "share"),
            Input("over_release_rate", "word.over_release_percent", "share"),
            Input("blind_count", "word.blind_count", "choice", choices=("yes", "no"), help="form.blind_help"),
            Input("min_remaining_days", "word.min_remaining_days", "count"),
            Input("price_tolerance_rate", "word.price_tolerance_percent", "share", help="form.tolerance_help"),
            Input("price_tolerance_amount", "word.price_tolerance_amount", "amount"),
        ),
        prefill=_of_policy,
        shaped=_blind_shaped,
    ),
    known_by="id",
)
