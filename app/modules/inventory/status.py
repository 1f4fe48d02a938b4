"""Handler of quality status: goods are held back from use, or released for it, where they stand. Their value does not change."""

from __future__ import annotations

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, need_by_code, new_document, new_line
from app.kernel.errors import Refused
from app.modules.inventory.lots import existing_lot
from app.modules.inventory.places import own_place
from app.modules.inventory.stock import Movement, move_goods
from schemas.commands import trade as commands
from schemas.operational import master_data
from schemas.vocabulary.documents import DocumentKind, DocumentState


@handles(commands.ChangeStockStatus, permission="inventory.status.write")
def change_stock_status(ctx: Context, data: commands.ChangeStockStatus) -> Outcome:
    """Hold goods back from use, or release what was held; what is reserved is not held."""
    posted_on = data.posted_on or ctx.today
    document = new_document(ctx, DocumentKind.STATUS_CHANGE, DocumentState.POSTED, posted_on=posted_on, note=data.note)
    movements: list[Movement] = []
    for number, line in enumerate(data.lines, start=1):
        item = need_by_code(ctx, master_data.item, line.item, "item", field="lines")
        place = own_place(ctx, line.location)
        if line.from_status == line.to_status:
            raise Refused("status_unchanged", field="to_status", item=item.code, status=line.to_status.value)
        owner = by_code(ctx, master_data.party, line.owner, "party", field="owner")
        lot_id = existing_lot(ctx, item, line.lot)
        row = new_line(
            ctx,
            document,
            number,
            item_id=item.id,
            quantity=line.quantity,
            unit_id=item.unit_id,
            location_id=place.id,
            to_location_id=place.id,
            lot_id=lot_id,
        )
        movements.append(
            Movement(
                item,
                place,
                place,
                line.quantity,
                row,
                lot_id,
                status=line.from_status.value,
                to_status=line.to_status.value,
                owner_id=owner.id if owner is not None else 0,
            )
        )
    move_goods(ctx, document, movements, posted_on)
    return Outcome("receipt.posted", document)
