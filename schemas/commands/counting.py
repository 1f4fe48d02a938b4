"""Commands of counting: the classes, the sheet, what was found, and what is done about the differences."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import AmountOrZero, Code, Command, Day, DocumentRef, Note, QuantityOrZero, UnitPrice
from schemas.commands.trade import LineNumber
from schemas.vocabulary.places import CountReason, StockStatus

_Share = Annotated[Decimal, Field(gt=0, le=1, decimal_places=8, allow_inf_nan=False)]
_Rate = Annotated[Decimal, Field(ge=0, le=100, decimal_places=8, allow_inf_nan=False)]


class PutCountClass(Command):
    """How a class of items is counted.

    The classes are filled in the order of their codes, by what the items' issues of the last year were worth: `usage_share` is the
    part of the whole that a class and those before it hold. A difference beyond `recount_rate` of the books is counted again; one
    beyond `approval_rate`, or worth more than `approval_value`, waits for approval.
    """

    code: Code
    usage_share: _Share
    days_between: Annotated[int, Field(ge=1, le=3660)]
    recount_rate: _Rate
    approval_rate: _Rate
    approval_value: AmountOrZero


class CreateCountSheet(Command):
    """Make a sheet of what is to be counted in a place and all places within it: what is due, or everything that lies there."""

    location: Code
    due_only: bool = True
    items: Annotated[list[Code], Field(max_length=1000)] = []
    note: Note | None = None


class FoundLine(Command):
    """What was found of an item in a place; without an owner it is ours."""

    location: Code
    item: Code
    quantity: QuantityOrZero
    lot: Code | None = None
    owner: Code | None = None
    status: StockStatus = StockStatus.AVAILABLE


class EnterCount(Command):
    """Enter what was found; what is on the sheet and was found nowhere is entered with nothing."""

    sheet: DocumentRef
    lines: Annotated[list[FoundLine], Field(min_length=1, max_length=5000)]


class FinishCount(Command):
    """Say that a sheet is counted: it is booked, or waits for approval of its differences."""

    sheet: DocumentRef
    posted_on: Day | None = None


class ReasonLine(Command):
    """Why a line of a sheet differs, and what a piece is worth where the books know no cost."""

    line: LineNumber
    reason: CountReason
    unit_cost: UnitPrice | None = None


class DecideCount(Command):
    """Approve the differences of a sheet with their reasons, or have lines counted again."""

    sheet: DocumentRef
    decision: Literal["approve", "recount"] = "approve"
    posted_on: Day | None = None
    reason: CountReason | None = None
    reasons: Annotated[list[ReasonLine], Field(max_length=5000)] = []


class CancelCountSheet(Command):
    """Give up a sheet; nothing of it is booked."""

    sheet: DocumentRef
