"""Commands of order routing: the rules of the decision table, and where the lines of an order go."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import Code, Command, Day
from schemas.commands.trade import LineNumber, OrderAction


class RoutingRule(Command):
    """A row of the decision table: when it holds, and where it sends a line.

    Rules are tried by rank, the lowest first, and the first that holds decides the whole line. Conditions that are given are joined
    by AND: an item family with all below it, the channel, the customer's class, the least urgent priority (1 is the most urgent),
    the country, and what the region of the destination begins with, or where none is kept its address. The warehouse ships; plant
    and production line make; department and the role of the queue do the work. What is not given follows the default.
    """

    code: Code
    rank: Annotated[int, Field(ge=1, le=9999)] = 100
    replaces: Code | None = None
    family: Code | None = None
    channel: Code | None = None
    customer_class: Code | None = None
    priority_until: Annotated[int, Field(ge=1, le=9)] | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    region: Code | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    warehouse: Code | None = None
    plant: Code | None = None
    production_line: Code | None = None
    department: Code | None = None
    queue: Code | None = None


class PutOrderRoutingRule(RoutingRule):
    """Add a rule, or change the one of the same code whole; as a draft it is tried and takes no effect.

    A draft may replace a rule that takes effect; it does so when it is activated.
    """

    state: Literal["draft", "active", "retired"] = "draft"


class ActivateOrderRoutingRules(Command):
    """Let drafts take effect and retire the rules that they replace; without codes all drafts at once."""

    rules: Annotated[list[Code], Field(max_length=1000)] = []


class RerouteSalesOrder(OrderAction):
    """Decide anew by the rules of now where open lines of a confirmed order go.

    Without lines all that nobody has overridden; with lines just those. What is reserved in a warehouse that ships the line no more
    moves only where `move_reservation` says so.
    """

    lines: Annotated[list[LineNumber], Field(max_length=5000)] = []
    move_reservation: bool = False


class OverrideOrderRouting(OrderAction):
    """Send one open line of a confirmed order elsewhere than its rule says, with the reason; what is not given stays as it is."""

    line: LineNumber
    reason: Annotated[str, Field(min_length=1, max_length=400)]
    warehouse: Code | None = None
    plant: Code | None = None
    production_line: Code | None = None
    department: Code | None = None
    queue: Code | None = None
    move_reservation: bool = False
