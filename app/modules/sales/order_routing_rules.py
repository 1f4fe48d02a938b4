"""The pure rules of order routing: which rule of a decision table decides an order line, and the reasons in figures.

Rules are tried by rank; the first whose conditions all hold decides the line as a whole, so that one rule answers for where it
goes. What the rule leaves open follows the default. The conditions of a rule are joined by AND; what is unknown of a line meets no
condition that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.kernel.approval_rules import Reason, reason_of

CONDITIONS: Final = ("family_id", "channel", "customer_class", "priority_until", "country", "region")
RESULTS: Final = ("location_id", "site_id", "work_center_id", "department_id", "queue_role")
LEAST_URGENT: Final = 9
"""The urgency of an order that says none, as in the choice of waves; 1 is the most urgent."""


@dataclass(frozen=True)
class Routable:
    """An order line as the rules see it.

    Attributes:
        ordered_on: the day of the order, on which a rule must be valid.
        families: the category of the item with all that stand above it.
        channel: how the order came.
        customer_class: of its customer.
        priority: 1 is the most urgent.
        country: where it goes, two letters.
        region: the region it goes to, where one is kept.
        address: where it goes, as it is written; looked at where no region is kept, and of it only what the rule names is kept.
    """

    ordered_on: date
    families: frozenset[int] = frozenset()
    channel: str | None = None
    customer_class: str | None = None
    priority: int = LEAST_URGENT
    country: str | None = None
    region: str | None = None
    address: str | None = None


def in_turn(rules: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rules in the order in which they are tried: by rank, and of one rank by code.

    >>> [rule["code"] for rule in in_turn([{"rank": 2, "code": "A"}, {"rank": 1, "code": "C"}, {"rank": 1, "code": "B"}])]
    ['B', 'C', 'A']
    """
    return sorted(rules, key=lambda rule: (rule["rank"], rule["code"]))


def decided(rules: Iterable[Mapping[str, Any]], line: Routable) -> tuple[Mapping[str, Any] | None, list[Reason]]:
    """The rule that decides a line with the reasons why it holds; None where the line follows the defaults.

    Args:
        rules: those that take effect, each with code, rank, days, conditions and results, in any order.
        line: what is to be routed.

    >>> every = {"valid_from": None, "valid_to": None} | dict.fromkeys(CONDITIONS)
    >>> near = {**every, "code": "NEAR", "rank": 1, "region": "CN-GD"}
    >>> rest = {**every, "code": "REST", "rank": 2}
    >>> rule, reasons = decided([rest, near], Routable(date(2026, 6, 1), region="cn-gd-sz"))
    >>> rule["code"], reasons
    ('NEAR', [{'condition': 'region', 'value': 'cn-gd-sz', 'threshold': 'CN-GD'}])
    >>> decided([rest, near], Routable(date(2026, 6, 1)))[0]["code"]
    'REST'
    """
    for rule in in_turn(rules):
        reasons = reasons_to_route(rule, line)
        if reasons is not None:
            return rule, reasons
    return None, []


def reasons_to_route(rule: Mapping[str, Any], line: Routable) -> list[Reason] | None:
    """Why a rule holds for a line: a reason for each of its conditions, or None where one does not hold on its day."""
    begins, ends = rule["valid_from"], rule["valid_to"]
    if (begins is not None and line.ordered_on < begins) or (ends is not None and line.ordered_on > ends):
        return None
    found = []
    for condition in CONDITIONS:
        asked = rule[condition]
        if asked is None:
            continue
        holds, value = _held(condition, asked, line)
        if not holds:
            return None
        found.append(reason_of(condition, value, asked))
    return found


def _held(condition: str, asked: Any, line: Routable) -> tuple[bool, Any]:
    """Whether a condition holds, and what was found."""
    match condition:
        case "family_id":
            return asked in line.families, asked
        case "priority_until":
            return line.priority <= asked, line.priority
        case "region":
            place = line.region or (line.address or "")[: len(asked)]
            return place.casefold().startswith(asked.casefold()), place
        case _:
            assert condition in {"channel", "customer_class", "country"}, condition
            value = getattr(line, condition)
            return value == asked, value


def proposed(rules: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rules that would take effect if every draft did: a draft takes the place of the rule that it names.

    >>> rules = [{"id": 1, "state": "active"}, {"id": 2, "state": "draft", "replaces_id": 1}, {"id": 3, "state": "retired"}]
    >>> [rule["id"] for rule in proposed(rules)]
    [2]
    """
    rows = list(rules)
    replaced = {rule["replaces_id"] for rule in rows if rule["state"] == "draft"}
    return [
        rule for rule in rows if rule["state"] == "draft" or (rule["state"] == "active" and rule["id"] not in replaced)
    ]
