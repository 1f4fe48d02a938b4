"""Commands for goods that are taken before their receipt is booked, and for what becomes of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.commands.base import Code, Command, Day, DocumentRef, Name, Note, Quantity
from schemas.commands.serials import Serials
from schemas.vocabulary.documents import AdvancePurpose, AdvanceReturnReason


class AdvanceLine(Command):
    """Goods that stand in a place of ours though the books do not have them there.

    `line` is the line of the order that they are for, and `expected_line` the line of the purchase order that they came on; without
    a number it is the first open one of the item.
    """

    item: Code
    quantity: Quantity
    location: Code
    line: Annotated[int, Field(ge=1, le=100_000)] | None = None
    expected_line: Annotated[int, Field(ge=1, le=100_000)] | None = None
    lot: Code | None = None
    serials: Serials = []


class IssueBeforeReceipt(Command):
    """Take goods whose receipt is not booked, for an `order` (released for production, or a confirmed sale) or a department.

    `expected` is the purchase order or production order that brings them, where it is known; its receipt alone settles them then.
    Nothing is posted until they are settled.
    """

    purpose: AdvancePurpose
    order: DocumentRef | None = None
    department: Name | None = None
    expected: DocumentRef | None = None
    document_on: Day | None = None
    note: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    lines: Annotated[list[AdvanceLine], Field(min_length=1, max_length=1000)]


class SettleAdvanceIssue(Command):
    """Issue what was taken in advance from goods that the books have by now, as far as they are free.

    They are those of the place that they were taken from, or of `location` where the books have them in another.
    """

    advance_issue: DocumentRef
    location: Code | None = None
    posted_on: Day | None = None


class AdvanceReturnLine(Command):
    """How much of a line does not wait for its receipt any more."""

    line: Annotated[int, Field(ge=1, le=100_000)]
    quantity: Quantity


class TakeAdvanceBack(Command):
    """Say that goods which were taken in advance stand here again, or were never taken; without lines, all that is open."""

    advance_issue: DocumentRef
    reason: AdvanceReturnReason
    returned_on: Day | None = None
    note: Annotated[Note, Field(max_length=400)] | None = None
    lines: Annotated[list[AdvanceReturnLine], Field(max_length=1000)] = []
