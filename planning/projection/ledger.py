"""A ledger of roles: facts become entries by the posting rules, entries become sums by month and role.

The rules are those of the books (table `posting_rules`): of every fact which side of which role takes which of its amounts; a
negative sum changes sides. An entry that does not balance ends the projection: it cannot come from rules that the books run on.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import polars as pl

_PLACEHOLDER = "$"


class ProjectionError(ValueError):
    """The financial tables cannot be projected; the message names the table and what to do."""


@dataclass
class Ledger:
    """Balances by role, in minor units; debit is positive.

    Attributes:
        rules: by fact the lines (debit?, role or placeholder, amount name).
        cash_roles: roles that are cash.
        month_of: month number of a day.
        movements: by (month, role) debit and credit.
        cash_by_day: by day the change of cash.
        cash_legs: by (month, counter role, came in?) the cash.
    """

    rules: dict[str, list[tuple[bool, str, str]]]
    cash_roles: frozenset[str]
    month_of: dict[int, int]
    movements: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    cash_by_day: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    cash_legs: dict[tuple[int, str, bool], int] = field(default_factory=lambda: defaultdict(int))
    gathered: dict[tuple[int, str, str], tuple[int, dict[str, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cash_facts = {
            fact for fact, rules in self.rules.items() if any(role in self.cash_roles for _, role, _ in rules)
        }

    def post(self, fact: str, day: int, amounts: dict[str, int], inventory_role: str = "") -> None:
        """Post the entry that a fact means, or none where its amounts are zero.

        Facts whose amounts are none below zero are gathered by month, those that move cash by day, and posted by `close`: no leg of
        theirs changes sides, so that debits and credits of the sum are the sums of the entries'.

        Args:
            fact: the fact's name in the rules.
            day: day number of posting.
            amounts: the fact's amounts by name, minor units; those it lacks are zero.
            inventory_role: what stands for the placeholder `$inventory`.

        Raises:
            ProjectionError: the rules have no such fact, or its entry does not balance.
        """
        for amount in amounts.values():
            if amount < 0:
                self.post_entry(fact, day, amounts, inventory_role)
                return
        key = (day if fact in self.cash_facts else self.month_of[day], fact, inventory_role)
        gathered = self.gathered.get(key)
        if gathered is None:
            self.gathered[key] = (day, dict(amounts))
            return
        sums = gathered[1]
        for name, amount in amounts.items():
            sums[name] = sums.get(name, 0) + amount

    def close(self) -> None:
        """Post what is gathered; balances are whole only then. Errors as `post_entry`."""
        for (_, fact, role), (day, amounts) in self.gathered.items():
            self.post_entry(fact, day, amounts, role)
        self.gathered.clear()

    def post_entry(self, fact: str, day: int, amounts: dict[str, int], inventory_role: str) -> None:
        """Post one entry at once; arguments and errors as `post`."""
        rules = self.rules.get(fact)
        if rules is None:
            message = f"the table posting_rules has no rule for {fact}; take over the rules of the books"
            raise ProjectionError(message)
        sums: dict[tuple[str, bool], int] = {}
        for debit, role, name in rules:
            amount = amounts.get(name, 0)
            if amount:
                key = (inventory_role if role[0] == _PLACEHOLDER else role, debit)
                sums[key] = sums.get(key, 0) + amount
        legs = [(role, amount if debit else -amount) for (role, debit), amount in sums.items() if amount]
        if sum(amount for _, amount in legs) != 0:
            message = f"the posting rules of {fact} do not balance with {amounts}; correct the table posting_rules"
            raise ProjectionError(message)
        self.post_legs(day, legs)

    def post_legs(self, day: int, legs: list[tuple[str, int]]) -> None:
        """Post an entry: roles with amounts, debit positive, whose sum is zero."""
        month = self.month_of[day]
        cash = 0
        for role, amount in legs:
            moved = self.movements.setdefault((month, role), [0, 0])
            moved[amount < 0] += abs(amount)
            if role in self.cash_roles:
                cash += amount
        if cash or any(role in self.cash_roles for role, _ in legs):
            self.cash_by_day[day] += cash
            for role, amount in legs:
                if role not in self.cash_roles:
                    self.cash_legs[month, role, amount < 0] += -amount


def rules_from(table: pl.DataFrame) -> dict[str, list[tuple[bool, str, str]]]:
    """The table `posting_rules` by fact, in the order of its lines.

    >>> table = pl.DataFrame({"fact": ["GoodsShipped"] * 2, "line": [2, 1], "side": ["credit", "debit"],
    ...                       "role": ["$inventory", "cost_of_sales"], "amount": ["cost", "cost"]})
    >>> rules_from(table)
    {'GoodsShipped': [(True, 'cost_of_sales', 'cost'), (False, '$inventory', 'cost')]}
    """
    rules: dict[str, list[tuple[bool, str, str]]] = defaultdict(list)
    for row in table.sort("fact", "line").iter_rows(named=True):
        rules[row["fact"]].append((row["side"] == "debit", row["role"], row["amount"]))
    return dict(rules)


class SilentLedger(Ledger):
    """A ledger that posts nothing, for carrying out plans that have no financial tables."""

    def post(self, fact: str, day: int, amounts: dict[str, int], inventory_role: str = "") -> None:
        """Post nothing."""

    def post_legs(self, day: int, legs: list[tuple[str, int]]) -> None:
        """Post nothing."""
