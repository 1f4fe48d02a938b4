"""Handlers of master data commands: make the thing with this code, or change the fields that are given."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Table, select

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, need_by_code
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.rules import phone_digits, refuse_cycle, search_key
from app.modules.master_data.storage import refuse_bad_place
from app.modules.master_data.terms import party_with_role
from schemas.commands import master_data as commands
from schemas.operational import master_data as tables
from schemas.operational.inventory import item_value, stock_balance, stock_move
from schemas.vocabulary.numbers import ONE, ZERO

_WRITE = "master_data.write"
GRANTS_CREDIT = "master_data.credit.write"
_OF_ITS_OWN = {"code", "currency", "payment_term", "price_list", "tax_code", "credit_limit"}


def _put(ctx: Context, table: Table, code: str, what: str, **values: Any) -> tuple[Row, Outcome]:
    row = ctx.uow.one(table, "code", code, lock=True)
    if row is None:
        row = ctx.uow.insert(table, code=code, **values)
        return row, Outcome("receipt.created", values={"what": what, "code": code}, data={"id": row.id})
    changed = {name: value for name, value in values.items() if name != "version" and row[name] != value}
    if changed:
        ctx.uow.update(table, row, **changed)
    return row, Outcome("receipt.changed", values={"what": what, "code": code}, data={"id": row.id})


@handles(commands.PutUnit, permission=_WRITE)
def put_unit(ctx: Context, data: commands.PutUnit) -> Outcome:
    """Make or change a unit of measure."""
    return _put(ctx, tables.unit, data.code, "unit", name=data.name, decimals=data.decimals)[1]


@handles(commands.PutUnitConversion, permission=_WRITE)
def put_unit_conversion(ctx: Context, data: commands.PutUnitConversion) -> Outcome:
    """Add a conversion between two units; a conversion that exists with another fraction is refused."""
    item = by_code(ctx, tables.item, data.item, "item", field="item")
    start = need_by_code(ctx, tables.unit, data.from_unit, "unit", field="from_unit")
    end = need_by_code(ctx, tables.unit, data.to_unit, "unit", field="to_unit")
    item_id = item.id if item else None
    for row in ctx.uow.where(tables.unit_conversion, "item_id", item_id):
        if (row.from_unit_id, row.to_unit_id) == (start.id, end.id):
            if (row.numerator, row.denominator) == (data.numerator, data.denominator):
                return Outcome("receipt.changed", values={"what": "unit_conversion", "code": data.from_unit})
            raise Refused("conversion_exists", from_unit=data.from_unit, to_unit=data.to_unit)
    ctx.uow.insert(
        tables.unit_conversion,
        item_id=item_id,
        from_unit_id=start.id,
        to_unit_id=end.id,
        numerator=data.numerator,
        denominator=data.denominator,
    )
    return Outcome("receipt.created", values={"what": "unit_conversion", "code": data.from_unit})


@handles(commands.PutSite, permission=_WRITE)
def put_site(ctx: Context, data: commands.PutSite) -> Outcome:
    """Make or change a site."""
    return _put(ctx, tables.site, data.code, "site", name=data.name)[1]


@handles(commands.PutLocation, permission=_WRITE)
def put_location(ctx: Context, data: commands.PutLocation) -> Outcome:
    """Make or change a location; its kind never changes."""
    site = by_code(ctx, tables.site, data.site, "site", field="site")
    parent = by_code(ctx, tables.location, data.parent, "location", field="parent")
    present = ctx.uow.one(tables.location, "code", data.code, lock=True)
    if present is not None and present.kind != data.kind:
        raise Refused("location_kind_fixed", field="kind", code=data.code, kind=present.kind)
    refuse_bad_place(ctx, data, present, parent)
    supplier = _party_of_place(ctx, data, present, "supplier", "subcontractor")
    customer = _party_of_place(ctx, data, present, "customer", "consignment")
    values = {
        "site_id": site.id if site else None,
        "parent_id": parent.id if parent else None,
        "supplier_id": supplier.id if supplier else None,
        "customer_id": customer.id if customer else None,
        **data.model_dump(exclude={"code", "site", "parent", "supplier", "customer"}),
    }
    return _put(ctx, tables.location, data.code, "location", active=True, **values)[1]


def _party_of_place(
    ctx: Context, data: commands.PutLocation, present: Row | None, side: Literal["supplier", "customer"], kind: str
) -> Row | None:
    """The supplier or the customer whose place a place of this kind is; None for a place of another kind.

    Raises:
        Refused: kind and party do not go together, the party has another place, or the place is another's.
    """
    code, sells = getattr(data, side), side == "supplier"
    if (data.kind == kind) != (code is not None):
        raise Refused("supplier_place_named" if sells else "customer_place_named", field=side, code=data.code)
    if code is None:
        return None
    party = party_with_role(ctx, code, side)
    for row in ctx.uow.where(tables.location, f"{side}_id", party.id):
        if row.code != data.code:
            raise Refused(
                "supplier_place_exists" if sells else "customer_place_exists",
                field=side,
                **{side: party.code},
                location=row.code,
            )
    if present is not None and present[f"{side}_id"] != party.id:
        raise Refused("supplier_place_fixed" if sells else "customer_place_fixed", field=side, code=data.code)
    return party


@handles(commands.PutCalendar, permission=_WRITE)
def put_calendar(ctx: Context, data: commands.PutCalendar) -> Outcome:
    """Make or change a working calendar and add exceptions to it."""
    for spans in data.weekly_hours.values():
        for starts, ends in spans:
            if starts >= ends:
                raise Refused("hours_order", field="weekly_hours", starts=starts, ends=ends)
    hours = json.dumps(data.weekly_hours, sort_keys=True)
    calendar, outcome = _put(ctx, tables.calendar, data.code, "calendar", name=data.name, weekly_hours=hours)
    present = {
        row.on_date: row for row in ctx.uow.where(tables.calendar_exception, "calendar_id", calendar.id, lock=True)
    }
    for day in data.exceptions:
        if day.on_date in present:
            ctx.uow.update(tables.calendar_exception, present[day.on_date], working=day.working, name=day.name)
        else:
            ctx.uow.insert(tables.calendar_exception, calendar_id=calendar.id, **day.model_dump())
    return outcome


@handles(commands.PutTaxCode, permission="ledger.setup.write")
def put_tax_code(ctx: Context, data: commands.PutTaxCode) -> Outcome:
    """Make or change a tax code."""
    return _put(ctx, tables.tax_code, data.code, "tax_code", name=data.name, rate=data.rate, active=True)[1]


@handles(commands.PutPaymentTerm, permission="ledger.setup.write")
def put_payment_term(ctx: Context, data: commands.PutPaymentTerm) -> Outcome:
    """Make or change a payment term."""
    parts = data.instalments
    total = sum((part.share for part in parts), ZERO)
    if parts and total != ONE:
        raise Refused("instalments_sum", field="instalments", code=data.code, percent=total * 100)
    last = max((part.due_days for part in parts if part.due_from == "invoice"), default=0)
    return _put(
        ctx,
        tables.payment_term,
        data.code,
        "payment_term",
        name=data.name,
        due_days=last if parts else data.due_days,
        instalments=json.dumps([part.model_dump(mode="json") for part in parts], sort_keys=True),
    )[1]


@handles(commands.PutParty, permission="master_data.party.write")
def put_party(ctx: Context, data: commands.PutParty) -> Outcome:
    """Make or change a customer, or a supplier where one may keep suppliers: not he who orders from them."""
    if not (data.is_customer or data.is_supplier):
        raise Refused("party_without_role", field="is_customer", code=data.code)
    present = ctx.uow.one(tables.party, "code", data.code)
    if data.is_supplier or (present is not None and present.is_supplier):
        ctx.principal.demand("master_data.supplier.write")
    term = by_code(ctx, tables.payment_term, data.payment_term, "payment_term", field="payment_term")
    prices = by_code(ctx, tables.price_list, data.price_list, "price_list", field="price_list")
    tax = by_code(ctx, tables.tax_code, data.tax_code, "tax_code", field="tax_code")
    if data.incoterm_place is not None and data.incoterm is None:
        raise Refused("place_without_incoterm", field="incoterm_place", place=data.incoterm_place)
    values = data.model_dump(mode="json", exclude=_OF_ITS_OWN)
    values["language"] = data.language or ctx.company.language
    values |= _credit_terms(ctx, data, present)
    return _put(
        ctx,
        tables.party,
        data.code,
        "party",
        **values,
        search_key=search_key(data.code, data.name, data.phone),
        phone_digits=phone_digits(data.phone),
        currency=_currency(ctx, data, present),
        payment_term_id=term.id if term else None,
        price_list_id=prices.id if prices else None,
        tax_code_id=tax.id if tax else None,
        active=True,
        version=1,
    )[1]


def _currency(ctx: Context, data: commands.PutParty, present: Row | None) -> str:
    """The currency of a party: as given, as it was, or the company's.

    Raises:
        Refused: the supplier's prices stand in another already.
    """
    before = present.currency if present is not None else ctx.company.currency
    wanted = data.currency or before
    if present is not None and wanted != before:
        for terms in ctx.uow.where(tables.supplier_item, "supplier_id", present.id):
            if ctx.uow.where(tables.price_break, "supplier_item_id", terms.id):
                raise Refused("currency_has_prices", field="currency", code=data.code, before=before, currency=wanted)
    return wanted


def _credit_terms(ctx: Context, data: commands.PutParty, present: Row | None) -> dict[str, Any]:
    """The credit terms of a new party, and a limit where one is given: by who may grant credit alone."""
    before = present.credit_limit if present is not None else None
    given = data.credit_limit if "credit_limit" in data.model_fields_set else before
    if given != before:
        ctx.principal.demand(GRANTS_CREDIT)
    terms: dict[str, Any] = {"credit_limit": given}
    return terms if present is not None else {**terms, "overdue_grace_days": 0, "overdue_block": "none"}


@handles(commands.PutCreditTerms, permission=GRANTS_CREDIT)
def put_credit_terms(ctx: Context, data: commands.PutCreditTerms) -> Outcome:
    """Say how far a customer is trusted and what overdue invoices hold up; a limit that is left out is none."""
    customer = party_with_role(ctx, data.customer, "customer")
    customer = ctx.uow.need(tables.party, customer.id, lock=True)
    ctx.uow.update(tables.party, customer, **data.model_dump(exclude={"customer"}))
    return Outcome("receipt.changed", values={"what": "credit_terms", "code": data.customer}, data={"id": customer.id})


@handles(commands.PutItemSubstitute, permission="master_data.substitute.write")
def put_item_substitute(ctx: Context, data: commands.PutItemSubstitute) -> Outcome:
    """Say that an item may be sold instead of another, or change on which terms.

    Raises:
        Refused: it is the item itself, or it is valid to before it is valid from.
    """
    item = need_by_code(ctx, tables.item, data.item, "item", field="item")
    substitute = need_by_code(ctx, tables.item, data.substitute, "item", field="substitute")
    if item.id == substitute.id:
        raise Refused("substitute_is_item", field="substitute", item=data.item)
    if data.valid_from is not None and data.valid_to is not None and data.valid_to < data.valid_from:
        raise Refused("valid_dates", field="valid_to", since=data.valid_from, until=data.valid_to)
    values = data.model_dump(exclude={"item", "substitute"})
    rows = ctx.uow.where(tables.item_substitute, "item_id", item.id, lock=True)
    row = next((row for row in rows if row.substitute_id == substitute.id), None)
    if row is None:
        row = ctx.uow.insert(tables.item_substitute, item_id=item.id, substitute_id=substitute.id, **values)
    else:
        ctx.uow.update(tables.item_substitute, row, **values)
    code = f"{data.item} {data.substitute}"
    return Outcome("receipt.changed", values={"what": "item_substitute", "code": code}, data={"id": row.id})


@handles(commands.PutItemCategory, permission="master_data.category.write")
def put_item_category(ctx: Context, data: commands.PutItemCategory) -> Outcome:
    """Make or change an item category; valuation and inventory role stay once it exists."""
    parent = by_code(ctx, tables.item_category, data.parent, "item_category", field="parent")
    present = ctx.uow.one(tables.item_category, "code", data.code, lock=True)
    fixed = (data.valuation_method, data.inventory_role)
    if present is not None and (present.valuation_method, present.inventory_role) != fixed:
        raise Refused("category_valuation_fixed", field="valuation_method", code=data.code)
    return _put(
        ctx,
        tables.item_category,
        data.code,
        "item_category",
        name=data.name,
        parent_id=parent.id if parent else None,
        valuation_method=data.valuation_method,
        inventory_role=data.inventory_role,
    )[1]


_ITEM_DEFAULTS: dict[str, Any] = {
    "source": "buy",
    "lot_tracked": False,
    "serial_tracked": False,
    "phantom": False,
    "active": True,
    "standard_cost": ZERO,
    "lead_time_days": ZERO,
    "safety_days": ZERO,
    "safety_stock": ZERO,
    "lot_policy": "lot_for_lot",
    "planned_yield": ONE,
    "setup_cost": ZERO,
    "holding_rate": Decimal("0.2"),
}


@handles(commands.PutItem, permission="master_data.item.write")
def put_item(ctx: Context, data: commands.PutItem) -> Outcome:
    """Make or change an item; fields that are not given keep their value."""
    values = data.model_dump(exclude={"code", "category", "unit", "tax_code"}, exclude_none=True)
    for field, table, column in (
        ("category", tables.item_category, "category_id"),
        ("unit", tables.unit, "unit_id"),
        ("tax_code", tables.tax_code, "tax_code_id"),
    ):
        row = by_code(ctx, table, getattr(data, field), field, field=field)
        if row is not None:
            values[column] = row.id
    present = ctx.uow.one(tables.item, "code", data.code, lock=True)
    names = {name: values.get(name, present[name] if present else None) for name in ("name", "name_zh")}
    values["search_key"] = search_key(data.code, names["name"], names["name_zh"], data.barcode)
    _check_tracking(ctx, data.code, values, present)
    if present is None:
        for needed in ("name", "category_id", "unit_id"):
            if needed not in values:
                raise Refused(
                    "field_needed", field=needed.removesuffix("_id"), name=needed.removesuffix("_id"), code=data.code
                )
        return _put(ctx, tables.item, data.code, "item", **{**_ITEM_DEFAULTS, **values}, version=1)[1]
    for fixed in ("unit_id", "category_id"):
        if fixed in values and values[fixed] != present[fixed]:
            raise Refused(
                "item_field_fixed", field=fixed.removesuffix("_id"), name=fixed.removesuffix("_id"), code=data.code
            )
    if values.get("standard_cost", present.standard_cost) != present.standard_cost:
        _refuse_standard_cost_change(ctx, present)
    return _put(ctx, tables.item, data.code, "item", **values)[1]


def _check_tracking(ctx: Context, code: str, values: dict[str, Any], present: Row | None) -> None:
    """A piece with a serial number is a lot of one, counted in whole units; how goods are told apart changes with an empty store.

    Raises:
        Refused: the item is in stock, has moved without serial numbers, is counted in parts, or would have no lots.
    """
    if values.get("serial_tracked"):
        if values.get("lot_tracked") is False:
            raise Refused("serial_is_lot", field="lot_tracked", code=code)
        values["lot_tracked"] = True
    before = {name: present[name] if present else False for name in ("lot_tracked", "serial_tracked")}
    after = {name: values.get(name, before[name]) for name in before}
    if present is not None and after != before:
        _refuse_tracking_of_moved(ctx, present, to_serials=after["serial_tracked"] and not before["serial_tracked"])
    if after["serial_tracked"] and not after["lot_tracked"]:
        raise Refused("serial_is_lot", field="lot_tracked", code=code)
    unit_id = values.get("unit_id", present.unit_id if present else None)
    if after["serial_tracked"] and unit_id is not None:
        unit = ctx.uow.need(tables.unit, unit_id)
        if unit.decimals:
            raise Refused("serial_unit_whole", field="unit", code=code, unit=unit.code, decimals=unit.decimals)


def _refuse_tracking_of_moved(ctx: Context, item: Row, *, to_serials: bool) -> None:
    """The value of an item is locked, made if it has none: goods that come into the empty store meanwhile wait for it.

    Raises:
        Refused: goods of the item are in stock, whoever owns them, or have moved without serial numbers.
    """
    ctx.uow.write_earlier()
    ctx.uow.ensure(item_value, ("item_id",), [(item.id,)], quantity=ZERO, value=ZERO, last_unit_cost=ZERO)
    there = sum((row.quantity for row in ctx.uow.read_again(stock_balance, "item_id", item.id)), ZERO)
    if there > 0:
        raise Refused("tracking_in_use", field="serial_tracked", code=item.code, quantity=there)
    moved = select(stock_move.c.id).where(stock_move.c.item_id == item.id).limit(1)
    if to_serials and ctx.uow.connection.execute(moved).first() is not None:
        raise Refused("serial_after_moves", field="serial_tracked", code=item.code)


def _refuse_standard_cost_change(ctx: Context, item: Row) -> None:
    """A standard cost may change only while no stock is valued at it; revaluation is a document of its own."""
    category = ctx.uow.need(tables.item_category, item.category_id)
    value = ctx.uow.get(item_value, item.id, lock=True)
    if category.valuation_method == "standard" and value is not None and value.quantity > 0:
        raise Refused("standard_cost_in_use", field="standard_cost", code=item.code, quantity=value.quantity)


@handles(commands.PutSupplierItem, permission="purchasing.terms.write")
def put_supplier_item(ctx: Context, data: commands.PutSupplierItem) -> Outcome:
    """Make or change a supplier's terms for an item, and add prices to them."""
    supplier = need_by_code(ctx, tables.party, data.supplier, "supplier", field="supplier")
    item = need_by_code(ctx, tables.item, data.item, "item", field="item")
    values = data.model_dump(exclude={"supplier", "item", "prices"})
    rows = ctx.uow.where(tables.supplier_item, "item_id", item.id, lock=True)
    terms = next((row for row in rows if row.supplier_id == supplier.id), None)
    if terms is None:
        terms = ctx.uow.insert(tables.supplier_item, supplier_id=supplier.id, item_id=item.id, **values)
    else:
        ctx.uow.update(tables.supplier_item, terms, **values)
    for price in data.prices:
        _put_price(
            ctx,
            tables.price_break,
            "supplier_item_id",
            terms.id,
            price.from_quantity,
            price.valid_from,
            price.unit_price,
        )
    return Outcome(
        "receipt.changed",
        values={"what": "supplier_item", "code": f"{data.supplier} {data.item}"},
        data={"id": terms.id},
    )


