"""What a receiver counted against what was ordered, announced and stated: the limits, the record of the difference, the claims.

The limits are those of `master_data/buying_policy.py`. Where the count is blind no answer names what was ordered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from app.kernel.bus import Context
from app.kernel.documents import lines_of
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.lots import lot_by_code
from app.modules.master_data.buying_policy import BuyingPolicy, policy_of
from app.modules.purchasing.claims import Fault, open_claim
from app.modules.purchasing.promises import say_next_days, take_promised
from schemas.commands.trade import ReceiptLine
from schemas.operational import documents
from schemas.operational import purchasing as tables
from schemas.vocabulary.documents import DocumentKind
from schemas.vocabulary.numbers import ZERO


@dataclass
class Counted:
    """What was found of one order line, over all lines of the receipt.

    Attributes:
        order_line: the line of the order.
        open_before: what was open on it before this receipt, stocking unit.
        policy: the limits that hold for it.
        lines: the lines of the receipt that name it, none where it was announced and did not come.
        announced: what the delivery notice said; None where the receipt is not made from one.
    """

    order_line: Row
    open_before: Decimal
    policy: BuyingPolicy
    lines: list[ReceiptLine] = field(default_factory=list)
    announced: Decimal | None = None

    def sum(self, name: str) -> Decimal:
        """Add up a quantity of the receipt's lines."""
        return sum((getattr(line, name) for line in self.lines), ZERO)

    @property
    def stated(self) -> Decimal | None:
        """What the delivery note says, else what was announced; None where nobody said."""
        said = [line.stated_quantity for line in self.lines if line.stated_quantity is not None]
        return sum(said, ZERO) if said else self.announced

    @property
    def short(self) -> Decimal:
        """What was stated and did not arrive."""
        if self.stated is None:
            return ZERO
        arrived = self.sum("quantity") + self.sum("damaged_quantity") + self.sum("wrong_quantity")
        return max(self.stated - arrived, ZERO)

    @property
    def tells_something(self) -> bool:
        """Whether there is more to keep than that goods of an order arrived."""
        spoiled = self.sum("damaged_quantity") + self.sum("wrong_quantity") + self.sum("over_quantity")
        return bool(self.policy.blind_count) or self.stated is not None or spoiled > 0 or self.is_over

    @property
    def is_over(self) -> bool:
        """Whether more was taken than was open."""
        return self.sum("quantity") > self.open_before


def announced_lines(ctx: Context, notice: Row, order_lines: Mapping[int, Row]) -> list[ReceiptLine]:
    """The lines of a delivery notice as lines of a receipt, each naming the line of the order."""
    numbers = {row.id: number for number, row in order_lines.items()}
    lines = []
    for row in lines_of(ctx, notice).values():
        said = ctx.uow.where(tables.notice_line, "document_line_id", row.id)[0]
        lines.append(
            ReceiptLine(
                line=numbers[row.source_line_id],
                quantity=row.quantity,
                lot=said.lot_code,
                expires_on=said.expires_on,
            )
        )
    return lines


def count(ctx: Context, order: Row, order_lines: Mapping[int, Row], lines: Sequence[ReceiptLine]) -> dict[int, Counted]:
    """Gather what was found by line of the order, before anything is booked.

    Raises:
        Refused: a line has nothing on it.
    """
    found: dict[int, Counted] = {}
    for line in lines:
        row = order_lines[line.line]
        if line.quantity + line.damaged_quantity + line.wrong_quantity + line.over_quantity == 0:
            raise Refused("nothing_counted", field="quantity", number=order.number, line=line.line)
        if line.line not in found:
            found[line.line] = counted_line(ctx, order, row)
        found[line.line].lines.append(line)
    return found


def counted_line(ctx: Context, order: Row, order_line: Row) -> Counted:
    """A line of the order of which nothing is counted yet."""
    open_quantity = max(order_line.quantity - order_line.fulfilled_quantity, ZERO)
    return Counted(order_line, open_quantity, policy_of(ctx, order.party_id, order_line.item_id))


def refuse_beyond_limit(item: Row, order_line: Row, quantity: Decimal, policy: BuyingPolicy) -> None:
    """Refuse to take more of an order line than its tolerance allows.

    Raises:
        Refused: it is more; the answer names what is open unless the receiver counts blind.
    """
    left = policy.most_receivable(order_line.quantity) - order_line.fulfilled_quantity
    if quantity <= left and not order_line.closed:
        return
    if policy.blind_count:
        raise Refused("more_than_taken", field="quantity", item=item.code, quantity=quantity)
    open_quantity = ZERO if order_line.closed else max(left, ZERO)
    raise Refused("more_than_ordered", field="quantity", item=item.code, quantity=quantity, open=open_quantity)


