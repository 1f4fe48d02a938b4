"""Landed costs and closings of cost: what came late to the value of goods, and the forms that book it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.widgets.document import DocumentScreen
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column
from schemas.vocabulary.documents import AllocationBasis

_BASES: Final = tuple(basis.value for basis in AllocationBasis)


def _prefill(asked: Mapping[str, str]) -> dict[str, Any]:
    """A bill whose charges are to be shared, or a receipt they are to be shared over."""
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not rows:
        return {}
    number = rows[0]["number"]
    chosen = {"bill": number} if rows[0]["kind"] == "supplier_bill" else {"targets": [{"receipt": number}]}
    return {"basis": AllocationBasis.VALUE.value, **chosen}


def _shaped(data: dict[str, Any]) -> dict[str, Any]:
    """The charge that the form asks in fields of its own, as the command takes it."""
    charge = {"description": "description", "amount": "amount", "charge_tax_code": "tax_code"}
    given = {name: data[field] for field, name in charge.items() if data.get(field)}
    rest = {name: value for name, value in data.items() if name not in charge}
    return {**rest, "charges": [given]} if given else rest


LANDED_COSTS: Final = trade.Described(
    "anchor",
    ListScreen(
        path="landed_costs",
        title="nav.landed_costs",
        query="landed_costs",
        columns=(
            trade.number_that_opens("landed_cost"),
            trade.STATE,
            trade.party("term.supplier"),
            trade.POSTED_ON,
            trade.NET,
            trade.TOTAL,
            trade.CURRENCY,
            trade.EXTERNAL,
        ),
        filters=(trade.state_filter("posted", "reversed"),),
        create=("book_landed_cost", "book_landed_cost", "action.book_landed_cost"),
        empty="empty.landed_costs",
    ),
    DocumentScreen(
        path="landed_cost",
        kind="landed_cost",
        steps=trade.POSTED_LIFE,
        listed_at="landed_costs",
        facts=(
            trade.party("term.supplier"),
            trade.POSTED_ON,
            trade.EXTERNAL,
            trade.DUE_ON,
            *trade.IN_CURRENCY,
            trade.MADE_BY,
            trade.NOTE,
            trade.REVERSED_BY,
        ),
        lines=(
            trade.LINE,
            trade.ITEM_CODE,
            trade.ITEM_NAME,
            trade.QUANTITY,
            trade.UNIT,
            Column("net_amount", "word.net_amount", "amount"),
            Column("home_net_amount", "word.home_net_amount", "price", if_any=True),
            Column("stock_value", "word.stock_share", "price"),
        ),
        actions=(trade.REVERSE,),
    ),
    (
        FormScreen(
            path="book_landed_cost",
            title="action.book_landed_cost",
            command="book_landed_cost",
            submit="action.book_landed_cost",
            opens="landed_cost",
            lead="form.landed_cost_lead",
            inputs=(
                Input("bill", "word.supplier_bill"),
                Input("supplier", "term.supplier", "lookup", query="parties", arguments={"role": "supplier"}),
                trade.CURRENCY_INPUT,
                Input("description", "word.description"),
                Input("amount", "word.amount", "amount"),
                Input("charge_tax_code", "word.tax_code", "lookup", query="tax_codes"),
                Input(
                    "basis",
                    "word.allocation_basis",
                    "choice",
                    default=AllocationBasis.VALUE.value,
                    choices=_BASES,
                    family="allocation_basis",
                ),
                Input("posted_on", "word.posted_on", "date"),
                Input("due_on", "word.due_on", "date"),
                Input("external_number", "word.supplier_invoice_number"),
                trade.NOTE_INPUT,
            ),
            lines=(
                Input("receipt", "word.goods_receipt", needed=True),
                Input("line", "word.receipt_line", "count"),
            ),
            lines_name="targets",
            prefill=_prefill,
            shaped=_shaped,
        ),
    ),
)
COST_CLOSINGS: Final = trade.Described(
    "event_available",
    ListScreen(
        path="cost_closings",
        title="nav.cost_closings",
        query="cost_closings",
        columns=(
            trade.number_that_opens("cost_closing"),
            trade.STATE,
            Column("external_number", "word.period", "code"),
            trade.POSTED_ON,
            Column("net_amount", "word.cost_difference", "amount", total=True),
            trade.CURRENCY,
        ),
        filters=(trade.state_filter("posted", "reversed"),),
        create=("close_costs", "close_costs", "action.close_costs"),
        empty="empty.cost_closings",
    ),
    DocumentScreen(
        path="cost_closing",
        kind="cost_closing",
        steps=trade.POSTED_LIFE,
        listed_at="cost_closings",
        facts=(
            Column("external_number", "word.period", "code"),
            trade.POSTED_ON,
            trade.MADE_BY,
            trade.REVERSED_BY,
        ),
        lines=(
            trade.LINE,
            trade.ITEM_CODE,
            trade.ITEM_NAME,
            trade.QUANTITY,
            trade.UNIT,
            Column("net_amount", "word.cost_difference", "amount", total=True),
            Column("description", "word.account_name", "word", family="cost_destination"),
        ),
        actions=(trade.REVERSE,),
    ),
    (
        FormScreen(
            path="close_costs",
            title="action.close_costs",
            command="close_costs",
            submit="action.close_costs",
            opens="cost_closing",
            lead="form.close_costs_lead",
            inputs=(Input("period", "word.period", needed=True),),
        ),
    ),
)
