"""What a production order is made for, and where: the line of a sales order, and the plant and line that it was routed to.

What a person names goes before what the order line was routed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from app.kernel.access import Principal
from app.kernel.bus import Context, Query, answers
from app.kernel.document_queries import OneDocument, may_read, rows_of
from app.kernel.documents import by_code, find_document, lines_of, link, need_line, need_state
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.commands.production import CreateProductionOrder
from schemas.operational import documents, master_data
from schemas.operational import order_routing as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState

_LINK: Final = "make"


@dataclass(frozen=True)
class Origin:
    """What a production order is made for and where; None is not said."""

    sales_order: Row | None
    line: Row | None
    site_id: int | None
    work_center_id: int | None


def origin_of(ctx: Context, data: CreateProductionOrder, item: Row) -> Origin:
    """What a production order is to be made for, with the plant and the production line by default of that line's routing.

    Raises:
        Refused: the order is not confirmed, has no such line or one of another item, or a line belongs to another plant.
    """
    order = line = routing = None
    if data.for_order is not None:
        order = find_document(ctx, data.for_order, DocumentKind.SALES_ORDER)
        need_state(order, DocumentState.CONFIRMED)
        line = need_line(order, lines_of(ctx, order), data.for_line or 1)
        if line.item_id != item.id:
            raise Refused("made_for_other_item", field="for_line", number=order.number, line=line.line, item=item.code)
        rows = ctx.uow.where(tables.order_line_routing, "order_line_id", line.id)
        routing = max(rows, key=lambda row: row.routing_number, default=None)
    plant = by_code(ctx, master_data.site, data.plant, "site", field="plant")
    center = by_code(ctx, master_data.work_center, data.production_line, "work_center", field="production_line")
    site_id = plant.id if plant is not None else routing.site_id if routing is not None else None
    if center is None and routing is not None and routing.work_center_id is not None and plant is None:
        center = ctx.uow.need(master_data.work_center, routing.work_center_id)
    if center is not None and None not in {center.site_id, site_id} and center.site_id != site_id:
        site = ctx.uow.need(master_data.site, site_id)
        raise Refused("line_of_another_plant", field="production_line", code=center.code, plant=site.code)
    if site_id is None and center is not None:
        site_id = center.site_id
    return Origin(order, line, site_id, center.id if center is not None else None)


def keep_origin(ctx: Context, order: Row, origin: Origin) -> None:
    """Keep what a production order is made for, and link it to its sales order."""
    if origin.sales_order is not None:
        link(ctx, origin.sales_order, order, _LINK)
    if origin.line is not None or origin.work_center_id is not None:
        ctx.uow.insert(
            tables.made_for_order,
            production_order_id=order.id,
            order_line_id=origin.line.id if origin.line is not None else None,
            work_center_id=origin.work_center_id,
        )


@answers(OneDocument, permission="production.read")
def production_origin(connection: Connection, asked: OneDocument, principal: Principal) -> list[dict[str, Any]]:
    """The plant and the production line of a production order, and the order line that it is made for; none where nothing is said.

    Who may not read sales orders is told where it is made, not for whom.
    """
    table, line, order = tables.made_for_order, documents.document_line, documents.document.alias("sales_order")
    made, party = documents.document, master_data.party
    query = (
        select(
            master_data.site.c.code.label("plant"),
            master_data.work_center.c.code.label("production_line"),
            order.c.id.label("order_id"),
            order.c.number.label("order_number"),
            line.c.line,
            party.c.name.label("party_name"),
        )
        .select_from(made)
        .outerjoin(table, table.c.production_order_id == made.c.id)
        .outerjoin(master_data.site, master_data.site.c.id == made.c.site_id)
        .outerjoin(master_data.work_center, master_data.work_center.c.id == table.c.work_center_id)
        .outerjoin(line, line.c.id == table.c.order_line_id)
        .outerjoin(order, order.c.id == line.c.document_id)
        .outerjoin(party, party.c.id == order.c.party_id)
        .where(made.c.id == asked.document, made.c.kind == DocumentKind.PRODUCTION_ORDER.value)
    )
    rows = [row for row in rows_of(connection, query) if any(value is not None for value in row.values())]
    if may_read(principal, DocumentKind.SALES_ORDER.value):
        return rows
    return [{**row, **dict.fromkeys(("order_id", "order_number", "line", "party_name"))} for row in rows]


QUERIES: Final[tuple[Query, ...]] = (production_origin,)
