"""Production: value in process."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import ROLE_BALANCE, Invariant

PRODUCTION: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-05g",
        "value in process by order is the balance of work in process",
        f"""select ledger, orders from (select ({ROLE_BALANCE.format(role="work_in_process")}) as ledger,
            (select coalesce(sum(input_value - output_value - settled_value), 0) from order_in_process) as orders) both_sides
        where ledger <> orders""",
    ),
    Invariant(
        "I-17",
        "a closed production order leaves no value in process and no more than its quantity",
        """select d.number, p.input_value - p.output_value - p.settled_value as left_over,
            p.completed_quantity + p.scrapped_quantity - d.quantity as excess
        from order_in_process p join document d on d.id = p.document_id
        where (d.state = 'closed' and p.input_value <> p.output_value + p.settled_value)
            or p.completed_quantity + p.scrapped_quantity > d.quantity
            or p.completed_quantity <> d.fulfilled_quantity""",
    ),
)
