"""Handler of a recall from a case: what is left of its lots is held, and everybody else who got them has a case of his own.

Where the lots went is the recall question of stock, through every step of production. What is reserved for an order is not held:
the receipt says how much that is. Said twice, nothing is held and nobody is written to twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context, Outcome, handles, within
from app.kernel.documents import lines_of, link
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import lots_of
from app.modules.inventory.recall import OneLot, lot_recall
from app.modules.inventory.status import change_stock_status
from app.modules.inventory.taking import hold_stock
from app.modules.service.cases import find_case, location_code, lot_code, open_service_case
from schemas.commands import service as commands
from schemas.commands import trade
from schemas.operational import documents, inventory, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState, ReturnReason
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import STATUS_AT, LocationKind, StockStatus

RECALL: Final = "recall"
Lot = tuple[str, str | None]


@handles(commands.RecallCaseLots, permission="service.recall.write")
def recall_case_lots(ctx: Context, data: commands.RecallCaseLots) -> Outcome:
    """Hold what is left of the lots of a case and of what was made of them; open a case for each other customer who got them."""
    living = (DocumentState.OPEN, DocumentState.INSPECTED, DocumentState.DECIDED, DocumentState.SETTLED)
    case = find_case(ctx, data.case, *living)
    found = list(_found(ctx, case))
    held, reserved = _hold(ctx, case, found)
    opened = _follow_up(ctx, case, _first_of(ctx, case), found)
    values = {"held": held, "reserved": reserved, "opened": opened}
    return Outcome("receipt.case_recalled", case, values)


def _found(ctx: Context, case: Row) -> Iterator[dict[str, Any]]:
    """Where the lots of a case went, once for each lot that is reached.

    Raises:
        Refused: no line of the case names a lot.
    """
    lots = {(row.item_id, row.lot_id) for row in lines_of(ctx, case).values() if row.lot_id}
    if not lots:
        raise Refused("case_without_lots", number=case.number)
    ctx.uow.write_earlier()
    seen: set[tuple[Any, ...]] = set()
    for item_id, lot_id in sorted(lots):
        item = ctx.uow.need(master_data.item, item_id)
        asked = OneLot(item=item.code, lot=str(lot_code(ctx, lot_id)), direction="forward")
        for row in lot_recall(ctx.uow.connection, asked, ctx.principal):
            names = ("role", "item_code", "lot_code", "document_id", "location_code", "status", "quantity")
            told = tuple(row.get(name) for name in names)
            if told not in seen:
                seen.add(told)
                yield row


def _hold(ctx: Context, case: Row, found: list[dict[str, Any]]) -> tuple[Decimal, Decimal]:
    """Hold what is free of the lots that lie here; returns how much that was and how much of them nobody
    can hold: what is reserved, on the way, or at a supplier's or a customer's place.
    """
    codes = {(row["item_code"], row["lot_code"]) for row in found if row["role"] == "on_hand"}
    items = {code: ctx.uow.one(master_data.item, "code", code) for code in sorted({code for code, _ in codes})}
    hold_stock(ctx, (item.id for item in items.values() if item is not None))
    lines: list[trade.StatusLine] = []
    reserved = ZERO
    for code, item in items.items():
        assert item is not None, code
        wanted = {lot_id: lot.code for lot_id, lot in lots_of(ctx, item).items() if (code, lot.code) in codes}
        for balance in ctx.uow.where(inventory.stock_balance, "item_id", item.id, lock=True):
            usable = balance.status in {StockStatus.AVAILABLE, *STATUS_AT.values()}
            if balance.lot_id not in wanted or not usable:
                continue
            if ctx.uow.need(master_data.location, balance.location_id).kind != LocationKind.STORAGE:
                reserved += balance.quantity
                continue
            reserved += balance.reserved
            if balance.quantity > balance.reserved:
                line = trade.StatusLine(
                    item=code,
                    location=location_code(ctx, balance.location_id),
                    quantity=balance.quantity - balance.reserved,
                    from_status=StockStatus.AVAILABLE,
                    to_status=StockStatus.HOLD,
                    lot=wanted[balance.lot_id],
                    owner=ctx.uow.need(master_data.party, balance.owner_id).code if balance.owner_id else None,
                )
                lines.append(line)
    if lines:
        changed = within(ctx, change_stock_status, trade.ChangeStockStatus(lines=lines)).document
        assert changed is not None
        link(ctx, case, changed, RECALL)
    return sum((line.quantity for line in lines), ZERO), reserved


def _first_of(ctx: Context, case: Row) -> Row:
    """The case that a recall began with: the case itself, or the one that opened it."""
    for row in ctx.uow.where(documents.document_link, "to_id", case.id):
        if row.kind == RECALL:
            return ctx.uow.need(documents.document, row.from_id, lock=True)
    return case


def _follow_up(ctx: Context, case: Row, first: Row, found: list[dict[str, Any]]) -> int:
    """Open a case for each other customer who still has some of the lots, unless he has one of this recall; returns how many."""
    got: dict[str, dict[Lot, Decimal]] = {}
    for row in found:
        if row["role"] == "customer" and row["party_code"]:
            lots = got.setdefault(row["party_code"], {})
            lot = (row["item_code"], row["lot_code"])
            lots[lot] = lots.get(lot, ZERO) + row["quantity"]
    for row in {row["document_id"]: row for row in found if row["role"] == "repaired"}.values():
        lots, lot = got.setdefault(row["party_code"], {}), (row["item_code"], row["lot_code"])
        if row["lot_code"] is None:
            lots[lot] = lots.get(lot, ZERO) + row["piece_quantity"]
        else:
            lots.setdefault(lot, row["piece_quantity"])
    told = {*(ctx.uow.need(master_data.party, known.party_id).code for known in (case, first)), *_told(ctx, first)}
    opened = 0
    for party, lots in sorted(got.items()):
        kept = [(lot, quantity) for lot, quantity in sorted(lots.items(), key=_by_code) if quantity > 0]
        if party in told or not kept:
            continue
        other = open_service_case(
            ctx,
            commands.OpenServiceCase(
                kind="complaint",
                reason=ReturnReason(case.reason_code),
                customer=party,
                priority=case.priority,
                lines=[commands.CaseLine(item=item, lot=lot, quantity=quantity) for (item, lot), quantity in kept],
            ),
        ).document
        assert other is not None
        link(ctx, first, other, RECALL)
        opened += 1
    return opened


def _by_code(entry: tuple[Lot, Decimal]) -> tuple[str, str]:
    (item, lot), _ = entry
    return item, lot or ""


def _told(ctx: Context, case: Row) -> Iterator[str]:
    """The customers who have a case of this recall."""
    for row in ctx.uow.where(documents.document_link, "from_id", case.id):
        other = ctx.uow.need(documents.document, row.to_id)
        if row.kind == RECALL and other.kind == DocumentKind.SERVICE_CASE:
            yield str(ctx.uow.need(master_data.party, other.party_id).code)
