"""Serial numbers: a piece of an item that is tracked by them is a lot of which never more than one is in stock.

Whoever brings pieces in, or takes them out, names them; a line of several becomes a line each, so that everything that
knows lots (balances, reservations, picking, counts, recalls, paper) knows pieces. The warranty of a piece begins on the day on
which it is delivered, and is kept with the line of that shipment.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, Protocol, Self, TypeVar

from app.kernel.bus import Context
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from schemas.operational import inventory as tables
from schemas.operational import master_data
from schemas.vocabulary.numbers import ONE, ZERO, rounded

MOST: Final = 5000
LONGEST: Final = 64
_RANGE: Final = re.compile(r"(?P<prefix>.*?)(?P<first>[0-9]+)\.\.(?P<repeated>.*?)(?P<last>[0-9]+)", re.ASCII)


class NamesPieces(Protocol):
    """A line of a command that may name its pieces."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def lot(self) -> str | None: ...
    @property
    def serials(self) -> list[str]: ...
    def model_copy(self, *, update: dict[str, Any]) -> Self: ...


Line = TypeVar("Line", bound=NamesPieces)


def expanded(entries: Iterable[str]) -> list[str]:
    """Every serial number of a list that may hold ranges, in its order.

    Args:
        entries: a number each, or two numbers of one shape with two dots between them.

    Raises:
        Refused: a range runs backwards or its ends differ in more than their last digits, a number is named twice, one is too
            long, or there are too many.

    >>> expanded(["B7", "A-098..A-101"])
    ['B7', 'A-098', 'A-099', 'A-100', 'A-101']
    """
    found: list[str] = []
    for entry in entries:
        if ".." not in entry:
            found.append(entry)
        else:
            found += _range(entry, room=MOST - len(found))
        if len(found) > MOST:
            raise Refused("serials_too_many", field="serials", most=MOST)
    twice = next((serial for serial, times in Counter(found).items() if times > 1), None)
    if twice is not None:
        raise Refused("serial_twice", field="serials", serial=twice)
    long = next((serial for serial in found if len(serial) > LONGEST), None)
    if long is not None:
        raise Refused("serial_too_long", field="serials", serial=long, most=LONGEST)
    return found


def _range(entry: str, *, room: int) -> list[str]:
    ends = _RANGE.fullmatch(entry)
    if ends is None or ends["repeated"] not in {"", ends["prefix"]} or len(ends["first"]) > len(ends["last"]):
        raise Refused("serial_range", field="serials", range=entry)
    first, last, width = int(ends["first"]), int(ends["last"]), len(ends["first"])
    if last < first or (len(ends["last"]) > width and ends["last"].startswith("0")):
        raise Refused("serial_range", field="serials", range=entry)
    if last - first >= room:
        raise Refused("serials_too_many", field="serials", most=MOST)
    return [f"{ends['prefix']}{number:0{width}d}" for number in range(first, last + 1)]


def pieces(item: Row, line: Line) -> list[Line]:
    """A line as it is; where its item is tracked by serial numbers, a line for each piece.

    Args:
        item: what the line is about.
        line: a quantity with its serial numbers; the lot of a single piece is its serial number.

    Raises:
        Refused: pieces are not named one by one, or numbers are given for an item without.
    """
    if not item.serial_tracked:
        if line.serials:
            raise Refused("serials_not_used", field="serials", item=item.code)
        return [line]
    if line.quantity == 0 and not line.serials:
        return [line]
    serials = expanded(line.serials) or ([line.lot] if line.lot is not None else [])
    if len(serials) != line.quantity or (line.serials and line.lot is not None):
        raise Refused("serial_count", field="serials", item=item.code, quantity=line.quantity, count=len(serials))
    return [line.model_copy(update={"quantity": ONE, "lot": serial, "serials": []}) for serial in serials]


def lines_of_pieces(
    ctx: Context, item: Row, quantity: Decimal, named: Iterable[str], left: Sequence[tuple[Row, Decimal]]
) -> list[tuple[Row, Decimal]]:
    """Which lines of an earlier document are meant, each with how much of it is left: those of the pieces that are named.

    Args:
        ctx: the running command.
        item: what the lines are about.
        quantity: how much of it is meant.
        named: serial numbers and ranges of them; none where all that is left is meant.
        left: the lines that can be meant, a piece each where there are serial numbers.

    Returns:
        `left` as it is where the item has no serial numbers or all of it is meant, else the lines of the pieces in their order.

    Raises:
        Refused: pieces are not named one by one, one is not among the lines, or numbers are given for an item without.
    """
    serials = expanded(named)
    if not item.serial_tracked:
        if serials:
            raise Refused("serials_not_used", field="serials", item=item.code)
        return list(left)
    whole = not serials and quantity == sum((rest for _, rest in left), ZERO)
    if len(serials) != quantity and not whole:
        raise Refused("serial_count", field="serials", item=item.code, quantity=quantity, count=len(serials))
    by_serial = {ctx.uow.need(tables.lot, row.lot_id).code: (row, rest) for row, rest in left}
    for serial in serials:
        if serial not in by_serial:
            raise Refused("serial_not_left", field="serials", item=item.code, serial=serial)
    return [by_serial[serial] for serial in serials] if serials else list(left)


