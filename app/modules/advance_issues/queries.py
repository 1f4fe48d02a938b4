"""Asks for goods that were taken before their receipt was booked: what waits and what it waits for, and what settled what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import OneDocument, Sorted, contains, page_of, rows_of
from app.modules.inventory.taking import may_be_taken_from
from app.modules.inventory.warehouses import places_of
from schemas.operational import documents, inventory, kernel, master_data
from schemas.operational.advance_issues import advance_line, advance_settlement
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ZERO
from schemas.vocabulary.places import StockStatus

_READ: Final = "inventory.read"
_DOCUMENT, _LINE = documents.document, documents.document_line
_TAKING: Final = (DocumentState.RELEASED.value, DocumentState.CONFIRMED.value)
_INNER: Final = ("order_state", "order_line_closed", "order_place_id", "location_id", "expected_state", "expected_open")
_PLACE: Final = master_data.location
_ITEM: Final = master_data.item
_TARGET, _ORDER = _LINE.alias("target"), _DOCUMENT.alias("target_order")
_BRINGS, _EXPECTED = _LINE.alias("brings"), _DOCUMENT.alias("expected")


class OpenAdvances(Sorted):
    """Which open advance issues: all, or those for one purpose."""

    purpose: Literal["production", "sale", "internal_use"] | None = None


@answers(OpenAdvances, permission=_READ, reads_clock=True)
def open_advance_issues(
    connection: Connection, asked: OpenAdvances, _principal: Principal, now: datetime
) -> list[dict[str, Any]]:
    """Lines of goods that were taken before their receipt and wait: since when, by whom, what for, and what keeps them open."""
    query = _open_lines()
    if asked.purpose is not None:
        query = query.where(advance_line.c.purpose == asked.purpose)
    if asked.search:
        pattern = contains(asked.search)
        names = (
            _DOCUMENT.c.number,
            _ITEM.c.code,
            _ITEM.c.search_key,
            _ORDER.c.number,
            _EXPECTED.c.number,
            advance_line.c.department,
        )
        query = query.where(or_(*(name.ilike(pattern, escape="\\") for name in names)))
    rows = page_of(connection, query, asked, _DOCUMENT.c.document_on, _DOCUMENT.c.id, _LINE.c.line)
    shelves = _shelves(connection, {row["item_id"] for row in rows})
    sending = places_of(connection, {row["order_place_id"] for row in rows if row["order_place_id"] is not None})
    sites = {row.id: row.site_id for row in connection.execute(select(_PLACE.c.id, _PLACE.c.site_id))}
    today = now.astimezone(ZoneInfo(connection.execute(select(kernel.company.c.time_zone)).scalar_one())).date()
    for row in rows:
        row["days"] = (today - row["document_on"]).days
        row["blocked_by"] = _blocked_by(row, shelves[row["item_id"]], sites, sending)
        for name in _INNER:
            del row[name]
    return rows


def _open_lines() -> Any:
    """Selects the open advance lines with what they are for and what they are expected with."""
    maker = kernel.user_account
    open_quantity = (_LINE.c.quantity - _LINE.c.fulfilled_quantity - _LINE.c.returned_quantity).label("open_quantity")
    return (
        select(
            _LINE.c.id,
            _DOCUMENT.c.id.label("document_id"),
            _DOCUMENT.c.number,
            _LINE.c.line,
            _DOCUMENT.c.document_on,
            maker.c.name.label("created_by_name"),
            _LINE.c.item_id,
            _ITEM.c.code.label("item_code"),
            _ITEM.c.name.label("item_name"),
            _ITEM.c.name_zh.label("item_name_zh"),
            master_data.unit.c.code.label("unit_code"),
            _LINE.c.quantity,
            _LINE.c.fulfilled_quantity.label("settled_quantity"),
            _LINE.c.returned_quantity,
            open_quantity,
            _LINE.c.location_id,
            _PLACE.c.code.label("location_code"),
            advance_line.c.lot_code,
            advance_line.c.purpose,
            advance_line.c.department,
            _ORDER.c.id.label("order_id"),
            _ORDER.c.number.label("order_number"),
            _ORDER.c.state.label("order_state"),
            _TARGET.c.line.label("order_line"),
            _TARGET.c.closed.label("order_line_closed"),
            _TARGET.c.location_id.label("order_place_id"),
            _EXPECTED.c.id.label("expected_id"),
            _EXPECTED.c.number.label("expected_number"),
            _EXPECTED.c.state.label("expected_state"),
            func.coalesce(
                _BRINGS.c.quantity - _BRINGS.c.fulfilled_quantity,
                _EXPECTED.c.quantity - _EXPECTED.c.fulfilled_quantity,
            ).label("expected_open"),
            func.coalesce(_BRINGS.c.promised_on, _BRINGS.c.due_on, _EXPECTED.c.due_on).label("expected_on"),
            _DOCUMENT.c.note,
        )
        .select_from(advance_line)
        .join(_LINE, _LINE.c.id == advance_line.c.document_line_id)
        .join(_DOCUMENT, _DOCUMENT.c.id == _LINE.c.document_id)
        .join(_ITEM, _ITEM.c.id == _LINE.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == _ITEM.c.unit_id)
        .join(_PLACE, _PLACE.c.id == _LINE.c.location_id)
        .outerjoin(maker, maker.c.id == _DOCUMENT.c.created_by)
        .outerjoin(_TARGET, _TARGET.c.id == advance_line.c.target_line_id)
        .outerjoin(_ORDER, _ORDER.c.id == _TARGET.c.document_id)
        .outerjoin(_BRINGS, _BRINGS.c.id == advance_line.c.expected_line_id)
        .outerjoin(_EXPECTED, _EXPECTED.c.id == func.coalesce(_BRINGS.c.document_id, advance_line.c.expected_order_id))
        .where(_DOCUMENT.c.state == DocumentState.OPEN.value, open_quantity > ZERO)
    )


@dataclass(frozen=True)
class _Shelf:
    """Goods of an item in a place: how much nobody has reserved, of which lot, and whether they may be taken."""

    place_id: int
    lot_code: str | None
    free: Decimal
    usable: bool


def _shelves(connection: Connection, item_ids: Iterable[int]) -> Mapping[int, list[_Shelf]]:
    balance, lot = inventory.stock_balance.c, inventory.lot.c
    query = (
        select(
            balance.item_id,
            balance.location_id,
            balance.quantity,
            balance.reserved,
            balance.status,
            lot.code.label("lot_code"),
            _PLACE.c.kind,
            _PLACE.c.blocked,
            _PLACE.c.receiving,
        )
        .join(_PLACE, _PLACE.c.id == balance.location_id)
        .outerjoin(inventory.lot, lot.id == balance.lot_id)
        .where(balance.item_id.in_(sorted(item_ids)), balance.owner_id == 0, balance.quantity > ZERO)
    )
    found: dict[int, list[_Shelf]] = defaultdict(list)
    for row in connection.execute(query):
        usable = row.status == StockStatus.AVAILABLE and may_be_taken_from(row)
        found[row.item_id].append(_Shelf(row.location_id, row.lot_code, row.quantity - row.reserved, usable))
    return found


def _blocked_by(
    row: Mapping[str, Any],
    shelves: Iterable[_Shelf],
    sites: Mapping[int, int | None],
    sending: Mapping[int, frozenset[int]],
) -> str:
    """What keeps an advance line from being settled now; `nothing` where free goods stand in its place."""
    if row["order_id"] is not None and (row["order_state"] not in _TAKING or row["order_line_closed"]):
        return "order_ended"
    own_site = sites[row["location_id"]]
    near = [s for s in shelves if own_site is None or sites[s.place_id] in (None, own_site)]
    if row["order_place_id"] is not None:
        near = [s for s in near if s.place_id in sending[row["order_place_id"]]]
    of_lot = [s for s in near if row["lot_code"] in (None, s.lot_code)]
    free = [s for s in of_lot if s.usable and s.free > 0]
    if any(s.place_id == row["location_id"] for s in free):
        return "nothing"
    comes = row["expected_state"] in _TAKING and row["expected_open"] > 0
    if comes or not near:
        return "expectation_ended" if row["expected_state"] is not None and not comes else "receipt_missing"
    if not of_lot:
        return "other_lot"
    if free:
        return "goods_elsewhere"
    return "goods_reserved" if any(s.usable for s in of_lot) else "goods_blocked"


@answers(OneDocument, permission=_READ)
def advance_settlements(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What was settled, by an advance issue, a receipt, the issue that it became, or an order; not what was taken back."""
    taken, issued, received = _LINE.alias("taken"), _LINE.alias("issued"), _LINE.alias("received")
    advance, issue, receipt = _DOCUMENT.alias("advance"), _DOCUMENT.alias("issue"), _DOCUMENT.alias("receipt")
    target, item = _LINE.alias("target"), master_data.item
    query = (
        select(
            advance.c.id.label("advance_id"),
            advance.c.number.label("advance_number"),
            advance.c.document_on.label("taken_on"),
            advance_line.c.purpose,
            advance_line.c.department,
            issue.c.id.label("issue_id"),
            issue.c.number.label("issue_number"),
            issue.c.kind.label("issue_kind"),
            issue.c.posted_on,
            receipt.c.id.label("receipt_id"),
            receipt.c.number.label("receipt_number"),
            item.c.id.label("item_id"),
            item.c.code.label("item_code"),
            item.c.name.label("item_name"),
            item.c.name_zh.label("item_name_zh"),
            master_data.unit.c.code.label("unit_code"),
            advance_settlement.c.quantity,
        )
        .join(taken, taken.c.id == advance_settlement.c.advance_line_id)
        .join(advance, advance.c.id == taken.c.document_id)
        .join(advance_line, advance_line.c.document_line_id == taken.c.id)
        .join(issued, issued.c.id == advance_settlement.c.issue_line_id)
        .join(issue, issue.c.id == issued.c.document_id)
        .join(item, item.c.id == taken.c.item_id)
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .outerjoin(received, received.c.id == advance_settlement.c.receipt_line_id)
        .outerjoin(receipt, receipt.c.id == received.c.document_id)
        .outerjoin(target, target.c.id == advance_line.c.target_line_id)
        .where(
            issue.c.state == DocumentState.POSTED.value,
            advance_settlement.c.quantity > ZERO,
            or_(*(side.c.document_id == asked.document for side in (taken, issued, received, target))),
        )
        .order_by(advance_settlement.c.id)
    )
    return rows_of(connection, query)


