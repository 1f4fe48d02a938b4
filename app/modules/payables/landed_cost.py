"""Handler of landed cost: freight, duty or insurance becomes part of the value of the goods it was paid for.

The cost is shared over lines of receipts by value, quantity, weight, volume or equally. What is still in stock takes its share,
by FIFO each receipt's own layer; the rest went with the goods that are gone and is a price variance of the day. Where the cost
stands on a bill already, it leaves freight in, where a charge stays that nobody shares; else it is owed to its supplier by this
document, in his currency. The goods then take what the charges come to in the company's at the rate of the document's day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.late_cost import LateCost, join_stock
from app.modules.inventory.returns import posted_children
from app.modules.inventory.stock import inventory_role, method_of
from app.modules.inventory.valuation import allocated
from app.modules.ledger.credits import credited_of
from app.modules.ledger.open_items import open_items_in
from app.modules.master_data.charges import charge_lines
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_on,
    home_currency,
    say_in_currency,
    say_line,
    sums_said,
)
from app.modules.master_data.terms import dues_in, party_with_role, payment_due
from schemas.commands import trade as commands
from schemas.facts import FactLine, LandedCostBooked
from schemas.operational import documents, master_data
from schemas.vocabulary.accounting import ValuationMethod
from schemas.vocabulary.documents import AllocationBasis, DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, split_proportionally


@handles(commands.BookLandedCost, permission="payables.landed_cost.write")
def book_landed_cost(ctx: Context, data: commands.BookLandedCost) -> Outcome:
    """Share freight, duty or insurance over the goods it was paid for."""
    if (data.bill is None) == (data.supplier is None) or (data.supplier is None) != (not data.charges):
        raise Refused("landed_cost_source", field="bill")
    if data.bill is not None and data.currency is not None:
        raise Refused("landed_cost_currency", field="currency", currency=data.currency, bill=data.bill)
    posted_on = data.posted_on or ctx.today
    targets = _target_lines(ctx, data.targets)
    bill = supplier = None
    if data.bill is not None:
        bill = find_document(ctx, data.bill, DocumentKind.SUPPLIER_BILL)
        need_state(bill, DocumentState.POSTED)
    if data.supplier is not None:
        supplier = party_with_role(ctx, data.supplier, "supplier")
    currency = home_currency(ctx)
    if supplier is not None:
        currency = currency_on(ctx, data.currency or supplier.currency, posted_on)
    due_on = None if supplier is None else data.due_on or payment_due(ctx, supplier, posted_on)
    document = new_document(
        ctx,
        DocumentKind.LANDED_COST,
        DocumentState.POSTED,
        party_id=bill.party_id if bill is not None else supplier.id if supplier is not None else None,
        document_on=posted_on,
        posted_on=posted_on,
        due_on=due_on,
        external_number=data.external_number,
        note=data.note,
    )
    if bill is not None:
        charges = _from_bill(ctx, document, bill, data.bill_lines)
    else:
        charges = charge_lines(ctx, document, data.charges, currency, first=1)
    net = sum((charge.net_amount for charge in charges), ZERO)
    tax = sum((charge.tax_amount for charge in charges), ZERO)
    said_net, said_tax = sums_said(ctx, currency, charges)
    if net == 0:
        raise Refused("payment_of_nothing", field="charges", amount=said_net, currency=currency.code)
    facts = _charge_facts(charges, supplier)
    shared = _Shared(net, said_net, currency)
    facts += _share(ctx, document, targets, shared, data.basis, posted_on, first=len(charges) + 1)
    add_totals(ctx, document, net, tax)
    say_in_currency(ctx, document, currency, said_net, said_tax)
    ctx.emit(LandedCostBooked(document.id, posted_on, tuple(facts), data.external_number))
    if supplier is not None:
        total, decimals = said_net + said_tax, currency.decimals
        dues = dues_in(ctx, supplier, document, total, decimals, ordered_on=posted_on)
        open_items_in(ctx, document, "payable", dues, currency)
    return Outcome("receipt.posted", document)


def _target_lines(ctx: Context, targets: Iterable[commands.CostTarget]) -> list[Row]:
    """The lines of receipts that were named, each once."""
    found: dict[int, Row] = {}
    for target in targets:
        receipt = find_document(ctx, target.receipt, DocumentKind.GOODS_RECEIPT)
        need_state(receipt, DocumentState.POSTED)
        lines = lines_of(ctx, receipt)
        chosen = lines.values() if target.line is None else [need_line(receipt, lines, target.line)]
        found.update({row.id: row for row in chosen})
    return sorted(found.values(), key=lambda row: (row.item_id, row.id))


def _from_bill(ctx: Context, document: Row, bill: Row, chosen: list[int]) -> list[Row]:
    """Take up the charges of a bill as far as nothing else did."""
    link(ctx, bill, document, "landed")
    lines = lines_of(ctx, bill)
    rows = [need_line(bill, lines, number) for number in dict.fromkeys(chosen)] or list(lines.values())
    charges: list[Row] = []
    for row in rows:
        credited = credited_of(posted_children(ctx, row, DocumentKind.DEBIT_NOTE)).net
        left = row.net_amount - credited - landed_of(ctx, row)
        if row.kind == "charge" and left > 0:
            charges.append(_charge(ctx, document, len(charges) + 1, row, left))
    if not charges:
        raise Refused("no_charge_to_share", field="bill", number=bill.number)
    return charges


def _charge(ctx: Context, document: Row, number: int, source: Row, amount: Decimal) -> Row:
    return new_line(
        ctx,
        document,
        number,
        kind="charge",
        description=source.description,
        quantity=ONE,
        unit_price=amount,
        net_amount=amount,
        source_line_id=source.id,
    )


def _charge_facts(charges: list[Row], supplier: Row | None) -> list[FactLine]:
    if supplier is None:
        return [FactLine({"expensed": charge.net_amount}) for charge in charges]
    return [
        FactLine(
            {"tax": charge.tax_amount, "gross": charge.net_amount + charge.tax_amount},
            party_id=supplier.id,
        )
        for charge in charges
    ]


@dataclass(frozen=True)
class _Shared:
    """What is shared over goods: in the company's currency, and in that of the document."""

    net: Decimal
    said: Decimal
    currency: DocumentCurrency


