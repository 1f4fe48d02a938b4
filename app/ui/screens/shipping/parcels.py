"""Parcels: the list with who brings them, the page of one, and the forms that pack, change and hand over."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen
from app.ui.widgets.values import Column

_TYPES: Final = ("carton", "bag", "envelope", "pallet", "other")
_CARRIER: Final = Column("carrier_name", "word.carrier")
_NUMBER: Final = Column("tracking_number", "word.tracking_number", "code")

PACKAGES: Final = Section(
    "order_parcels",
    "document.parcels",
    (
        Column("number", "kind.parcel", "code", opens="parcel", opens_by="id"),
        Column("document_state", "word.state", "state"),
        _CARRIER,
        Column("service_name", "word.carrier_service"),
        _NUMBER,
        Column("package_type", "word.package_type", "word", family="package_type"),
        Column("weight_kg", "word.weight_kg", "quantity"),
        Column("length_cm", "word.length_cm", "quantity"),
        Column("width_cm", "word.width_cm", "quantity"),
        Column("height_cm", "word.height_cm", "quantity"),
    ),
)

_PACKAGE_INPUTS: Final = (
    Input("package_type", "word.package_type", "choice", default="carton", choices=_TYPES, family="package_type"),
    Input("scale_weight_kg", "word.scale_weight_kg", "quantity", help="form.scale_weight_help"),
    Input("length_cm", "word.length_cm", "quantity"),
    Input("width_cm", "word.width_cm", "quantity"),
    Input("height_cm", "word.height_cm", "quantity"),
    Input("carrier", "word.carrier", "lookup", query="carriers", help="form.parcel_carrier_help"),
    Input("service", "word.carrier_service"),
    Input("tracking_number", "word.tracking_number"),
)


def _picked(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    found = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    if not found:
        return {}
    planned = gateway.ask("order_delivery", document=int(named))
    known = {name: planned[0][name] for name in ("carrier", "service") if planned and planned[0][name]}
    lines = [
        {"line": row["line"], "quantity": plain_number(row["picked_quantity"]), "lot": row["lot_code"]}
        for row in gateway.ask("picked_goods", document=int(named))
    ]
    return {"order": found[0]["number"], "lines": lines, **known}


PACK_FORM: Final = FormScreen(
    path="pack_parcel",
    title="action.pack_parcel",
    command="pack_parcel",
    submit="action.pack_parcel",
    opens="parcel",
    lead="form.pack_lead",
    inputs=(Input("order", "term.sales_order", needed=True), *_PACKAGE_INPUTS),
    lines=(
        Input("line", "word.line", "count", needed=True),
        Input("quantity", "word.quantity", "quantity", needed=True),
        Input("lot", "term.lot_batch"),
    ),
    lines_needed=False,
    prefill=_picked,
)


def _as_it_is(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    rows = gateway.ask("order_parcels", document=int(named)) if named.isdecimal() else []
    row = next((row for row in rows if str(row["id"]) == named), None)
    if row is None:
        return {}
    values = {entry.name: row.get(entry.name) for entry in _PACKAGE_INPUTS}
    numbers = {name: plain_number(value) for name, value in values.items() if isinstance(value, Decimal)}
    return {"parcel": row["number"], **values, **numbers}


CHANGE_FORM: Final = FormScreen(
    path="change_parcel",
    title="action.change_parcel",
    command="change_parcel",
    submit="action.save",
    opens="parcel",
    lead="form.change_parcel_lead",
    inputs=(Input("parcel", "kind.parcel", needed=True), *_PACKAGE_INPUTS),
    prefill=_as_it_is,
)

PARCELS: Final = trade.Described(
    "package_2",
    ListScreen(
        path="parcels",
        title="nav.parcels",
        query="parcels",
        columns=(
            trade.number_that_opens("parcel"),
            trade.STATE,
            Column("party_name", "term.customer"),
            Column("order_number", "term.sales_order", "code", opens="sales_order", opens_by="order_id"),
            _CARRIER,
            _NUMBER,
            Column("posted_on", "word.handed_over_on", "date"),
            Column("promised_on", "word.promised_on", "date"),
            Column("weight_kg", "word.weight_kg", "quantity", sorts=False),
        ),
        filters=(Filter("state", "word.state", ("open", "posted", "cancelled", "reversed")),),
        empty="empty.parcels",
    ),
    DocumentScreen(
        path="parcel",
        kind="parcel",
        steps=("open", "posted"),
        listed_at="parcels",
        facts=(trade.party("term.customer"), trade.DOCUMENT_ON, trade.POSTED_ON, trade.MADE_BY),
        lines=(
            trade.LINE,
            trade.ITEM_CODE,
            trade.ITEM_NAME,
            trade.QUANTITY,
            trade.UNIT,
            Column("lot_code", "term.lot_batch", "code"),
        ),
        sections=(PACKAGES,),
        actions=(
            Action(
                "action.change_parcel",
                "change_parcel",
                ("open", "posted"),
                "edit",
                names_document="parcel",
                form="change_parcel",
            ),
            Action(
                "action.unpack_parcel",
                "unpack_parcel",
                ("open",),
                "unarchive",
                names_document="parcel",
                asks="ask.unpack_parcel",
            ),
        ),
    ),
    (PACK_FORM, CHANGE_FORM),
)