def _put_price(
    ctx: Context,
    table: Table,
    owner: str,
    owner_id: int,
    from_quantity: Decimal,
    valid_from: date | None,
    unit_price: Decimal,
) -> None:
    since = valid_from or ctx.today
    for row in ctx.uow.where(table, owner, owner_id, lock=True):
        if (row.from_quantity, row.valid_from) == (from_quantity, since):
            ctx.uow.update(table, row, unit_price=unit_price)
            return
    ctx.uow.insert(table, **{owner: owner_id}, from_quantity=from_quantity, valid_from=since, unit_price=unit_price)


@handles(commands.PutPriceList, permission="sales.price.write")
def put_price_list(ctx: Context, data: commands.PutPriceList) -> Outcome:
    """Make or change a price list and its lines; its currency stays once it has prices.

    Raises:
        Refused: it has prices in another currency.
    """
    values = data.model_dump(include={"name", "currency", "tax_included"})
    present = ctx.uow.one(tables.price_list, "code", data.code)
    if present is not None and present.currency != data.currency and _has_prices(ctx, present):
        facts = {"code": data.code, "before": present.currency, "currency": data.currency}
        raise Refused("price_list_currency_fixed", field="currency", **facts)
    prices, outcome = _put(ctx, tables.price_list, data.code, "price_list", **values)
    for line in data.lines:
        item = need_by_code(ctx, tables.item, line.item, "item", field="lines")
        key = (prices.id, line.from_quantity, line.valid_from)
        rows = ctx.uow.where(tables.price_list_line, "item_id", item.id, lock=True)
        row = next((r for r in rows if (r.price_list_id, r.from_quantity, r.valid_from) == key), None)
        if row is not None:
            ctx.uow.update(tables.price_list_line, row, unit_price=line.unit_price, valid_to=line.valid_to)
        else:
            values = line.model_dump(exclude={"item"})
            ctx.uow.insert(tables.price_list_line, price_list_id=prices.id, item_id=item.id, **values)
    return outcome


