"""Returns from customers and to suppliers: what went back, and the forms that open with what still can."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.purchasing.components import COMPONENTS_USED
from app.ui.widgets import markup
from app.ui.widgets.document import DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column, draw_table
from schemas.vocabulary.documents import ReturnReason
from schemas.vocabulary.places import StockStatus

REASONS: Final = tuple(reason.value for reason in ReturnReason)
STATUSES: Final = (StockStatus.AVAILABLE.value, StockStatus.HOLD.value)
REASON_INPUT: Final = Input(
    "reason", "word.return_reason", "choice", needed=True, choices=REASONS, family="return_reason"
)

_LEFT: Final = (
    Column("line", "word.line", "code"),
    Column("item_code", "term.item_number", "code"),
    Column("item_name", "term.item"),
    Column("delivered_quantity", "word.delivered_quantity", "quantity"),
    Column("returned_quantity", "word.returned_quantity", "quantity"),
    Column("left_quantity", "word.left_quantity", "quantity"),
    Column("serials", "word.serials"),
    Column("unit_code", "word.unit"),
)


def _prefill(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not found:
        return {}
    rows = gateway.ask("returnable_lines", document=found[0]["id"])
    lines = [
        {"line": row["line"], "quantity": plain_number(Decimal(row["left_quantity"])), "serials": row["serials"]}
        for row in rows
        if Decimal(row["left_quantity"]) > 0
    ]
    return {"against": found[0]["number"], "status": StockStatus.AVAILABLE.value, "lines": lines}


def _draw_left(data: dict[str, Any], lang: str) -> None:
    """What can still go back of the document that the form names."""
    if not data.get("against"):
        return
    found = gateway.ask("documents_numbered", number=data["against"])
    if len(found) != 1:
        markup.show(markup.note(t("preview.unknown_order", lang, number=data["against"]), "watch"))
        return
    title = t("form.returnable", lang, number=found[0]["number"])
    markup.show(markup.quiet(title))
    rows = gateway.ask("returnable_lines", document=found[0]["id"])
    shown = tuple(column for column in _LEFT if column.name != "serials" or any(row["serials"] for row in rows))
    draw_table(shown, rows, lang, label=title)


def _described(
    kind: str, query: str, party: str, form: FormScreen, sections: tuple[Section, ...] = ()
) -> trade.Described:
    return trade.Described(
        "assignment_return",
        ListScreen(
            path=query,
            title=f"nav.{query}",
            query=query,
            columns=(
                trade.number_that_opens(kind),
                trade.STATE,
                trade.party(party),
                trade.POSTED_ON,
                trade.REASON,
                trade.EXTERNAL,
                trade.NOTE,
            ),
            filters=(trade.state_filter("posted", "reversed"),),
            create=(form.path, form.command, form.title),
            empty=f"empty.{query}",
        ),
        DocumentScreen(
            path=kind,
            kind=kind,
            steps=trade.POSTED_LIFE,
            listed_at=query,
            facts=(
                trade.party(party),
                trade.POSTED_ON,
                trade.REASON,
                trade.EXTERNAL,
                trade.MADE_BY,
                trade.NOTE,
                trade.REVERSED_BY,
            ),
            lines=(
                trade.LINE,
                trade.ITEM_CODE,
                trade.ITEM_NAME,
                Column("lot_code", "term.lot_batch", "code"),
                trade.QUANTITY,
                trade.UNIT,
                Column("location_code", "term.bin_location", "code"),
                Column("stock_value", "word.value", "amount"),
            ),
            sections=sections,
            actions=(trade.REVERSE,),
        ),
        (form,),
    )


def _form(path: str, kind: str, place: str, lead: str) -> FormScreen:
    return FormScreen(
        path=path,
        title=f"action.{path}",
        command=path,
        submit=f"action.{path}",
        opens=kind,
        lead=lead,
        inputs=(
            Input("against", "word.against", needed=True),
            REASON_INPUT,
            Input("posted_on", "word.posted_on", "date"),
            Input("location", place, "lookup", query="locations", arguments={"kind": "storage"}),
            Input(
                "status",
                "word.stock_status",
                "choice",
                default=StockStatus.AVAILABLE.value,
                choices=STATUSES,
                family="stock_status",
            ),
            Input("external_number", "word.external_number"),
            Input("replacement", "word.replacement", "flag", help="form.replacement_help"),
            trade.NOTE_INPUT,
        ),
        lines=(
            Input("line", "word.line", "count", needed=True),
            Input("quantity", "word.quantity", "quantity", needed=True),
            Input("serials", "word.serials", help="form.serials_help"),
            Input("location", "term.bin_location"),
        ),
        lines_needed=False,
        preview=_draw_left,
        prefill=_prefill,
    )


CUSTOMER_RETURNS: Final = _described(
    "customer_return",
    "customer_returns",
    "term.customer",
    _form("receive_return", "customer_return", "word.to_location", "form.return_lead"),
)
SUPPLIER_RETURNS: Final = _described(
    "supplier_return",
    "supplier_returns",
    "term.supplier",
    _form("return_to_supplier", "supplier_return", "word.from_location", "form.return_supplier_lead"),
    (COMPONENTS_USED,),
)
