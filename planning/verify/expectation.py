"""What a package asks for, worked out by the checker's own arithmetic.

Buckets, opening stock, forecast consumption, requirements per order and calendar minutes, each written a second
time from the text of the planning package and not from the planners' code. The checks compare these with a plan's
tables.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from planning.verify.reading import Row
from schemas.planning import QUANTITY_SCALE

Place = tuple[str, str]
MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class Expectation:
    """A package, indexed: items by name, rows by item, bucket starts as day numbers."""

    parameters: Row
    tables: dict[str, list[Row]]
    items: dict[str, Row]
    lines: dict[str, list[Row]]
    sources: dict[Place, list[Row]]
    starts: list[int]

    @property
    def first_day(self) -> int:
        """plan_start as a day number."""
        return self.parameters["plan_start"]

    @property
    def end_day(self) -> int:
        """First day after the horizon."""
        return self.first_day + self.parameters["horizon_days"]

    def bucket(self, day: int) -> int:
        """Bucket of a day number; days before the plan belong to the first."""
        return max(0, bisect_right(self.starts, day) - 1)

    def kinds(self, place: Place) -> set[str]:
        """Ways in which an item may be got at a location."""
        rows = self.sources.get(place, [])
        if rows:
            return {self.kind(row) for row in rows}
        return {self.default_kind(place[0])}

    def default_kind(self, item: str) -> str:
        """make where a bill of material stands, else buy, unless the item says."""
        said = self.items[item]["source"]
        return said or ("make" if self.lines.get(item) else "buy")

    def kind(self, row: Row) -> str:
        """Method of a row of `sources`."""
        if row["method"]:
            return row["method"]
        if row["from_location"]:
            return "transfer"
        return "buy" if row["supplier"] else self.default_kind(row["item"])


def expectation(parameters: Row, tables: dict[str, list[Row]]) -> Expectation:
    """Index a package."""
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in tables["bom"]:
        lines[row["parent"]].append(row)
    sources: dict[Place, list[Row]] = defaultdict(list)
    for row in tables["sources"]:
        sources[row["item"], row["location"]].append(row)
    first, days = parameters["plan_start"], parameters["horizon_days"]
    step = 1 if parameters["bucket"] == "day" else 7
    weekday = (first + 3) % 7 + 1
    gap = 1 if step == 1 else (parameters["week_starts_on"] - weekday) % 7 or 7
    starts = [first, *range(first + gap, first + days, step)]
    items = {row["item"]: row for row in tables["items"]}
    return Expectation(parameters, tables, items, dict(lines), dict(sources), starts)


def net_demand(expected: Expectation) -> dict[str, int]:
    """Quantity that counts of every demand inside the horizon: orders whole, forecasts after consumption.

    Orders consume by due day, priority and id: the same day, then backward nearest first, then forward.
    """
    left: dict[str, int] = {}
    by_place: dict[Place, list[tuple[int, int, str, Row]]] = defaultdict(list)
    for row in expected.tables["demand"]:
        day = max(row["due_on"], expected.first_day)
        if day < expected.end_day:
            left[row["demand"]] = row["quantity"]
            by_place[row["item"], row["location"]].append((day, row["priority"], row["demand"], row))
    backward, forward = expected.parameters["backward_days"], expected.parameters["forward_days"]
    for place, rows in by_place.items():
        rows.sort(key=lambda each: each[:3])
        forecasts = [(day, name) for day, _, name, row in rows if row["kind"] == "forecast"]
        for day, _, name, row in rows:
            if row["kind"] != "order" or not forecasts:
                continue
            near = [each for each in forecasts if day - backward <= each[0] <= day + forward]
            near.sort(key=lambda each: (each[0] != day, each[0] > day, abs(each[0] - day)))
            wanted = left[name]
            for _, forecast in near:
                taken = min(wanted, left[forecast])
                left[forecast] -= taken
                wanted -= taken
        fence = expected.items[place[0]]["demand_fence_days"] or 0
        for day, name in forecasts:
            if day - expected.first_day < fence:
                left[name] = 0
    return left


def opening_stock(expected: Expectation) -> tuple[dict[Place, int], dict[Place, list[tuple[int, int]]]]:
    """Free stock by place, and what of it expires within the horizon as (day, quantity)."""
    free: dict[Place, int] = defaultdict(int)
    expiring: dict[Place, list[tuple[int, int]]] = defaultdict(list)
    for row in expected.tables["stock"]:
        expires = row["expires_on"]
        if row["status"] != "available" or (expires is not None and expires <= expected.first_day):
            continue
        quantity = row["quantity"] - row["allocated"]
        free[row["item"], row["location"]] += quantity
        if expires is not None and expires < expected.end_day and quantity > 0:
            expiring[row["item"], row["location"]].append((expires, quantity))
    return free, expiring


def round_up(numerator: int, denominator: int, step: int) -> int:
    """ceil(numerator / denominator) to a multiple of step.

    >>> round_up(11, 2, 5)
    10
    """
    whole = -(-numerator // denominator)
    return -(-whole // step) * step


def smallest(expected: Expectation, item: str) -> int:
    """One step of an item's decimals in millionths."""
    return 10 ** max(0, 6 - expected.items[item]["decimals"])


def line_quantity(expected: Expectation, line: Row, released: int) -> int:
    """What an order takes of a component: per line, after scrap, rounded up to the component's decimals."""
    scrap, scale = line["scrap"], QUANTITY_SCALE
    if expected.parameters["scrap_basis"] == "divide":
        numerator, denominator = released * line["quantity_per"], scale - scrap
    else:
        numerator, denominator = released * line["quantity_per"] * (scale + scrap), scale * scale
    exact = -(-numerator // denominator) + line["fixed_quantity"]
    return round_up(exact, 1, smallest(expected, line["component"]))


def effective(row: Row, day: int) -> bool:
    """True where a row with effectivity holds on a day."""
    after = row["effective_from"] is None or day >= row["effective_from"]
    return after and (row["effective_to"] is None or day < row["effective_to"])


def lead_days(expected: Expectation, item: str, source: Row | None) -> int:
    """Whole days from release to due."""
    own = expected.items[item]
    lead = source["lead_time_days"] if source is not None else None
    lead = own["lead_time_days"] if lead is None else lead
    return -(-(lead + own["safety_days"]) // QUANTITY_SCALE)


def open_minutes(rows: Iterable[Row], first_day: int, end_day: int) -> dict[int, int]:
    """Working minutes by day number of one calendar, by marking every minute of every day."""
    rows = list(rows)
    found: dict[int, int] = {}
    for day in range(first_day, end_day):
        marks = bytearray(MINUTES_A_DAY)
        for row in rows:
            if row["weekday"] is None or not row["available"] or row["weekday"] != (day + 3) % 7 + 1:
                continue
            start = row["from_time"] or 0
            end = MINUTES_A_DAY if row["to_time"] is None else row["to_time"]
            end = end if end > start else end + MINUTES_A_DAY
            marks[start : min(end, MINUTES_A_DAY)] = b"\1" * (min(end, MINUTES_A_DAY) - start)
            if end > MINUTES_A_DAY:
                marks.extend(b"\1" * (end - MINUTES_A_DAY))
        for row in rows:
            if row["weekday"] is None and row["starts_at"] is not None and row["ends_at"] is not None:
                start = max(0, row["starts_at"] - day * MINUTES_A_DAY)
                end = min(MINUTES_A_DAY, row["ends_at"] - day * MINUTES_A_DAY)
                if end > start:
                    marks[start:end] = (b"\1" if row["available"] else b"\0") * (end - start)
        found[day] = sum(marks)
    return found