def _share(
    ctx: Context,
    document: Row,
    targets: list[Row],
    shared: _Shared,
    basis: AllocationBasis,
    posted_on: date,
    *,
    first: int,
) -> list[FactLine]:
    """Write each receipt line's share, and let it join the stock that is still there."""
    weights = [_weight(ctx, row, basis) for row in targets]
    if sum(weights, ZERO) <= 0:
        raise Refused("basis_zero", field="basis", basis=basis.value)
    shares = allocated(shared.net, weights, ctx.company.currency_decimals)
    said = split_proportionally(shared.said, weights, shared.currency.decimals)
    groups: dict[int, list[tuple[Row, Row]]] = {}
    for number, (received, share, said_share) in enumerate(zip(targets, shares, said, strict=True), start=first):
        link(ctx, ctx.uow.need(documents.document, received.document_id), document, "landed")
        item = ctx.uow.need(master_data.item, received.item_id)
        row = new_line(
            ctx,
            document,
            number,
            item_id=item.id,
            quantity=received.quantity,
            unit_id=item.unit_id,
            net_amount=share,
            source_line_id=received.id,
            location_id=received.location_id,
            lot_id=received.lot_id,
        )
        say_line(ctx, row, shared.currency, unit_price=ZERO, net=said_share, tax=ZERO, net_at_order_rate=row.net_amount)
        own_layer = method_of(ctx, item) == ValuationMethod.FIFO
        groups.setdefault(received.id if own_layer else item.id, []).append((received, row))
    return [_join(ctx, document, pairs, posted_on) for pairs in groups.values()]


def _weight(ctx: Context, received: Row, basis: AllocationBasis) -> Decimal:
    match basis:
        case AllocationBasis.VALUE:
            return received.net_amount
        case AllocationBasis.QUANTITY:
            return received.quantity
        case AllocationBasis.EQUAL:
            return ONE
        case AllocationBasis.WEIGHT | AllocationBasis.VOLUME:
            item = ctx.uow.need(master_data.item, received.item_id)
            unit = item.weight_kg if basis == AllocationBasis.WEIGHT else item.volume_m3
            if unit is None:
                raise Refused("basis_missing", field="basis", item=item.code, basis=basis.value)
            return received.quantity * unit


def _join(ctx: Context, document: Row, pairs: list[tuple[Row, Row]], posted_on: date) -> FactLine:
    """Let the shares of lines that are valued together join the stock; the rest is a variance."""
    item = ctx.uow.need(master_data.item, pairs[0][0].item_id)
    costs = [LateCost(received, row.net_amount, received.quantity) for received, row in pairs]
    amount = sum((cost.amount for cost in costs), ZERO)
    joined = join_stock(ctx, document, item, costs, posted_on, line_id=pairs[0][1].id)
    if joined != 0:
        parts = split_proportionally(joined, [cost.amount for cost in costs], ctx.company.currency_decimals)
        for (_, row), part in zip(pairs, parts, strict=True):
            ctx.uow.update(documents.document_line, row, stock_value=part)
    return FactLine({"stock_adjustment": joined, "variance": amount - joined}, {"inventory": inventory_role(ctx, item)})


def landed_of(ctx: Context, charge: Row) -> Decimal:
    """How much of a bill's charge was shared over goods."""
    return sum((row.net_amount for row in posted_children(ctx, charge, DocumentKind.LANDED_COST)), ZERO)


def refuse_if_landed(ctx: Context, bill: Row) -> None:
    """Refuse to take a bill back of which a charge was shared over goods.

    Raises:
        Refused: one was.
    """
    if any(landed_of(ctx, line) > 0 for line in lines_of(ctx, bill).values()):
        raise Refused("bill_landed", number=bill.number)
