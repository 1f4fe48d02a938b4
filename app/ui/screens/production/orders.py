"""Production orders, material issues and completions."""

from __future__ import annotations

from typing import Any, Final

from app.ui import gateway
from app.ui.screens import fulfilment, trade
from app.ui.screens.inventory.advances import ISSUE_BEFORE_RECEIPT, SETTLED_ADVANCES
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

_MADE: Final = Column("item_code", "term.product", "code", opens="item", opens_by="item_id")


_ORIGIN: Final = Section(
    "production_origin",
    "document.production_origin",
    (
        Column("plant", "word.plant", "code"),
        Column("production_line", "word.production_line", "code"),
        Column("order_number", "word.made_for", "code", opens="sales_order", opens_by="order_id"),
        trade.LINE,
        Column("party_name", "term.customer"),
    ),
)


def _issue_prefill(asked: Any) -> dict[str, Any]:
    return fulfilment.open_lines(asked, done="fulfilled_quantity")


def _completion_prefill(asked: Any) -> dict[str, Any]:
    given = fulfilment.order_number(asked)
    if not given:
        return {}
    order = gateway.ask("documents_numbered", number=given["order"])[0]
    rest = order["quantity"] - order["fulfilled_quantity"]
    return {**given, "quantity": fulfilment.plain_number(rest), "backflush": True, "close": True}


def _for_order(asked: Any) -> dict[str, Any]:
    """What is made for a sales order: its first open line of something that is made, as far as it is not in stock."""
    given = fulfilment.order_number(asked)
    if not given:
        return {}
    for row in gateway.ask("document_lines", document=int(asked["order"])):
        missing = row["quantity"] - row["fulfilled_quantity"] - row["reserved_quantity"]
        if row["kind"] != "item" or row["closed"] or missing <= 0:
            continue
        if gateway.ask("item_by_id", id=row["item_id"])[0]["source"] == "make":
            wanted = {"item": row["item_code"], "quantity": fulfilment.plain_number(missing), "due_on": row["due_on"]}
            return {**wanted, "for_order": given["order"], "for_line": str(row["line"])}
    return {"for_order": given["order"]}


