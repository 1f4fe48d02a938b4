"""Ordering forms: the links by which customers order, and the forms that make and take them back."""

from __future__ import annotations

from functools import partial
from typing import Final

from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen, draw_list
from app.ui.widgets.values import Column

_CUSTOMER: Final = Input(
    "customer", "term.customer", "lookup", needed=True, query="parties", arguments={"role": "customer"}
)
LIST: Final = ListScreen(
    path="ordering_forms",
    title="nav.ordering_forms",
    query="ordering_forms",
    columns=(
        Column("party_code", "term.customer", "code", opens="party", opens_by="party_id"),
        Column("party_name", "word.name"),
        Column("path", "word.customer_link", "code", sorts=False),
        Column("expires_at", "word.valid_until", "moment"),
        Column("order_count", "word.order_count", "count"),
        Column("last_on", "word.last_ordered_on", "date"),
    ),
    create=("share_ordering_form", "share_ordering_form", "action.share_ordering_form"),
    empty="empty.ordering_forms",
)
SHARE: Final = FormScreen(
    path="share_ordering_form",
    title="action.share_ordering_form",
    command="share_ordering_form",
    submit="action.share_ordering_form",
    lead="form.ordering_form_lead",
    inputs=(_CUSTOMER, Input("valid_days", "word.valid_days", "count", default="365")),
)
REVOKE: Final = FormScreen(
    path="revoke_ordering_forms",
    title="action.revoke_ordering_forms",
    command="revoke_ordering_forms",
    submit="action.revoke_ordering_forms",
    inputs=(_CUSTOMER,),
)
ORDERING_FORM_PAGES: Final = (
    Page("ordering_forms", "nav.ordering_forms", "edit_note", partial(draw_list, LIST), query="ordering_forms"),
    *(trade.form_page(form, "edit_note") for form in (SHARE, REVOKE)),
)
