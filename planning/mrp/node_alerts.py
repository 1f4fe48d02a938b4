"""Findings of one node: shortage and stock below safety, receipts to move or to cancel, and what nobody needs.

A planned order whose release would lie before plan_start cannot be there on its due day; it is counted when it can. A
receipt is needed on the first day on which stock and earlier receipts alone would fall below safety stock. Wording and
severity are table.py's.
"""

from planning.compiled import kernel
from planning.mrp.model import (
    BALANCE,
    FAR_DAY,
    GROSS,
    HORIZON,
    NET,
    NO_LIMIT,
    NO_REF,
    OPENING,
    ORDERS,
    PHANTOM,
    SAFETY,
    WASTED,
    ZERO,
    Buffer,
    Problem,
    Work,
    code,
)
from planning.mrp.ordering import note

SHORTAGE, LATE_DEMAND, PAST_DUE_RELEASE, EXPEDITE, DEFER, CANCEL, BELOW_SAFETY, EXCESS, EXPIRING = map(code, range(9))
"""Places in schemas.planning.ALERT_KINDS."""


@kernel
def find_node_alerts(node: int, events: int, start: int, problem: Problem, work: Work, buffer: Buffer) -> None:
    """Note the node's findings. work.balance, gross, scheduled, planned and safety are those of netting."""
    _find_shortages(node, events, start, problem, work, buffer)
    _find_moves(node, start, problem, work, buffer)
    _find_excess(node, problem, work, buffer)


@kernel
def _find_shortages(node: int, events: int, start: int, problem: Problem, work: Work, buffer: Buffer) -> None:
    """Spans of days on which the balance, with late orders counted when they can arrive, is too low: one finding
    each."""
    horizon, orders = problem.numbers[HORIZON], buffer.orders
    late = False
    work.days[NET, :] = 0
    for i in range(start, buffer.filled[ORDERS]):
        if orders[i].release < 0 and orders[i].kind != PHANTOM:
            late = True
            if orders[i].due < horizon:
                work.days[NET, orders[i].due] -= orders[i].good
            arrival = orders[i].due - orders[i].release
            if arrival < horizon:
                work.days[NET, arrival] += orders[i].good
    shift, began, worst = ZERO, NO_REF, ZERO
    short = work.days.shape[0] == 0  # False, and no literal.
    for day in range(horizon):
        shift += work.days[NET, day] if late else 0
        balance = work.days[BALANCE, day] + shift
        missing = work.days[SAFETY, day] - balance
        below, out = missing > 0, balance < 0
        if began >= 0 and (not below or out != short):
            _note_span(node, began, day, worst, short, events, problem, work, buffer)
            began = -1
        if below:
            quantity = -balance if out else missing
            worst = quantity if began < 0 else max(worst, quantity)
            began = day if began < 0 else began
            short = out
    if began >= 0:
        _note_span(node, began, FAR_DAY, worst, short, events, problem, work, buffer)


@kernel
def _note_span(
    node: int,
    began: int,
    ended: int,
    quantity: int,
    short: bool,
    events: int,
    problem: Problem,
    work: Work,
    buffer: Buffer,
) -> None:
    """One shortage (with the requirement that suffers) or stretch below safety stock."""
    if not short:
        note(BELOW_SAFETY, node, NO_REF, NO_REF, began, ended, quantity, buffer)
        return
    suffers = NO_REF
    for i in range(events):
        event = work.place[i]
        if work.events[event].day > began:
            break
        suffers = work.events[event].ref
    note(SHORTAGE, node, NO_REF, suffers, began, ended, quantity, buffer)


@kernel
def _find_moves(node: int, start: int, problem: Problem, work: Work, buffer: Buffer) -> None:
    """Compare every receipt's due day with the day on which it is needed, earliest receipts first."""
    nodes, horizon = problem.nodes, problem.numbers[HORIZON]
    first, last = nodes[node].receipt_first, nodes[node].receipt_last
    if first == last:
        return
    day, balance = 0, work.state[OPENING] - work.days[GROSS, 0]
    for i in range(first, last):
        while day < horizon and balance >= work.days[SAFETY, day]:
            day += 1
            if day < horizon:
                balance -= work.days[GROSS, day]
        due, quantity, ref = problem.receipts[i].day, problem.receipts[i].quantity, problem.receipts[i].ref
        if day >= horizon:
            note(CANCEL, node, ref, NO_REF, due, FAR_DAY, quantity, buffer)
        elif day < due:
            note(EXPEDITE, node, ref, NO_REF, due, day, quantity, buffer)
        elif day > due:
            note(DEFER, node, ref, NO_REF, due, day, quantity, buffer)
        balance += quantity


@kernel
def _find_excess(node: int, problem: Problem, work: Work, buffer: Buffer) -> None:
    """Stock on hand that nothing in the horizon needs, or that stands above max_stock; not what expires first, which has
    a finding of its own."""
    horizon, opening = problem.numbers[HORIZON], work.state[OPENING]
    if opening <= 0:
        return
    needed, highest = 0, max(problem.nodes[node].reorder_point, 0)
    for day in range(horizon):
        needed += work.days[GROSS, day]
        highest = max(highest, work.days[SAFETY, day])
    for bucket in range(work.buckets.shape[1]):
        needed += work.buckets[WASTED, bucket]
    surplus = opening - needed - highest
    limit = problem.nodes[node].max_stock
    if limit != NO_LIMIT:
        surplus = max(surplus, opening - limit)
    if surplus > 0:
        note(EXCESS, node, NO_REF, NO_REF, ZERO, FAR_DAY, surplus, buffer)
