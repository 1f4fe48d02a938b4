"""What an order takes and gives, item by item, from the lines that netting works on: one arithmetic for plan and projection.

A requirement is released x numerator / denominator + fixed, rounded up to the component's decimals. A phantom is not stocked on
purpose: what of it lies there is used first, the rest is asked of its components.
"""

from collections import defaultdict
from dataclasses import dataclass

from planning.mrp.model import BY_PRODUCT, COMPONENT
from planning.mrp.problem import Network

FIELDS = ("numerator", "denominator", "fixed", "from_day", "to_day")


@dataclass(frozen=True)
class Line:
    """One line of a bill of material; quantities millionths, days after plan_start, half-open."""

    item: int
    numerator: int
    denominator: int
    fixed: int
    unit: int
    from_day: int
    to_day: int

    def quantity(self, released: int) -> int:
        """What an order of that quantity takes, rounded up.

        >>> Line(0, 2, 1, 0, 1_000_000, 0, 9).quantity(1_500_000)
        3000000
        """
        needed = -(-released * self.numerator // self.denominator) + self.fixed
        return -(-needed // self.unit) * self.unit


@dataclass(frozen=True)
class Structure:
    """Components and by-products by parent, and each item's low-level code; items by index."""

    components: dict[int, list[Line]]
    by_products: dict[int, list[Line]]
    phantom: list[bool]
    level: list[int]


def structure_of(network: Network) -> Structure:
    """The structure of a package; places that make the same item make it alike."""
    items = network.package.table("items")
    nodes, lines, places = network.problem.nodes, network.problem.lines, network.places.item
    units = [10 ** (6 - int(decimals)) for decimals in items["decimals"]]
    found: dict[int, dict[tuple[int, Line], None]] = {COMPONENT: {}, BY_PRODUCT: {}}
    for node in range(nodes.size):
        child = int(places[node])
        for at in range(int(nodes["line_first"][node]), int(nodes["line_last"][node])):
            line = lines[at]
            if int(line["kind"]) in found:
                numerator, denominator, fixed, first, last = (int(line[name]) for name in FIELDS)
                made = Line(child, numerator, denominator, fixed, units[child], first, last)
                found[int(line["kind"])][int(places[int(line["parent"])]), made] = None
    level = [0] * items.height
    for node in range(nodes.size):
        level[int(places[node])] = max(level[int(places[node])], int(nodes["level"][node]))
    return Structure(_by_parent(found[COMPONENT]), _by_parent(found[BY_PRODUCT]), items["phantom"].to_list(), level)


def _by_parent(pairs: dict[tuple[int, Line], None]) -> dict[int, list[Line]]:
    grouped: dict[int, list[Line]] = defaultdict(list)
    for parent, line in pairs:
        grouped[parent].append(line)
    return dict(grouped)
