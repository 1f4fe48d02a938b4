"""What every run of the planner begins and ends with: marts that the gate has let through, and a record in the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.jobs.warehouse import refresh_store, warehouse_folder
from app.kernel.access import Principal
from app.kernel.bus import Receipt
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, new_command_id
from pipelines.serving.mart import Mart


@contextmanager
def gated_mart(gateway: Gateway) -> Iterator[Mart]:
    """The marts of the store, refreshed with the whole gate.

    Raises:
        Refused: a gate refuses the data.
    """
    report = refresh_store(gateway.store, whole_gate=True)
    if report.outcome == "refused":
        raise Refused("gate_refuses", position=report.position)
    mart = Mart(warehouse_folder(gateway.store.address))
    try:
        yield mart
    finally:
        mart.close()


def record_run(gateway: Gateway, command: str, data: dict[str, Any], principal: Principal) -> Receipt:
    """Record a run by its command.

    Raises:
        Refused: the store does not take it.
    """
    receipt = gateway.submit(command, data, command_id=new_command_id(), principal=principal)
    if receipt.status != "done":
        raise Refused(receipt.message_key.removeprefix("refusal."), **receipt.values)
    return receipt