def _has_prices(ctx: Context, prices: Row) -> bool:
    line = tables.price_list_line.c
    query = select(line.id).where(line.price_list_id == prices.id).limit(1)
    return ctx.uow.connection.execute(query).first() is not None


@handles(commands.CreateBomRevision, permission="master_data.bom.write")
def create_bom_revision(ctx: Context, data: commands.CreateBomRevision) -> Outcome:
    """Add a revision of a bill of material; an open-ended revision before it ends where this one begins."""
    item = need_by_code(ctx, tables.item, data.item, "item", field="item")
    components = [need_by_code(ctx, tables.item, line.component, "item", field="lines") for line in data.lines]
    revisions = ctx.uow.where(tables.bom, "item_id", item.id, lock=True)
    if any(row.revision == data.revision for row in revisions):
        raise Refused("bom_revision_exists", field="revision", item=data.item, revision=data.revision)
    names = {row.id: row.code for row in [item, *components]}

    def name(item_id: int) -> str:
        return names.get(item_id) or ctx.uow.need(tables.item, item_id).code

    refuse_cycle(item.id, [c.id for c in components], lambda i: _components(ctx, i), name)
    for row in revisions:
        if row.effective_to is None and row.effective_from < data.effective_from:
            ctx.uow.update(tables.bom, row, effective_to=data.effective_from)
    header = data.model_dump(exclude={"item", "lines"})
    bom = ctx.uow.insert(tables.bom, item_id=item.id, **header)
    for number, (line, component) in enumerate(zip(data.lines, components, strict=True), start=1):
        values = line.model_dump(exclude={"component"})
        ctx.uow.insert(tables.bom_line, bom_id=bom.id, line=number, component_id=component.id, **values)
    return Outcome(
        "receipt.created", values={"what": "bom", "code": f"{data.item} {data.revision}"}, data={"id": bom.id}
    )


