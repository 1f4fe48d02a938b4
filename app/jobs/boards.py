"""The door of the serving process to the marts: named queries and metrics, each behind its permission, cached by version.

What a query may show to whom is decided here and nowhere else: its own permission first, then costs and margins only to
those who may read them. An answer is kept until the warehouse is published anew, so that a page costs no second question.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from app.jobs.warehouse import warehouse_folder
from app.kernel.access import Principal
from app.kernel.errors import Refused
from app.kernel.store import StoreAddress
from pipelines.serving.catalog import NamedQuery, QuestionRefusedError, metrics, named_queries
from pipelines.serving.mart import Mart, MartVersion, NoWarehouseError, WarehouseDamagedError

COST: Final = "inventory.cost.read"
MONEY: Final = "marts.money.read"
OPERATIONS: Final = "marts.operations.read"
COST_COLUMNS: Final = frozenset(
    {
        "cost",
        "input_value",
        "output_value",
        "settled_value",
        "standard_cost",
        "unit_cost",
        "value",
        "value_in_process",
    }
)
COST_METRICS: Final = frozenset({"gross_margin", "inventory_value", "stock_turns"})
_COST_AREAS: Final = frozenset({"inventory", "production", "purchasing", "sales"})
_KEPT: Final = 400


@dataclass(frozen=True)
class Answer:
    """Rows of a mart, and which state of the company they show."""

    rows: pl.DataFrame
    position: int
    published_at: datetime

    def dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        return self.rows.to_dicts()


class Boards:
    """The marts of one store, for every screen of the process."""

    def __init__(self, folder: Path) -> None:
        self._mart = Mart(folder)
        self._kept: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, name: str, principal: Principal, **values: Any) -> Answer:
        """Answer a named query.

        Raises:
            Refused: the permission is missing, or nothing is published yet.
        """
        return self._answer(named_queries()[name], principal, values)

    def ask_in_text(self, name: str, principal: Principal, given: Mapping[str, str]) -> Answer:
        """Answer a named query whose parameters come as text, from an address or a command line; the answer is not kept.

        Raises:
            Refused: there is no such query, a parameter does not fit it, or as `ask`.
        """
        asked = named_queries().get(name)
        if asked is None:
            raise Refused("unknown_mart", mart=name)
        principal.demand(asked.permission)
        try:
            values = asked.bound(asked.read(given))
        except QuestionRefusedError as error:
            raise Refused("mart_question", what=str(error)) from error
        return self._answer(asked, principal, values, kept=False)

    def metric(self, name: str, principal: Principal, **values: Any) -> dict[str, Any]:
        """Answer a metric by its first row; empty where there is none, or costs are not for the reader. Errors as `ask`."""
        if name in COST_METRICS and not principal.may(COST):
            return {}
        rows = self._answer(metrics()[name], principal, values).rows
        return rows.row(0, named=True) if rows.height else {}

    def version(self) -> MartVersion | None:
        """The version the next answer comes from; None where nothing is published."""
        try:
            return self._mart.version()
        except (NoWarehouseError, WarehouseDamagedError):
            return None

    def refusal(self, principal: Principal) -> dict[str, Any] | None:
        """What the last red gate refused, or None."""
        principal.demand(OPERATIONS)
        return self._mart.refusal()

    def close(self) -> None:
        """Close the warehouse."""
        self._mart.close()

    def _answer(self, asked: NamedQuery, principal: Principal, values: dict[str, Any], *, kept: bool = True) -> Answer:
        principal.demand(asked.permission)
        answer = self._read(asked, asked.bound(values), kept=kept)
        hidden = sorted(COST_COLUMNS & set(answer.rows.columns))
        if not hidden or asked.area not in _COST_AREAS or principal.may(COST):
            return answer
        empty = [pl.lit(None, dtype=answer.rows.schema[name]).alias(name) for name in hidden]
        return Answer(answer.rows.with_columns(empty), answer.position, answer.published_at)

    def _read(self, asked: NamedQuery, bound: dict[str, Any], *, kept: bool) -> Answer:
        """Answer from what is kept of the present version, else from the warehouse; keep the answer where that is wished."""
        try:
            with self._mart.pinned() as reader:
                version = reader.version
                key = (version.position, version.published_at, asked.sql, *sorted(bound.items()))
                with self._lock:
                    known = self._kept.get(key)
                    if known is not None:
                        self._kept.move_to_end(key)
                        return known
                answer = Answer(reader.answer(asked, bound), version.position, version.published_at)
        except NoWarehouseError as error:
            raise Refused("warehouse_missing") from error
        except WarehouseDamagedError as error:
            raise Refused("warehouse_damaged") from error
        if not kept:
            return answer
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return answer


def boards_of(address: StoreAddress) -> Boards:
    """The marts of a store."""
    return Boards(warehouse_folder(address))
