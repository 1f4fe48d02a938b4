"""Carriers: the list, the form that keeps their secrets, and the form that says who brings an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.set_up import SetUp, typed
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

SYSTEMS: Final = ("manual", "kuaidi100", "webhook")


def _known(asked: Mapping[str, str]) -> dict[str, Any]:
    """A carrier that is there, with its services."""
    named = asked.get("id", "")
    row = next((row for row in gateway.ask("carriers", limit=1000) if row["code"] == named), None) if named else None
    if row is None:
        return {}
    services = gateway.ask("carrier_services", carrier=named)
    values = {entry.name: typed(entry, row.get(entry.name)) for entry in CARRIER_FORM.inputs if entry.kind != "secret"}
    return {**values, "services": services}


CARRIER_FORM: Final = FormScreen(
    path="edit_carrier",
    title="word.carrier",
    command="put_carrier",
    submit="action.save",
    lead="form.carrier_lead",
    inputs=(
        Input("code", "word.code", needed=True),
        Input("name", "word.name", needed=True),
        Input(
            "system",
            "word.carrier_system",
            "choice",
            needed=True,
            choices=SYSTEMS,
            family="carrier_system",
            default="manual",
        ),
        Input("system_code", "word.carrier_code", help="form.carrier_code_help"),
        Input("account", "word.carrier_account", help="form.carrier_account_help"),
        Input("quiet_days", "word.quiet_days", "count", default="3", help="form.quiet_days_help"),
        Input("secret", "word.carrier_secret", "secret", help="form.carrier_secret_help"),
        Input("api_key", "word.carrier_api_key", "secret", help="form.carrier_api_key_help"),
        Input("active", "word.active", "flag", default=True),
    ),
    lines=(
        Input("code", "word.code", needed=True),
        Input("name", "word.name", needed=True),
        Input("transit_days", "word.transit_days", "count"),
    ),
    lines_name="services",
    lines_needed=False,
    prefill=_known,
)

CARRIERS: Final = SetUp(
    "local_post_office",
    ListScreen(
        path="carriers",
        title="nav.carriers",
        query="carriers",
        columns=(
            Column("code", "word.code", "code", opens="edit_carrier", opens_by="code"),
            Column("name", "word.name"),
            Column("system", "word.carrier_system", "word", family="carrier_system"),
            Column("system_code", "word.carrier_code", "code"),
            Column("address", "word.webhook_address", "code", sorts=False),
            Column("has_secret", "word.carrier_secret", "flag"),
            Column("has_api_key", "word.carrier_api_key", "flag"),
            Column("quiet_days", "word.quiet_days", "count", chosen=False),
            Column("active", "word.active", "flag"),
        ),
        create=("edit_carrier", "put_carrier", "action.new_carrier"),
        empty="empty.carriers",
    ),
    CARRIER_FORM,
)


def _planned(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    if not named.isdecimal():
        return {}
    rows = gateway.ask("order_delivery", document=int(named))
    if rows:
        return {entry.name: rows[0].get(entry.name) for entry in DELIVERY_FORM.inputs}
    found = gateway.ask("document_by_id", document=int(named))
    return {"order": found[0]["number"]} if found else {}


DELIVERY_FORM: Final = FormScreen(
    path="plan_delivery",
    title="action.plan_delivery",
    command="plan_delivery",
    submit="action.save",
    opens="sales_order",
    lead="form.plan_delivery_lead",
    inputs=(
        Input("order", "term.sales_order", needed=True),
        Input("carrier", "word.carrier", "lookup", query="carriers"),
        Input("service", "word.carrier_service", help="form.carrier_service_help"),
        Input("region", "word.region"),
        Input("phone", "word.phone", help="form.delivery_phone_help"),
        Input("address", "word.address", "note"),
    ),
    prefill=_planned,
)

CARRIER_PAGES: Final = (*CARRIERS.pages(), trade.form_page(DELIVERY_FORM, "local_post_office"))