def all_pieces(lines: Iterable[tuple[Row, Line]]) -> Iterator[tuple[Row, Line]]:
    """The lines of one command with their items, each as it is or as a line for each piece.

    Raises:
        Refused: all lines together have more pieces than one command takes; nothing was counted out before that is known.
    """
    found = list(lines)
    refuse_too_many(found)
    return ((item, piece) for item, line in found for piece in pieces(item, line))


def all_pieces_of_layers(
    lines: Sequence[tuple[Row, Line]], layers: Sequence[int | None]
) -> Iterator[tuple[Row, Line, int | None]]:
    """The same with the receipt line whose layer each is known to be of; without layers none is known.

    Raises:
        Refused: all lines together have more pieces than one command takes.
    """
    refuse_too_many(lines)
    known = zip(lines, layers or [None] * len(lines), strict=True)
    return ((item, piece, layer) for (item, line), layer in known for piece in pieces(item, line))


def refuse_too_many(lines: Iterable[tuple[Row, NamesPieces]]) -> None:
    """Refuse more pieces in one command than it takes, before they are counted out.

    Raises:
        Refused: all lines together have more.
    """
    if sum((line.quantity for item, line in lines if item.serial_tracked), ZERO) > MOST:
        raise Refused("serials_too_many", field="serials", most=MOST)


def refuse_unlike_pieces(item: Row, quantity: Decimal, lot_id: int) -> None:
    """Refuse to move a piece with a serial number together with others, or without its number.

    Raises:
        Refused: it is so moved.
    """
    if item.serial_tracked and (quantity != 1 or not lot_id):
        raise Refused("serial_one_piece", field="lines", item=item.code, quantity=quantity)


def refuse_twice_in_stock(ctx: Context, moved: Iterable[tuple[Row, int]]) -> None:
    """Refuse that a serial number stands in stock twice, after goods were moved, with their balances and then their values locked.

    Whoever brings a piece into stock has locked the value of its item, so what another brought in before is there to be read.

    Args:
        ctx: the running command.
        moved: items and lots that were moved.

    Raises:
        Refused: it does.
    """
    wanted: dict[int, set[int]] = {}
    for item, lot_id in moved:
        if item.serial_tracked:
            wanted.setdefault(item.id, set()).add(lot_id)
    for item_id, lots in wanted.items():
        held: dict[int, list[Row]] = {}
        for row in ctx.uow.by_now(tables.stock_balance, "item_id", item_id):
            if row.lot_id in lots and row.quantity > 0:
                held.setdefault(row.lot_id, []).append(row)
        for lot_id, rows in held.items():
            if sum((row.quantity for row in rows), ZERO) > 1:
                raise Refused(
                    "serial_in_stock",
                    field="serials",
                    item=ctx.uow.need(master_data.item, item_id).code,
                    serial=ctx.uow.need(tables.lot, lot_id).code,
                    location=ctx.uow.need(master_data.location, min(rows, key=lambda row: row.id).location_id).code,
                )


def shares(value: Decimal, count: int, decimals: int) -> list[Decimal]:
    """Split a value over pieces by its running sum, so that they come to it exactly.

    >>> shares(Decimal("10.00"), 3, 2)
    [Decimal('3.33'), Decimal('3.34'), Decimal('3.33')]
    """
    reached = [rounded(value * number / count, decimals) for number in range(count + 1)]
    return [after - before for before, after in pairwise(reached)]


def begin_warranty(ctx: Context, item: Row, shipment_line: Row, begins_on: date) -> None:
    """Keep until when a delivered piece is under warranty, by what its item says today."""
    if item.serial_tracked and item.warranty_months is not None:
        ctx.uow.insert(
            tables.serial_warranty,
            document_line_id=shipment_line.id,
            lot_id=shipment_line.lot_id,
            begins_on=begins_on,
            ends_on=months_after(begins_on, item.warranty_months),
        )


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last of a month that is too short.

    >>> months_after(date(2026, 11, 30), 3), months_after(date(2026, 6, 15), 24)
    (datetime.date(2027, 2, 28), datetime.date(2028, 6, 15))
    """
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
