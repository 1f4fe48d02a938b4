"""Finds what a line of an order needs: item, quantity in the stocking unit, tax, due date."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import by_code, need_by_code
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.master_data.rules import converted, instalments_due, instalments_in
from schemas.commands.trade import DeliveryTerms
from schemas.operational import master_data as tables
from schemas.vocabulary.numbers import ZERO, rounded


def active_item(ctx: Context, code: str) -> Row:
    """Return an item that may be used on new documents.

    Raises:
        Refused: no such item, or it is inactive.
    """
    item = need_by_code(ctx, tables.item, code, "item", field="lines")
    if not item.active:
        raise Refused("item_inactive", field="lines", item=code)
    return item


def stocking_quantity(ctx: Context, item: Row, quantity: Decimal, unit_code: str | None) -> tuple[Decimal, int]:
    """Convert an entered quantity to the item's stocking unit.

    Returns:
        The quantity in the stocking unit and the id of the unit it was entered in.

    Raises:
        Refused: the unit is unknown, has no conversion, or the stocking unit does not take the decimals.
    """
    unit = by_code(ctx, tables.unit, unit_code, "unit", field="unit")
    stocking = ctx.uow.need(tables.unit, item.unit_id)
    if unit is not None and unit.id != stocking.id:
        quantity = _convert(ctx, item, quantity, unit, stocking)
    if rounded(quantity, stocking.decimals) != quantity:
        raise Refused(
            "quantity_decimals", field="quantity", item=item.code, quantity=quantity, decimals=stocking.decimals
        )
    return quantity, unit.id if unit else stocking.id


def _convert(ctx: Context, item: Row, quantity: Decimal, unit: Row, stocking: Row) -> Decimal:
    own = ctx.uow.where(tables.unit_conversion, "item_id", item.id)
    for row in [*own, *ctx.uow.where(tables.unit_conversion, "item_id", None)]:
        if (row.from_unit_id, row.to_unit_id) == (unit.id, stocking.id):
            return converted(quantity, row.numerator, row.denominator)
        if (row.from_unit_id, row.to_unit_id) == (stocking.id, unit.id):
            return converted(quantity, row.denominator, row.numerator)
    raise Refused("conversion_missing", field="unit", item=item.code, unit=unit.code, stocking_unit=stocking.code)


def tax_of(ctx: Context, code: str | None, *defaults: int | None) -> tuple[int | None, Decimal]:
    """Return the tax code and rate of a line: the one given, else the first default that is set, else none."""
    row = by_code(ctx, tables.tax_code, code, "tax_code", field="tax_code")
    if row is None:
        chosen = next((default for default in defaults if default is not None), None)
        row = ctx.uow.need(tables.tax_code, chosen) if chosen is not None else None
    return (row.id, row.rate) if row is not None else (None, ZERO)


def payment_due(ctx: Context, party: Row, posted_on: date) -> date:
    """Return when all of an invoice of a day is due by the party's payment term; without one, the same day."""
    if party.payment_term_id is None:
        return posted_on
    return posted_on + timedelta(days=ctx.uow.need(tables.payment_term, party.payment_term_id).due_days)


def dues_of(ctx: Context, party: Row, invoice: Row, *, ordered_on: date) -> list[tuple[date, Decimal]]:
    """Return when which part of an invoice is due: by the party's instalments, unless it was agreed to be due on another day."""
    return dues_in(ctx, party, invoice, invoice.total_amount, ctx.company.currency_decimals, ordered_on=ordered_on)


def dues_in(
    ctx: Context, party: Row, invoice: Row, total: Decimal, decimals: int, *, ordered_on: date
) -> list[tuple[date, Decimal]]:
    """The same of a total in the currency of the invoice, whose minor unit has so many decimals."""
    due_on = invoice.due_on
    term = ctx.uow.need(tables.payment_term, party.payment_term_id) if party.payment_term_id is not None else None
    parts = instalments_in(term.instalments) if term is not None else []
    if not parts or due_on != payment_due(ctx, party, invoice.document_on):
        return [(due_on, total)]
    dues = instalments_due(total, parts, ordered_on=ordered_on, invoiced_on=invoice.document_on, decimals=decimals)
    return [(due.due_on, due.amount) for due in dues]


def party_with_role(ctx: Context, code: str, role: str) -> Row:
    """Return an active party that is a customer or a supplier.

    Args:
        ctx: the running command.
        code: the party's code.
        role: `customer` or `supplier`.

    Raises:
        Refused: no such party, it is inactive, or it has not this role.
    """
    party = need_by_code(ctx, tables.party, code, role, field=role)
    if not party[f"is_{role}"] or not party.active:
        raise Refused("party_role", field=role, code=code, role=role)
    return party


def delivery_terms(party: Row, asked: DeliveryTerms) -> dict[str, str | None]:
    """The terms of delivery of a document: as asked, else as agreed with its party in general.

    Raises:
        Refused: a place is named without the term that it belongs to.
    """
    if asked.incoterm is not None:
        return {"incoterm": asked.incoterm.value, "incoterm_place": asked.incoterm_place}
    if asked.incoterm_place is not None and party.incoterm is None:
        raise Refused("place_without_incoterm", field="incoterm_place", place=asked.incoterm_place)
    return {"incoterm": party.incoterm, "incoterm_place": asked.incoterm_place or party.incoterm_place}
