"""Handler of scrap: goods leave stock for good, at the value they are carried at, to the account of scrap."""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import add_totals, need_by_code, new_document, new_line
from app.modules.inventory.lots import existing_lot
from app.modules.inventory.places import location_of_kind, own_place
from app.modules.inventory.stock import Movement, inventory_role, move_goods
from schemas.commands import trade as commands
from schemas.facts import FactLine, GoodsScrapped
from schemas.operational import documents, master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import LocationKind


@handles(commands.ScrapStock, permission="inventory.scrap.write")
def scrap_stock(ctx: Context, data: commands.ScrapStock) -> Outcome:
    """Scrap goods where they stand; what is reserved is not scrapped."""
    posted_on = data.posted_on or ctx.today
    document = new_document(
        ctx,
        DocumentKind.STOCK_SCRAP,
        DocumentState.POSTED,
        posted_on=posted_on,
        reason_code=data.reason.value,
        note=data.note,
    )
    scrapped = location_of_kind(ctx, LocationKind.SCRAP)
    movements: list[Movement] = []
    for number, line in enumerate(data.lines, start=1):
        item = need_by_code(ctx, master_data.item, line.item, "item", field="lines")
        place = own_place(ctx, line.location)
        lot_id = existing_lot(ctx, item, line.lot)
        row = new_line(
            ctx,
            document,
            number,
            item_id=item.id,
            quantity=line.quantity,
            unit_id=item.unit_id,
            location_id=place.id,
            lot_id=lot_id,
        )
        movements.append(Movement(item, place, scrapped, line.quantity, row, lot_id, status=line.from_status.value))
    facts = []
    for move, movement in zip(move_goods(ctx, document, movements, posted_on), movements, strict=True):
        assert movement.line is not None
        ctx.uow.update(documents.document_line, movement.line, stock_value=move.value)
        facts.append(FactLine({"cost": -move.value}, {"inventory": inventory_role(ctx, movement.item)}))
    add_totals(ctx, document, sum((fact.amounts["cost"] for fact in facts), ZERO), ZERO)
    ctx.emit(GoodsScrapped(document.id, posted_on, tuple(facts)))
    return Outcome("receipt.posted", document)
