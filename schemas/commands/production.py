"""Commands of production: order, material issue, completion, close."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef, Note, Quantity, QuantityOrZero
from schemas.commands.serials import Serials


class ComponentLine(Command):
    """A component that an order needs, where the bill of material is not to be used."""

    component: Code
    quantity: Quantity


class CreateProductionOrder(Command):
    """Order the making of an item; components come from the bill of material that is effective on the start date.

    Made for the line of a confirmed sales order, it goes to the plant and the production line that the line was routed to, unless
    others are named; without the number of a line for the first.
    """

    item: Code
    quantity: Quantity
    start_on: Day | None = None
    due_on: Day | None = None
    document_on: Day | None = None
    release: bool = True
    external_number: Code | None = None
    note: Note | None = None
    components: Annotated[list[ComponentLine], Field(max_length=2000)] | None = None
    for_order: DocumentRef | None = None
    for_line: Annotated[int, Field(ge=1, le=100_000)] | None = None
    plant: Code | None = None
    production_line: Code | None = None


class ProductionOrderAction(Command):
    """An action on a production order as a whole."""

    order: DocumentRef
    posted_on: Day | None = None


class IssueLine(Command):
    """What is issued of a component line."""

    line: Annotated[int, Field(ge=1, le=100_000)]
    quantity: Quantity
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []


class IssueMaterial(Command):
    """Issue components to a production order; without lines, everything still required."""

    order: DocumentRef
    posted_on: Day | None = None
    location: Code | None = None
    lines: Annotated[list[IssueLine], Field(max_length=2000)] = []


class CompleteProduction(Command):
    """Report finished goods; with backflush, the components they need are issued by the same command."""

    order: DocumentRef
    quantity: QuantityOrZero
    scrapped_quantity: QuantityOrZero = Decimal(0)
    posted_on: Day | None = None
    location: Code | None = None
    lot: Code | None = None
    serials: Serials = []
    expires_on: Day | None = None
    backflush: bool = False
    close: bool = False
