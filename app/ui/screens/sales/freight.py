"""Freight and other charges in the forms that make sales orders: a promotion may free the one and never the others."""

from __future__ import annotations

from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets.forms import Input

_FREIGHT: Final = "word.order_freight"
_OTHERS: Final = "word.other_charges"
INPUTS: Final = (
    Input("freight", _FREIGHT, "amount", help="form.order_freight_help"),
    Input("other_charges", _OTHERS, "amount", seldom=True),
)


def with_charges(data: dict[str, Any]) -> dict[str, Any]:
    """What a form asks as freight and as other charges are charges of the order."""
    given = {name: value for name, value in data.items() if name not in {"freight", "other_charges"}}
    lang, charges = gateway.visit().lang, list[dict[str, Any]]()
    if data.get("freight"):
        charges.append({"description": t(_FREIGHT, lang), "amount": data["freight"], "freight": True})
    if data.get("other_charges"):
        charges.append({"description": t(_OTHERS, lang), "amount": data["other_charges"]})
    return {**given, "charges": charges} if charges else given


def named(row: dict[str, Any], lang: str) -> dict[str, Any]:
    """A typed line as it is shown: freight by its word."""
    return {**row, "item_name": t(_FREIGHT, lang)} if row.get("kind") == "charge" else row
