"""Checks of minutes: every operation has a lawful resource, and no resource gives more than it has.

Minutes of an order are its operations' setup and run minutes on the resource that `operations` names, in the bucket
of its release. Capacity is the table `capacity` where it has a row, else calendar x units x efficiency.
"""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from planning.verify.expectation import Expectation, open_minutes
from planning.verify.findings import Finding
from planning.verify.reading import Row
from schemas.planning import QUANTITY_SCALE

MINUTE_SLACK = Fraction(2, 100)
Load = dict[str, list[Fraction]]


def check_capacity(expected: Expectation, outputs: dict[str, list[Row]]) -> tuple[list[Finding], Load]:
    """Findings about operations and load; and overtime minutes by resource and bucket."""
    findings: list[Finding] = []
    named: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in outputs["operations"]:
        named[row["planned_order"]][row["operation"]].append(row["resource"])
    load: Load = defaultdict(lambda: [Fraction(0)] * len(expected.starts))
    routings = _routings(expected)
    for order in outputs["planned_orders"]:
        if order["kind"] == "make":
            operations = routings.get(order["item"], {})
            findings.extend(_order_load(expected, order, operations, named[order["planned_order"]], load))
    overtime: Load = {}
    for resource in expected.tables["resources"]:
        available = capacity_minutes(expected, resource)
        if available is not None:
            name = resource["resource"]
            overtime[name] = [max(Fraction(0), used - have) for used, have in zip(load[name], available, strict=True)]
            findings.extend(_overtime(resource, overtime[name]))
    return findings, overtime


def _routings(expected: Expectation) -> dict[str, dict[int, dict[str, Row]]]:
    """Lawful resources of every item's operations with the row that allows them."""
    groups: dict[str, list[str]] = defaultdict(list)
    for resource in expected.tables["resources"]:
        if resource["group"] is not None:
            groups[resource["group"]].append(resource["resource"])
    found: dict[str, dict[int, dict[str, Row]]] = defaultdict(lambda: defaultdict(dict))
    for row in expected.tables["routings"]:
        names = [row["resource"]] if row["resource"] is not None else groups[row["group"]]
        for name in names:
            found[row["item"]][row["operation"]].setdefault(name, row)
    return found


def _order_load(
    expected: Expectation,
    order: Row,
    operations: dict[int, dict[str, Row]],
    named: dict[int, list[str]],
    load: Load,
) -> Iterator[Finding]:
    bucket = expected.bucket(order["release_on"])
    for number, lawful in operations.items():
        used = named.get(number, [])
        if len(used) != 1 or used[0] not in lawful:
            yield Finding("operation_resource", order["planned_order"], f"operation {number} on {used or 'nothing'}")
            continue
        row = lawful[used[0]]
        run = Fraction(row["run_minutes"] * order["quantity"], QUANTITY_SCALE**2)
        load[used[0]][bucket] += Fraction(row["setup_minutes"], QUANTITY_SCALE) + run


def capacity_minutes(expected: Expectation, resource: Row) -> list[Fraction] | None:
    """Regular minutes by bucket; None where the resource is unlimited."""
    stated = [row for row in expected.tables["capacity"] if row["resource"] == resource["resource"]]
    if resource["calendar"] is None and not stated:
        return None
    found = [Fraction(0)] * len(expected.starts)
    if resource["calendar"] is not None:
        rows = [row for row in expected.tables["calendars"] if row["calendar"] == resource["calendar"]]
        factor = Fraction(resource["units"] * resource["efficiency"], QUANTITY_SCALE**2)
        for day, minutes in open_minutes(rows, expected.first_day, expected.end_day).items():
            found[expected.bucket(day)] += minutes * factor
    said: dict[int, Fraction] = defaultdict(Fraction)
    for row in stated:
        if expected.first_day <= row["bucket"] < expected.end_day:
            said[expected.bucket(row["bucket"])] += Fraction(row["minutes"], QUANTITY_SCALE)
    for bucket, minutes in said.items():
        found[bucket] = minutes
    return found


def _overtime(resource: Row, overtime: list[Fraction]) -> Iterator[Finding]:
    limit: Fraction | None = Fraction(0)
    if resource["overtime_cost_per_hour"] is not None:
        hours = resource["max_overtime_hours"]
        limit = None if hours is None else Fraction(hours * 60, QUANTITY_SCALE)
    for bucket, minutes in enumerate(overtime):
        if limit is not None and minutes > limit + MINUTE_SLACK:
            message = f"{float(minutes):.3f} minutes over, {float(limit):.3f} allowed"
            yield Finding("capacity", f"{resource['resource']} bucket {bucket}", message)