ORDER_FORM: Final = FormScreen(
    path="new_production_order",
    title="action.new_production_order",
    command="create_production_order",
    submit="action.book_order",
    opens="production_order",
    inputs=(
        Input("item", "term.product", "lookup", needed=True, query="items", arguments={"source": "make"}),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("start_on", "word.start_on", "date", default=gateway.today),
        Input("due_on", "word.due_on", "date"),
        Input("for_order", "word.made_for", help="form.made_for_help"),
        Input("for_line", "word.line", "count"),
        Input("plant", "word.plant", "lookup", query="sites"),
        Input("production_line", "word.production_line", "lookup", query="work_centers"),
        trade.NOTE_INPUT,
        Input("release", "form.release_at_once", "flag", default=True),
    ),
    prefill=_for_order,
)
ISSUE_FORM: Final = FormScreen(
    path="issue",
    title="action.issue",
    command="issue_material",
    submit="action.issue",
    opens="material_issue",
    inputs=(
        Input("order", "term.work_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("location", "word.from_location", "lookup", query="locations", arguments={"kind": "storage"}),
    ),
    lines=fulfilment.ORDER_LINES,
    lines_needed=False,
    preview=fulfilment.draw_order_lines,
    prefill=_issue_prefill,
)
COMPLETION_FORM: Final = FormScreen(
    path="complete",
    title="action.complete",
    command="complete_production",
    submit="action.complete",
    opens="production_completion",
    inputs=(
        Input("order", "term.work_order", needed=True),
        Input("posted_on", "word.posted_on", "date"),
        Input("quantity", "word.good_quantity", "quantity", needed=True),
        Input("scrapped_quantity", "word.scrapped_quantity", "quantity"),
        Input("location", "word.to_location", "lookup", query="locations", arguments={"kind": "storage"}),
        Input("lot", "term.lot_batch"),
        Input("serials", "word.serials", "words", help="form.serials_help"),
        Input("backflush", "form.backflush", "flag", default=True, help="form.backflush_help"),
        Input("close", "form.close_order", "flag", default=False),
    ),
    preview=fulfilment.draw_order_lines,
    prefill=_completion_prefill,
)

PRODUCTION_ORDERS: Final = trade.Described(
    "precision_manufacturing",
    ListScreen(
        path="production_orders",
        title="nav.production_orders",
        query="production_orders",
        columns=(
            trade.number_that_opens("production_order"),
            trade.STATE,
            _MADE,
            trade.ITEM_NAME,
            trade.QUANTITY,
            Column("fulfilled_quantity", "word.completed_quantity", "quantity"),
            Column("start_on", "word.start_on", "date"),
            trade.DUE_ON,
            Column("caused_by", "word.caused_by", "code", chosen=False),
        ),
        filters=(trade.state_filter("draft", "released", "closed", "cancelled"),),
        create=("new_production_order", "create_production_order", "action.new_production_order"),
        empty="empty.production_orders",
    ),
    DocumentScreen(
        path="production_order",
        kind="production_order",
        steps=trade.PRODUCTION_LIFE,
        listed_at="production_orders",
        facts=(
            _MADE,
            trade.ITEM_NAME,
            trade.QUANTITY,
            Column("fulfilled_quantity", "word.completed_quantity", "quantity"),
            Column("start_on", "word.start_on", "date"),
            trade.DUE_ON,
            Column("caused_by", "word.caused_by", "code"),
            trade.MADE_BY,
            trade.NOTE,
        ),
        lines=(
            trade.LINE,
            trade.ITEM_CODE,
            trade.ITEM_NAME,
            Column("quantity", "word.required_quantity", "quantity"),
            Column("fulfilled_quantity", "word.issued_quantity", "quantity"),
            Column("open_quantity", "word.open_quantity", "quantity"),
            trade.UNIT,
        ),
        sections=(_ORIGIN, SETTLED_ADVANCES),
        actions=(
            Action("action.release", "release_production_order", ("draft",), "play_arrow", primary=True),
            Action(
                "action.issue",
                "issue_material",
                ("released",),
                "outbox",
                form="issue",
                left=("quantity", "fulfilled_quantity"),
            ),
            Action("action.complete", "complete_production", ("released",), "task_alt", form="complete", primary=True),
            ISSUE_BEFORE_RECEIPT,
            Action("action.close", "close_production_order", ("released",), "inventory", asks="ask.close_order"),
            Action(
                "action.cancel", "cancel_production_order", ("draft", "released"), "cancel", asks="ask.cancel_order"
            ),
        ),
    ),
    (ORDER_FORM, ISSUE_FORM, COMPLETION_FORM),
)


def _posted(kind: str, query: str, icon: str, lines: tuple[Column, ...]) -> trade.Described:
    return trade.Described(
        icon,
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(trade.number_that_opens(kind), trade.STATE, trade.POSTED_ON, _MADE, trade.QUANTITY),
            filters=(trade.state_filter("posted", "reversed"),),
            empty=f"empty.{query}",
        ),
        DocumentScreen(
            path=kind,
            kind=kind,
            steps=trade.POSTED_LIFE,
            listed_at=query,
            facts=(_MADE, trade.QUANTITY, trade.POSTED_ON, trade.MADE_BY, trade.REVERSED_BY),
            lines=lines,
            actions=(trade.REVERSE,),
            sections=(SETTLED_ADVANCES,),
        ),
    )


_POSTED_LINES: Final = (
    trade.LINE,
    trade.ITEM_CODE,
    trade.ITEM_NAME,
    trade.QUANTITY,
    trade.UNIT,
    Column("location_code", "term.bin_location", "code"),
)
MATERIAL_ISSUES: Final = _posted("material_issue", "material_issues", "outbox", _POSTED_LINES)
COMPLETIONS: Final = _posted("production_completion", "production_completions", "task_alt", _POSTED_LINES)