@answers(OneDocument, permission=_READ)
def advance_issue_lines(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """The lines of an advance issue: what was taken from where for which line, what it is expected with, and what became of it."""
    query = (
        select(
            _LINE.c.line,
            _ORDER.c.id.label("order_id"),
            _ORDER.c.number.label("order_number"),
            _TARGET.c.line.label("order_line"),
            advance_line.c.department,
            _EXPECTED.c.id.label("expected_id"),
            _EXPECTED.c.number.label("expected_number"),
            _BRINGS.c.line.label("expected_line"),
            advance_line.c.lot_code,
            _LINE.c.quantity,
            _LINE.c.fulfilled_quantity.label("settled_quantity"),
            _LINE.c.returned_quantity,
            (_LINE.c.quantity - _LINE.c.fulfilled_quantity - _LINE.c.returned_quantity).label("open_quantity"),
        )
        .select_from(advance_line)
        .join(_LINE, _LINE.c.id == advance_line.c.document_line_id)
        .join(_DOCUMENT, _DOCUMENT.c.id == _LINE.c.document_id)
        .outerjoin(_TARGET, _TARGET.c.id == advance_line.c.target_line_id)
        .outerjoin(_ORDER, _ORDER.c.id == _TARGET.c.document_id)
        .outerjoin(_BRINGS, _BRINGS.c.id == advance_line.c.expected_line_id)
        .outerjoin(_EXPECTED, _EXPECTED.c.id == func.coalesce(_BRINGS.c.document_id, advance_line.c.expected_order_id))
        .where(_LINE.c.document_id == asked.document, _DOCUMENT.c.kind == DocumentKind.ADVANCE_ISSUE.value)
        .order_by(_LINE.c.line)
    )
    return rows_of(connection, query)


QUERIES: Final[tuple[Query, ...]] = (open_advance_issues, advance_settlements, advance_issue_lines)
