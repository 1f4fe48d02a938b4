"""What the goods of a case leave to be given: who gets a replacement for nothing is not credited for the same goods.

The rule holds whoever books: a credit by hand is looked at by `keep_replaced_from_credit`, a return by `keep_replaced_from_return`,
an invoice that is taken back by `keep_replaced_invoiced`, a decision by `need_not_given`. What is repaired is given by its repair
order: `need_repair_fits` holds the decision to it. All lock the order line before they read,
so that of two at once the second sees the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.returns import REPLACEMENT, posted_children, replaced_quantity
from app.modules.ledger.credits import credited_of
from app.modules.master_data.currencies import DocumentCurrency, currency_of, home_currency, said_of
from app.modules.service.cases import goods_of_line, made_of
from schemas.facts import CustomerCredited, DocumentReversed, GoodsReturned
from schemas.operational import documents, master_data, repairs
from schemas.operational import service as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO, rounded

RECEIVED: Final = "received"
REPLACED: Final = "replacement"
REPAIRED: Final = "repair"
_DECIDED: Final = frozenset({DocumentState.DECIDED, DocumentState.SETTLED, DocumentState.CLOSED})


def came_back(ctx: Context, case_line: Row) -> list[Row]:
    """The lines of posted returns that brought the goods of a line back."""
    goods = [row for row in goods_of_line(ctx, case_line) if row.step == RECEIVED]
    return [ctx.uow.need(documents.document_line, row.document_line_id) for row in goods]


def came_for_good(ctx: Context, case_line: Row) -> Decimal:
    """How much of a line came back, was invoiced, and is not replaced on its own order."""
    return sum((row.creditable_quantity for row in came_back(ctx, case_line)), ZERO)


def is_replaced_on_order(ctx: Context, returned: Row) -> bool:
    """Whether what a return brought is shipped again on its own order."""
    links = ctx.uow.where(documents.document_link, "to_id", returned.id)
    return returned.state == DocumentState.POSTED and any(row.kind == REPLACEMENT for row in links)


def in_repair(ctx: Context, case_line: Row) -> Decimal:
    """How much of a line is repaired by orders that are neither cancelled nor declined."""
    rows = ctx.uow.where(repairs.repair_order, "case_line_id", case_line.id)
    orders = [ctx.uow.need(documents.document, row.id) for row in rows]
    return sum((order.quantity for order in orders if is_given(ctx, order)), ZERO)


def is_given(ctx: Context, repair: Row) -> bool:
    """Whether a repair is what the customer gets: neither cancelled nor declined by him, with or without a fee."""
    if repair.state in {DocumentState.CANCELLED, DocumentState.REJECTED}:
        return False
    return repair.state != DocumentState.SETTLED or was_finished(ctx, repair)


def was_finished(ctx: Context, repair: Row) -> bool:
    """Whether a repair was carried out: a completion of it stands."""
    links = ctx.uow.where(documents.document_link, "from_id", repair.id)
    made = ctx.uow.many(documents.document, [row.to_id for row in links]).values()
    kind, state = DocumentKind.REPAIR_COMPLETION, DocumentState.POSTED
    return any(row.kind == kind and row.state == state for row in made)


def need_repair_fits(ctx: Context, case: Row, outcome: str) -> None:
    """Refuse a decision that does not fit the repairs of a case: what is repaired is neither credited nor replaced as well.

    Raises:
        Refused: the outcome is a repair and there is none, or it is another and there is one.
    """
    orders = [row for row in made_of(ctx, case, DocumentKind.REPAIR_ORDER) if is_given(ctx, row)]
    if outcome == REPAIRED and not orders:
        raise Refused("case_without_repair", field="outcome", number=case.number)
    if outcome != REPAIRED and orders:
        raise Refused("case_repaired", field="outcome", number=case.number, repair=orders[0].number)


def need_repairs_done(ctx: Context, case: Row) -> None:
    """Refuse to settle a case while a piece of it is still in repair, not given back or not billed.

    Raises:
        Refused: one is.
    """
    for order in made_of(ctx, case, DocumentKind.REPAIR_ORDER):
        if order.state not in {DocumentState.SETTLED, DocumentState.CANCELLED}:
            raise Refused("case_repair_open", number=case.number, repair=order.number, state=order.state)


def left_to_replace(ctx: Context, case: Row, outcome: str) -> dict[int, Decimal]:
    """How much of each item may be ordered instead of the goods of a case, orders that stand not yet taken off.

    Of goods that came back: what is not replaced on its own order; for nothing only what was invoiced. Of goods that did not come
    back: what the case is about; for nothing only where they were sold here.
    """
    most: dict[int, Decimal] = {}
    for case_line in lines_of(ctx, case).values():
        most[case_line.item_id] = most.get(case_line.item_id, ZERO) + _most_of(ctx, case_line, outcome)
    return most


def left_to_send(ctx: Context, case: Row) -> Decimal:
    """How much of the goods that came back for a case and are replaced for nothing has not left yet."""
    owed: dict[int, Decimal] = {}
    for case_line in lines_of(ctx, case).values():
        if came_back(ctx, case_line):
            owed[case_line.item_id] = owed.get(case_line.item_id, ZERO) + _most_of(ctx, case_line, REPLACED)
    for item_id, quantity in ordered_instead(ctx, case):
        take_instead(ctx, owed, item_id, quantity)
    return sum(owed.values(), ZERO)


def _most_of(ctx: Context, case_line: Row, outcome: str) -> Decimal:
    parts = came_back(ctx, case_line)
    if not parts:
        sold = ctx.uow.need(tables.case_line, case_line.id).order_line_id is not None
        return Decimal(case_line.quantity) if sold or outcome != REPLACED else ZERO
    most = ZERO
    for part in parts:
        if _is_part_on_order(ctx, part):
            most += _never_shipped_again(ctx, part)
        else:
            most += part.creditable_quantity if outcome == REPLACED else part.quantity
    return most


def _never_shipped_again(ctx: Context, returned_line: Row) -> Decimal:
    """How much of what waited on its own order will not be shipped there any more, since the line was closed short."""
    order_line = _order_line_of(ctx, returned_line)
    short = order_line.quantity - order_line.fulfilled_quantity if order_line.closed else ZERO
    return min(returned_line.quantity, short)


def _order_line_of(ctx: Context, returned_line: Row) -> Row:
    shipped = ctx.uow.need(documents.document_line, returned_line.source_line_id)
    return ctx.uow.need(documents.document_line, shipped.source_line_id, lock=True)


def waits_on_order(ctx: Context, case: Row) -> bool:
    """Whether goods of a case are still to be shipped again on their own order."""
    parts = [part for line in lines_of(ctx, case).values() for part in came_back(ctx, line)]
    lines = [_order_line_of(ctx, part) for part in parts if _is_part_on_order(ctx, part)]
    return any(not line.closed and line.fulfilled_quantity < line.quantity for line in lines)


def ordered_instead(ctx: Context, case: Row) -> list[tuple[int, Decimal]]:
    """Items and quantities that orders of a case send instead: of a line that was closed, what was shipped of it."""
    orders = [row for row in made_of(ctx, case, DocumentKind.SALES_ORDER) if row.state != DocumentState.CANCELLED]
    lines = [line for order in orders for line in lines_of(ctx, order).values() if line.item_id is not None]
    return [(line.item_id, line.fulfilled_quantity if line.closed else line.quantity) for line in lines]


def take_instead(ctx: Context, left: dict[int, Decimal], item_id: int, quantity: Decimal) -> Decimal:
    """Take an item that is given for nothing off what is left: off its own, then off items that it may stand for.

    A substitute of which fewer are needed counts for as many as it stands for; never for more than one of it for one.

    Returns:
        How much finds nothing that it could be given for.
    """
    taken = min(quantity, left.get(item_id, ZERO))
    left[item_id] = left.get(item_id, ZERO) - taken
    rest = quantity - taken
    for other in sorted(left):
        for row in ctx.uow.where(master_data.item_substitute, "item_id", other):
            valid = (row.valid_from or ctx.today) <= ctx.today <= (row.valid_to or ctx.today)
            if row.substitute_id == item_id and valid:
                each = min(row.ratio, Decimal(1))
                most = left[other] * each
                left[other] = left[other] - rest / each if rest < most else ZERO
                rest = max(rest - most, ZERO)
    return rest


def _is_part_on_order(ctx: Context, returned_line: Row) -> bool:
    return is_replaced_on_order(ctx, ctx.uow.need(documents.document, returned_line.document_id))


def _replaced_lines(ctx: Context, order_line: Row) -> Iterator[Row]:
    """The lines of decided cases about an order line whose goods are replaced for nothing."""
    for about in ctx.uow.where(tables.case_line, "order_line_id", order_line.id):
        case_line = ctx.uow.need(documents.document_line, about.id)
        case = ctx.uow.need(documents.document, case_line.document_id)
        if case.state in _DECIDED and ctx.uow.need(tables.service_case, case.id).outcome == REPLACED:
            yield case_line


def given_otherwise(ctx: Context, order_line: Row) -> Decimal:
    """How much of what came back of an order line is replaced for nothing, and so not to be credited."""
    return sum((came_for_good(ctx, case_line) for case_line in _replaced_lines(ctx, order_line)), ZERO)


def need_not_given(ctx: Context, case: Row) -> None:
    """Refuse to replace goods of a case for nothing that were credited, replaced before, never shipped or never invoiced.

    Raises:
        Refused: they were.
    """
    own: dict[int, list[Row]] = {}
    for case_line in lines_of(ctx, case).values():
        order_line_id = ctx.uow.need(tables.case_line, case_line.id).order_line_id
        if order_line_id is not None:
            own.setdefault(order_line_id, []).append(case_line)
    for order_line_id, case_lines in sorted(own.items()):
        order_line = ctx.uow.need(documents.document_line, order_line_id, lock=True)
        replaced = [*_replaced_lines(ctx, order_line), *case_lines]
        if all(_replaced_quantity(ctx, row) == 0 for row in case_lines):
            continue
        if _is_credited_beyond(ctx, order_line, replaced):
            credited = _credited_net(ctx, order_line)
            raise Refused("case_goods_credited", field="outcome", number=case.number, credited=credited)
        most = min(_shipped(ctx, order_line), order_line.invoiced_quantity - order_line.credited_quantity)
        if _is_given_beyond(ctx, order_line, replaced):
            raise Refused("case_goods_given", field="outcome", number=case.number, line=order_line.line, most=most)


def _is_credited_beyond(ctx: Context, order_line: Row, replaced: Sequence[Row]) -> bool:
    """Whether goods that are replaced are credited, by quantity or by amount."""
    for_good = sum((came_for_good(ctx, row) for row in replaced), ZERO)
    by_quantity = order_line.credited_quantity > order_line.creditable_quantity - for_good
    return by_quantity or _credited_net(ctx, order_line) > _net_of_the_rest(ctx, order_line, replaced)


def _is_given_beyond(ctx: Context, order_line: Row, replaced: Sequence[Row]) -> bool:
    """Whether more is given for an order line than was shipped of it, or for nothing than was invoiced and not credited."""
    beside = sum((_given_beside(ctx, row) for row in replaced), ZERO)
    invoiced = order_line.invoiced_quantity - order_line.credited_quantity
    return beside > invoiced or beside + replaced_quantity(ctx, order_line) > _shipped(ctx, order_line)


def _given_beside(ctx: Context, case_line: Row) -> Decimal:
    """How much of a line is replaced by an order of the case: what came for good; all of it where nothing came."""
    return came_for_good(ctx, case_line) if came_back(ctx, case_line) else Decimal(case_line.quantity)


def _shipped(ctx: Context, order_line: Row) -> Decimal:
    return sum((row.quantity for row in posted_children(ctx, order_line, DocumentKind.SHIPMENT)), ZERO)


def keep_replaced_from_return(ctx: Context, fact: GoodsReturned) -> None:
    """Look at a return: goods that a case replaces for nothing are not taken in to be shipped again on their own order.

    Raises:
        Refused: they would be.
    """
    document = ctx.uow.need(documents.document, fact.document_id)
    if is_replaced_on_order(ctx, document):
        _need_standing(ctx, sorted({_order_line_of(ctx, row).id for row in lines_of(ctx, document).values()}))


def keep_replaced_invoiced(ctx: Context, fact: DocumentReversed) -> None:
    """Look at an invoice that is taken back: goods that a case replaces for nothing stay invoiced.

    Raises:
        Refused: they would not.
    """
    document = ctx.uow.need(documents.document, fact.reverses_id)
    if document.kind == DocumentKind.CUSTOMER_INVOICE:
        rows = lines_of(ctx, document).values()
        _need_standing(ctx, sorted({row.source_line_id for row in rows if row.source_line_id is not None}))


def _need_standing(ctx: Context, order_line_ids: list[int]) -> None:
    """Refuse what leaves less of order lines than is replaced for nothing.

    Raises:
        Refused: less is left.
    """
    for order_line_id in order_line_ids:
        order_line = ctx.uow.need(documents.document_line, order_line_id, lock=True)
        replaced = list(_replaced_lines(ctx, order_line))
        short = given_otherwise(ctx, order_line) > order_line.creditable_quantity - order_line.credited_quantity
        if replaced and (short or _is_given_beyond(ctx, order_line, replaced)):
            case = ctx.uow.need(documents.document, replaced[0].document_id)
            raise Refused("case_goods_replaced", field="document", number=case.number)


def keep_replaced_from_credit(ctx: Context, fact: CustomerCredited) -> None:
    """Look at a credit note: goods that a case replaces for nothing are not credited, by quantity or by amount.

    Raises:
        Refused: they would be.
    """
    note = ctx.uow.need(documents.document, fact.document_id)
    sources = [ctx.uow.need(documents.document_line, row.source_line_id) for row in lines_of(ctx, note).values()]
    order_lines = {row.source_line_id for row in sources if row.kind == "item" and row.source_line_id is not None}
    for order_line_id in sorted(order_lines):
        order_line = ctx.uow.need(documents.document_line, order_line_id, lock=True)
        replaced = list(_replaced_lines(ctx, order_line))
        if replaced and (_is_credited_beyond(ctx, order_line, replaced) or _is_given_beyond(ctx, order_line, replaced)):
            case = ctx.uow.need(documents.document, replaced[0].document_id)
            raise Refused("case_goods_replaced", field="lines", number=case.number)


def _credited_net(ctx: Context, order_line: Row) -> Decimal:
    invoiced = posted_children(ctx, order_line, DocumentKind.CUSTOMER_INVOICE)
    notes = [row for line in invoiced for row in posted_children(ctx, line, DocumentKind.CREDIT_NOTE)]
    return credited_of([said_of(ctx, _invoiced_in(ctx, invoiced), row) for row in notes]).net


def _invoiced_in(ctx: Context, invoiced: Sequence[Row]) -> DocumentCurrency:
    """The currency of the invoices of an order line, which is that of its order."""
    if not invoiced:
        return home_currency(ctx)
    return currency_of(ctx, ctx.uow.need(documents.document, invoiced[0].document_id))


def _net_of_the_rest(ctx: Context, order_line: Row, replaced: Sequence[Row]) -> Decimal:
    """What was invoiced for the goods of an order line that no case replaces for nothing."""
    invoiced = posted_children(ctx, order_line, DocumentKind.CUSTOMER_INVOICE)
    currency = _invoiced_in(ctx, invoiced)
    net = sum((said_of(ctx, currency, line).net_amount for line in invoiced), ZERO)
    quantity = sum((line.quantity for line in invoiced), ZERO)
    if quantity == 0:
        return ZERO
    given = sum((_replaced_quantity(ctx, row) for row in replaced), ZERO)
    return rounded(net * max(quantity - given, ZERO) / quantity, currency.decimals)


def _replaced_quantity(ctx: Context, case_line: Row) -> Decimal:
    """How much of a line is replaced: what came back and was invoiced or waits on its order; all of it where nothing came."""
    parts = came_back(ctx, case_line)
    if not parts:
        return Decimal(case_line.quantity)
    return sum((p.quantity if _is_part_on_order(ctx, p) else p.creditable_quantity for p in parts), ZERO)
