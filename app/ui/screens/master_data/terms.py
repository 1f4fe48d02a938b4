"""Terms of trade: units and conversions, item categories, taxes, payment terms, price lists, suppliers' terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.ui import gateway
from app.ui.screens.set_up import SetUp, typed
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

_CODE: Final = Input("code", "word.code", needed=True)
_NAME: Final = Input("name", "word.name", needed=True)
_METHODS: Final = ("moving_average", "fifo", "standard", "month_end_average")
_ROLES: Final = ("inventory_raw", "inventory_semi_finished", "inventory_finished", "inventory_consumable")


def _code(opens: str) -> Column:
    return Column("code", "word.code", "code", opens=opens, opens_by="code")


UNITS: Final = SetUp(
    "straighten",
    ListScreen(
        path="units",
        title="nav.units",
        query="units",
        columns=(_code("edit_unit"), Column("name", "word.name"), Column("decimals", "word.decimals", "count")),
        create=("edit_unit", "put_unit", "action.new_unit"),
        empty="empty.units",
    ),
    FormScreen(
        path="edit_unit",
        title="word.unit",
        command="put_unit",
        submit="action.save",
        inputs=(_CODE, _NAME, Input("decimals", "word.decimals", "count", default="0")),
    ),
)
CONVERSIONS: Final = SetUp(
    "swap_horiz",
    ListScreen(
        path="unit_conversions",
        title="nav.unit_conversions",
        query="unit_conversions",
        columns=(
            Column("from_unit", "word.from_unit", "code"),
            Column("numerator", "word.numerator", "count"),
            Column("denominator", "word.denominator", "count"),
            Column("to_unit", "word.to_unit", "code"),
            Column("item", "term.item_number", "code"),
        ),
        create=("new_unit_conversion", "put_unit_conversion", "action.new_unit_conversion"),
        empty="empty.unit_conversions",
    ),
    FormScreen(
        path="new_unit_conversion",
        title="word.unit_conversion",
        command="put_unit_conversion",
        submit="action.save",
        lead="form.conversion_lead",
        inputs=(
            Input("from_unit", "word.from_unit", "lookup", needed=True, query="units"),
            Input("to_unit", "word.to_unit", "lookup", needed=True, query="units"),
            Input("numerator", "word.numerator", "count", needed=True),
            Input("denominator", "word.denominator", "count", default="1"),
            Input("item", "term.item_number", "lookup", query="items"),
        ),
    ),
    known_by="id",
)
CATEGORIES: Final = SetUp(
    "folder",
    ListScreen(
        path="item_categories",
        title="nav.item_categories",
        query="item_categories",
        columns=(
            _code("edit_item_category"),
            Column("name", "word.name"),
            Column("parent", "word.within", "code"),
            Column("valuation_method", "word.valuation_method", "word", family="valuation_method"),
            Column("inventory_role", "word.inventory_role", "word", family="inventory_role"),
        ),
        create=("edit_item_category", "put_item_category", "action.new_item_category"),
        empty="empty.item_categories",
    ),
    FormScreen(
        path="edit_item_category",
        title="word.item_category",
        command="put_item_category",
        submit="action.save",
        lead="form.category_lead",
        inputs=(
            _CODE,
            _NAME,
            Input("parent", "word.within", "lookup", query="item_categories"),
            Input(
                "valuation_method",
                "word.valuation_method",
                "choice",
                default="moving_average",
                choices=_METHODS,
                family="valuation_method",
            ),
            Input(
                "inventory_role",
                "word.inventory_role",
                "choice",
                default="inventory_raw",
                choices=_ROLES,
                family="inventory_role",
            ),
        ),
    ),
)
TAX_CODES: Final = SetUp(
    "percent",
    ListScreen(
        path="tax_codes",
        title="nav.tax_codes",
        query="tax_codes",
        columns=(_code("edit_tax_code"), Column("name", "word.name"), Column("rate", "term.tax_rate", "share")),
        create=("edit_tax_code", "put_tax_code", "action.new_tax_code"),
        empty="empty.tax_codes",
    ),
    FormScreen(
        path="edit_tax_code",
        title="word.tax_code",
        command="put_tax_code",
        submit="action.save",
        inputs=(_CODE, _NAME, Input("rate", "word.tax_percent", "share", needed=True)),
    ),
)
_TERM: Final = (_CODE, _NAME, Input("due_days", "word.due_days", "count", default="0"))
_INSTALMENTS: Final = (
    Input("share", "word.share_percent", "share", needed=True),
    Input("due_from", "word.due_from", "choice", choices=("order", "invoice"), family="due_from", default="invoice"),
    Input("due_days", "word.due_days", "count", default="0"),
)


def _of_payment_term(asked: Mapping[str, str]) -> dict[str, Any]:
    row = next((row for row in gateway.ask("payment_terms") if row["code"] == asked.get("id")), None)
    if row is None:
        return {}
    return {
        **{entry.name: typed(entry, row[entry.name]) for entry in _TERM},
        "instalments": [
            {entry.name: typed(entry, part[entry.name]) for entry in _INSTALMENTS} for part in row["instalments"]
        ],
    }


PAYMENT_TERMS: Final = SetUp(
    "event",
    ListScreen(
        path="payment_terms",
        title="nav.payment_terms",
        query="payment_terms",
        columns=(
            _code("edit_payment_term"),
            Column("name", "word.name"),
            Column("due_days", "word.due_days", "count"),
            Column("shares", "word.instalments", sorts=False),
        ),
        create=("edit_payment_term", "put_payment_term", "action.new_payment_term"),
        empty="empty.payment_terms",
    ),
    FormScreen(
        path="edit_payment_term",
        title="word.payment_term",
        command="put_payment_term",
        submit="action.save",
        inputs=_TERM,
        lead="form.payment_term_lead",
        lines=_INSTALMENTS,
        lines_name="instalments",
        lines_needed=False,
        prefill=_of_payment_term,
    ),
)
_PRICE_LINES: Final = (
    Input("unit_price", "word.unit_price", "price", needed=True),
    Input("from_quantity", "word.from_quantity", "quantity"),
    Input("valid_from", "word.valid_from", "date", needed=True),
)


def _of_price_list(asked: Mapping[str, str]) -> dict[str, Any]:
    rows = [row for row in gateway.ask("price_lists") if row["code"] == asked.get("id")]
    if not rows:
        return {}
    lines = gateway.ask("price_list_lines", price_list=rows[0]["code"], limit=_PREFILLED)
    return {
        **{name: rows[0][name] for name in ("code", "name", "currency", "tax_included")},
        "lines": [{entry.name: typed(entry, line[entry.name]) for entry in _LIST_LINES} for line in lines],
    }


_PREFILLED: Final = 500
_LIST_LINES: Final = (
    Input("item", "term.item_number", "text", needed=True),
    *_PRICE_LINES,
    Input("valid_to", "word.valid_to", "date"),
)
PRICE_LISTS: Final = SetUp(
    "sell",
    ListScreen(
        path="price_lists",
        title="nav.price_lists",
        query="price_lists",
        columns=(
            _code("edit_price_list"),
            Column("name", "word.name"),
            Column("currency", "word.currency", "code"),
            Column("tax_included", "word.tax_included", "flag"),
        ),
        create=("edit_price_list", "put_price_list", "action.new_price_list"),
        empty="empty.price_lists",
    ),
    FormScreen(
        path="edit_price_list",
        title="term.price_list",
        command="put_price_list",
        submit="action.save",
        lead="form.prices_lead",
        inputs=(
            _CODE,
            _NAME,
            Input("currency", "word.currency", needed=True, default=gateway.currency),
            Input("tax_included", "word.tax_included", "flag", help="form.tax_included_help"),
        ),
        lines=_LIST_LINES,
        lines_needed=False,
        prefill=_of_price_list,
    ),
)


def _of_supplier_item(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("id", "")
    rows = gateway.ask("supplier_item_by_id", id=int(named)) if named.isdecimal() else []
    if not rows:
        return {}
    prices = gateway.ask("supplier_item_prices", id=int(named))
    return {
        **{entry.name: typed(entry, rows[0][entry.name]) for entry in SUPPLIER_ITEMS.form.inputs},
        "prices": [{entry.name: typed(entry, line[entry.name]) for entry in _PRICE_LINES} for line in prices],
    }


SUPPLIER_ITEMS: Final = SetUp(
    "handshake",
    ListScreen(
        path="supplier_items",
        title="nav.supplier_items",
        query="supplier_items",
        columns=(
            Column("item", "term.item_number", "code", opens="edit_supplier_item"),
            Column("item_name", "term.item"),
            Column("supplier", "term.supplier", "code", opens="party", opens_by="supplier_id"),
            Column("supplier_name", "word.name"),
            Column("lead_time_days", "word.lead_time_days", "quantity"),
            Column("min_lot", "term.minimum_order_quantity", "quantity"),
            Column("lot_multiple", "word.lot_multiple", "quantity"),
            Column("priority", "word.priority", "count"),
            Column("components_provided", "word.components_provided", "flag"),
            Column("drop_ships", "word.drop_ships", "flag"),
            Column("active", "word.active", "flag"),
        ),
        create=("edit_supplier_item", "put_supplier_item", "action.new_supplier_item"),
        empty="empty.supplier_items",
    ),
    FormScreen(
        path="edit_supplier_item",
        title="word.supplier_item",
        command="put_supplier_item",
        submit="action.save",
        lead="form.prices_lead",
        inputs=(
            Input("supplier", "term.supplier", "lookup", needed=True, query="parties", arguments={"role": "supplier"}),
            Input("item", "term.item_number", "lookup", needed=True, query="items"),
            Input("supplier_item_code", "word.supplier_item_code"),
            Input("lead_time_days", "word.lead_time_days", "quantity"),
            Input("min_lot", "term.minimum_order_quantity", "quantity"),
            Input("max_lot", "word.max_lot", "quantity"),
            Input("lot_multiple", "word.lot_multiple", "quantity"),
            Input("priority", "word.priority", "count", default="1"),
            Input("components_provided", "word.components_provided", "flag", help="form.provided_help"),
            Input("drop_ships", "word.drop_ships", "flag", help="form.drop_ships_help"),
            Input("active", "word.active", "flag", default=True),
        ),
        lines=_PRICE_LINES,
        lines_name="prices",
        lines_needed=False,
        prefill=_of_supplier_item,
    ),
    known_by="id",
)

EXCHANGE_RATES: Final = SetUp(
    "currency_exchange",
    ListScreen(
        path="exchange_rates",
        title="nav.exchange_rates",
        query="exchange_rates",
        columns=(
            Column("from_currency", "word.from_currency", "code", opens="edit_exchange_rate"),
            Column("to_currency", "word.to_currency", "code"),
            Column("valid_on", "word.valid_from", "date"),
            Column("rate", "word.exchange_rate", "price"),
        ),
        create=("edit_exchange_rate", "put_exchange_rate", "action.new_exchange_rate"),
        empty="empty.exchange_rates",
    ),
    FormScreen(
        path="edit_exchange_rate",
        title="word.exchange_rate",
        command="put_exchange_rate",
        submit="action.save",
        lead="form.exchange_rate_lead",
        inputs=(
            Input("from_currency", "word.from_currency", needed=True),
            Input("to_currency", "word.to_currency", needed=True, default=gateway.currency),
            Input("valid_on", "word.valid_from", "date", needed=True, default=gateway.today),
            Input("rate", "word.exchange_rate", "price", needed=True),
        ),
    ),
    known_by="id",
)

TERM_PAGES: Final = (
    *UNITS.pages(),
    *CONVERSIONS.pages(),
    *CATEGORIES.pages(),
    *TAX_CODES.pages(),
    *PAYMENT_TERMS.pages(),
    *PRICE_LISTS.pages(),
    *EXCHANGE_RATES.pages(),
    *SUPPLIER_ITEMS.pages(),
)