def refuse_bad_life(ctx: Context, item: Row, line: ReceiptLine, received_on: date, policy: BuyingPolicy) -> None:
    """Refuse goods that have expired, do not last long enough, or state another expiry than their lot has.

    Raises:
        Refused: one of these.
    """
    known = lot_by_code(ctx, item, line.lot) if item.lot_tracked and line.lot is not None else None
    expires_on = line.expires_on
    if known is not None and known.expires_on is not None:
        if expires_on is not None and expires_on != known.expires_on:
            raise Refused("lot_expiry_differs", field="expires_on", lot=known.code, expires_on=known.expires_on)
        expires_on = known.expires_on
    elif expires_on is None and item.lot_tracked and item.shelf_life_days is not None:
        expires_on = received_on + timedelta(days=item.shelf_life_days)
    if expires_on is None:
        return
    if expires_on <= received_on:
        raise Refused("goods_expired", field="expires_on", item=item.code, expires_on=expires_on)
    least = policy.min_remaining_days or 0
    if (expires_on - received_on).days < least:
        raise Refused(
            "life_too_short", field="expires_on", item=item.code, days=(expires_on - received_on).days, least=least
        )


def record_count(ctx: Context, receipt: Row, counted: Sequence[Counted], *, from_notice: bool) -> int:
    """Keep what differs, claim what is wrong, and take what arrived from the promises; return how many lines differ.

    Args:
        ctx: the running command.
        receipt: the receipt.
        counted: what was found, by order line.
        from_notice: whether the receipt is made from a notice, which took its goods from the promises already.
    """
    faults: list[Fault] = []
    differing = 0
    for found in counted:
        received = found.sum("quantity")
        promised = ZERO if from_notice else take_promised(ctx, found.order_line, received)
        if found.tells_something or promised > 0:
            _keep(ctx, receipt, found, promised)
        own = _faults(found)
        faults += own
        differing += bool(own) or found.is_over
    say_next_days(ctx, [found.order_line for found in counted])
    if faults:
        open_claim(ctx, receipt, faults, receipt.posted_on, external_number=receipt.external_number)
    return differing


def _keep(ctx: Context, receipt: Row, found: Counted, promised: Decimal) -> None:
    ctx.uow.insert(
        tables.receipt_check,
        document_id=receipt.id,
        order_line_id=found.order_line.id,
        open_quantity=found.open_before,
        stated_quantity=found.stated,
        received_quantity=found.sum("quantity"),
        damaged_quantity=found.sum("damaged_quantity"),
        wrong_quantity=found.sum("wrong_quantity"),
        over_quantity=found.sum("over_quantity"),
        promised_quantity=promised,
        blind=bool(found.policy.blind_count),
    )


def _faults(found: Counted) -> list[Fault]:
    faults = []
    remedy = found.lines[0].remedy if found.lines else "replacement"
    for reason in ("damaged", "wrong", "over"):
        quantity = found.sum(f"{reason}_quantity")
        if quantity > 0:
            faults.append(Fault(found.order_line, quantity, reason, "none" if reason == "over" else remedy))
    if found.short > 0:
        faults.append(Fault(found.order_line, found.short, "short", remedy))
    return faults


def notice_behind(ctx: Context, receipt: Row) -> Row | None:
    """Lock and return the delivery notice that a receipt was made from; None where it was made from the order."""
    for row in ctx.uow.where(documents.document_link, "to_id", receipt.id):
        if row.kind == "delivery":
            return ctx.uow.need(documents.document, row.from_id, lock=True)
    return None


def order_of(ctx: Context, document: Row) -> tuple[Row, Row | None]:
    """The order that goods are received on, and the notice where it is named by one."""
    if document.kind != DocumentKind.DELIVERY_NOTICE:
        return document, None
    origin = next(row for row in ctx.uow.where(documents.document_link, "to_id", document.id) if row.kind == "notice")
    return ctx.uow.need(documents.document, origin.from_id, lock=True), document


def add_missing(
    ctx: Context, order: Row, order_lines: Mapping[int, Row], notice: Row, counted: dict[int, Counted]
) -> None:
    """Put what a notice announced beside what was found, lines that did not come at all among them."""
    for line in announced_lines(ctx, notice, order_lines):
        if line.line not in counted:
            counted[line.line] = counted_line(ctx, order, order_lines[line.line])
        found = counted[line.line]
        found.announced = (found.announced or ZERO) + line.quantity


def is_blind(ctx: Context, order: Row, order_lines: Mapping[int, Row]) -> bool:
    """Say whether some line of an order is counted blind."""
    return any(policy_of(ctx, order.party_id, row.item_id).blind_count for row in order_lines.values())