def _components(ctx: Context, item_id: int) -> list[int]:
    boms = ctx.uow.where(tables.bom, "item_id", item_id)
    return [line.component_id for bom in boms for line in ctx.uow.where(tables.bom_line, "bom_id", bom.id)]


@handles(commands.PutWorkCenter, permission=_WRITE)
def put_work_center(ctx: Context, data: commands.PutWorkCenter) -> Outcome:
    """Make or change a work centre."""
    site = by_code(ctx, tables.site, data.site, "site", field="site")
    calendar = by_code(ctx, tables.calendar, data.calendar, "calendar", field="calendar")
    values = data.model_dump(exclude={"code", "site", "calendar"})
    values |= {"site_id": site.id if site else None, "calendar_id": calendar.id if calendar else None}
    return _put(ctx, tables.work_center, data.code, "work_center", **values)[1]


@handles(commands.PutRouting, permission="master_data.bom.write")
def put_routing(ctx: Context, data: commands.PutRouting) -> Outcome:
    """Make or change the operations by which an item is made."""
    item = need_by_code(ctx, tables.item, data.item, "item", field="item")
    rows = ctx.uow.where(tables.routing_operation, "item_id", item.id, lock=True)
    present = {(row.operation, row.priority): row for row in rows}
    for step in data.steps:
        center = need_by_code(ctx, tables.work_center, step.work_center, "work_center", field="steps")
        values = step.model_dump(exclude={"work_center"}) | {"work_center_id": center.id}
        row = present.get((step.operation, step.priority))
        if row is not None:
            ctx.uow.update(tables.routing_operation, row, **values)
        else:
            ctx.uow.insert(tables.routing_operation, item_id=item.id, **values)
    return Outcome("receipt.changed", values={"what": "routing", "code": data.item}, data={"id": item.id})


@handles(commands.PutExchangeRate, permission="ledger.setup.write")
def put_exchange_rate(ctx: Context, data: commands.PutExchangeRate) -> Outcome:
    """Record an exchange rate, in place of one of the same day; what was booked at that one stays as it is.

    Raises:
        Refused: both currencies are the same, and the rate is another than one.
    """
    if data.from_currency == data.to_currency and data.rate != ONE:
        raise Refused("rate_of_itself", field="to_currency", currency=data.to_currency)
    pair = (data.from_currency, data.to_currency)
    of_day = ctx.uow.where(tables.exchange_rate, "valid_on", data.valid_on, lock=True)
    present = next((row for row in of_day if (row.from_currency, row.to_currency) == pair), None)
    if present is not None:
        ctx.uow.update(tables.exchange_rate, present, rate=data.rate, recorded_at=ctx.now)
        return Outcome("receipt.changed", values={"what": "exchange_rate", "code": data.from_currency})
    ctx.uow.insert(tables.exchange_rate, **data.model_dump(), recorded_at=ctx.now)
    return Outcome("receipt.created", values={"what": "exchange_rate", "code": data.from_currency})
