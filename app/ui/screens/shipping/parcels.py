"""Parcels: the list with who brings them, the page of one, and the forms that pack, change and hand over."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.fulfilment import plain_number
from app.ui.screens.page import Page
from app.ui.widgets.document import Action, DocumentScreen, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list
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
        Column("tracking_state", "word.tracking_state", "word", family="tracking_state"),
        Column("expected_on", "word.expected_on", "date"),
        Column("delivered_on", "word.delivered_on", "date"),
        Column("problem", "word.trouble", "word", family="parcel_problem"),
    ),
)
LINKS: Final = Section(
    "order_links",
    "document.order_links",
    (Column("path", "word.customer_link", "code"), Column("expires_at", "word.valid_until", "moment")),
)
TIMELINE: Final = Section(
    "parcel_events",
    "document.timeline",
    (
        Column("happened_at", "word.happened_at", "moment"),
        Column("state", "word.tracking_state", "word", family="tracking_state"),
        Column("said", "word.description"),
        Column("place", "word.place"),
    ),
)
REQUESTS: Final = Section(
    "parcel_requests",
    "document.carrier_requests",
    (
        Column("kind", "word.kind", "word", family="carrier_request"),
        Column("state", "word.state", "word", family="request_state"),
        Column("attempt", "word.attempts", "count"),
        Column("next_at", "word.next_at", "moment"),
        Column("answer", "word.answer"),
    ),
)
_PROBLEMS: Final = ("failed", "returned", "refused", "quiet", "late")
_STATES: Final = (
    "announced",
    "collected",
    "in_transit",
    "in_customs",
    "out_for_delivery",
    "ready_for_pickup",
    "delivered",
    "failed",
    "returning",
    "returned",
    "refused",
    "cancelled",
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


def _numbered(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return {"parcel": rows[0]["number"]} if rows else {}


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

EVENT_FORM: Final = FormScreen(
    path="record_event",
    title="action.record_event",
    command="record_tracking_event",
    submit="action.save",
    opens="parcel",
    lead="form.record_event_lead",
    inputs=(
        Input("parcel", "kind.parcel", needed=True),
        Input("state", "word.tracking_state", "choice", needed=True, choices=_STATES, family="tracking_state"),
        Input("happened_at", "word.happened_at", help="form.happened_at_help"),
        Input("place", "word.place"),
        Input("said", "word.description"),
    ),
    prefill=_numbered,
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
            Column("tracking_state", "word.tracking_state", "word", family="tracking_state"),
            Column("expected_on", "word.expected_on", "date"),
            Column("delivered_on", "word.delivered_on", "date"),
            Column("problem", "word.trouble", "word", family="parcel_problem"),
            Column("weight_kg", "word.weight_kg", "quantity", sorts=False, chosen=False),
        ),
        filters=(
            Filter("problem", "word.trouble", _PROBLEMS, family="parcel_problem"),
            Filter("tracking_state", "word.tracking_state", _STATES, family="tracking_state"),
            Filter("state", "word.state", ("open", "posted", "cancelled", "reversed")),
        ),
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
        sections=(PACKAGES, TIMELINE, REQUESTS),
        actions=(
            Action(
                "action.record_event",
                "record_tracking_event",
                ("posted",),
                "edit_location",
                names_document="parcel",
                form="record_event",
            ),
            Action("action.ask_carrier", "follow_parcel", ("posted",), "travel_explore", names_document="parcel"),
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
    (PACK_FORM, CHANGE_FORM, EVENT_FORM),
)
MESSAGES: Final = ListScreen(
    path="carrier_messages",
    title="nav.carrier_messages",
    query="carrier_messages",
    columns=(
        Column("id", "word.number", "code"),
        Column("carrier", "word.carrier", "code"),
        Column("state", "word.state", "word", family="message_state"),
        _NUMBER,
        Column("parcel_number", "kind.parcel", "code", opens="parcel", opens_by="parcel_id"),
        Column("received_at", "word.received_at", "moment"),
        Column("reason", "word.reason", "word", family="shop_reason"),
        Column("detail", "word.description"),
    ),
    filters=(Filter("state", "word.state", ("stored", "applied", "unmatched", "unreadable"), family="message_state"),),
    empty="empty.carrier_messages",
)
SHOP_DELIVERIES: Final = ListScreen(
    path="shop_deliveries",
    title="nav.shop_deliveries",
    query="shop_deliveries",
    columns=(
        Column("order_number", "word.shop_order_number", "code"),
        Column("shop", "word.shop", "code"),
        Column("parcel_number", "kind.parcel", "code"),
        _CARRIER,
        _NUMBER,
        Column("posted_on", "word.handed_over_on", "date"),
        Column("tracking_state", "word.tracking_state", "word", family="tracking_state"),
        Column("delivered_on", "word.delivered_on", "date"),
        Column("external_id", "word.shop_item_id", "code", chosen=False),
    ),
    empty="empty.shop_deliveries",
)


def _list_page(screen: ListScreen, icon: str) -> Page:
    return Page(screen.path, screen.title, icon, partial(draw_list, screen), query=screen.query)


PARCEL_PAGES: Final = (
    *PARCELS.pages(),
    _list_page(MESSAGES, "move_to_inbox"),
    _list_page(SHOP_DELIVERIES, "storefront"),
)
