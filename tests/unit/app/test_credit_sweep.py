"""The exposure of past days in one pass says what adding it up anew for each day says."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.credit import Exposure
from app.modules.receivables.exposure import CreditHistory, CreditSweep

D = Decimal
FIRST = date(2026, 1, 1)
GRACE = 3


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


days = st.integers(0, 12).map(day)
amounts = st.integers(-500, 900).map(D)
above_zero = st.integers(1, 40).map(D)


def told_anew(history: CreditHistory, on: date, before: int) -> Exposure:
    """The exposure of one day, added up from all there is."""
    owed = {row["id"]: row["amount"] for row in history.items if row["opened_on"] <= on}
    for row in history.settlements:
        if row["posted_on"] <= on and row["open_item_id"] in owed:
            owed[row["open_item_id"]] -= row["amount"]
    due = {row["id"]: row["due_on"] for row in history.items}
    late = {key: amount for key, amount in owed.items() if amount > 0 and due[key] + timedelta(days=GRACE) < on}
    paid = {row["id"]: row["total_amount"] for row in history.payments if row["posted_on"] <= on}
    for row in history.settlements:
        if row["posted_on"] <= on and row["document_id"] in paid:
            paid[row["document_id"]] -= row["amount"] if row["share"] is None else row["share"]
    ordered = D(0)
    for line in history.order_lines:
        if (line["document_on"], line["document_id"]) < (on, before):
            told = [row for row in history.invoiced if row["source_line_id"] == line["id"] and row["posted_on"] <= on]
            kept = min(line["quantity"], line["fulfilled_quantity"]) if line["closed"] else line["quantity"]
            left = max(kept - sum(row["quantity"] for row in told), D(0))
            gross = line["net_amount"] + line["tax_amount"]
            ordered += (gross * left / line["quantity"]).quantize(D("0.01"), rounding=ROUND_HALF_UP)
    return Exposure(
        open_orders=ordered,
        receivables=sum((amount for amount in owed.values() if amount > 0), D(0)),
        credits=sum(paid.values(), D(0)) - sum((amount for amount in owed.values() if amount < 0), D(0)),
        overdue=sum(late.values(), D(0)),
        overdue_since=min((due[key] for key in late), default=None),
    )


@st.composite
def histories(draw: st.DrawFn) -> CreditHistory:
    items = [
        {
            "id": number,
            "amount": draw(amounts),
            "opened_on": (opened := draw(days)),
            "due_on": opened + timedelta(days=2),
        }
        for number in range(1, draw(st.integers(1, 5)))
    ]
    payments = [
        {"id": 100 + number, "total_amount": draw(above_zero), "posted_on": draw(days)}
        for number in range(draw(st.integers(0, 3)))
    ]
    settling = st.fixed_dictionaries(
        {
            "open_item_id": st.sampled_from([row["id"] for row in items] or [0]),
            "document_id": st.sampled_from([100, 101, 999]),
            "amount": amounts,
            "share": st.none() | amounts,
            "posted_on": days,
        }
    )
    lines = [
        {
            "id": number,
            "document_id": number,
            "document_on": draw(days),
            "quantity": draw(above_zero),
            "fulfilled_quantity": draw(above_zero),
            "net_amount": draw(above_zero),
            "tax_amount": D(1),
            "closed": draw(st.booleans()),
        }
        for number in range(1, draw(st.integers(1, 6)))
    ]
    invoicing = st.fixed_dictionaries(
        {
            "source_line_id": st.sampled_from([row["id"] for row in lines] or [0]),
            "quantity": above_zero,
            "posted_on": days,
        }
    )
    settlements = draw(st.lists(settling, max_size=6)) if items else []
    return CreditHistory(items, settlements, payments, lines, draw(st.lists(invoicing, max_size=5)) if lines else [], 2)


@given(history=histories(), asked=st.lists(st.tuples(days, st.integers(1, 6)), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_one_pass_says_what_each_day_says(history: CreditHistory, asked: list[tuple[date, int]]) -> None:
    sweep = CreditSweep(history, grace_days=GRACE)
    for on, before in sorted(asked):
        assert sweep.on(on, before=before) == told_anew(history, on, before)


def test_very_many_orders_of_one_customer_are_swept_in_a_moment() -> None:
    count = 20_000
    line: dict[str, Any] = {"quantity": D(2), "fulfilled_quantity": D(0), "net_amount": D(10), "tax_amount": D(1)}
    lines = [
        {**line, "id": number, "document_id": number, "document_on": day(number // 100), "closed": False}
        for number in range(1, count + 1)
    ]
    invoiced = [{"source_line_id": row["id"], "quantity": D(1), "posted_on": row["document_on"]} for row in lines]
    began = time.process_time()
    sweep = CreditSweep(CreditHistory([], [], [], lines, invoiced, 2), grace_days=0)
    drawn = [sweep.on(row["document_on"], before=row["id"]) for row in lines]
    assert time.process_time() - began < 10, "four hundred million steps would take minutes"
    assert drawn[-1].open_orders == D("5.50") * (count - 1)
