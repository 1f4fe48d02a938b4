"""Why a planned purchase is there, in words for the one who buys: the demands that the plan's pegging leads to.

Written in the company's language when the line is released, because the plan's own files may be gone when the goods arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.kernel.errors import Refused
from app.kernel.i18n import format_day, t
from app.modules.planning_desk.pegging import up_from
from app.modules.planning_desk.plan_files import plan_scan

_NAMED: Final = 3
_LONGEST: Final = 400


def why_bought(store_folder: Path, plan_hash: str, orders: Sequence[dict[str, Any]], lang: str) -> dict[str, str]:
    """The reason of each planned purchase by its name, at most 400 characters.

    Args:
        store_folder: the folder of the store.
        plan_hash: the recorded plan.
        orders: planned orders that are bought; `need_on`, where it is there, is the day without the safety time.
        lang: the language of the words.
    """
    try:
        edges = plan_scan(store_folder, plan_hash, "pegging")
    except Refused:
        edges = None  # A plan that was recorded without pegging: the planned order itself is all that is known.
    reasons: dict[str, str] = {}
    for order in orders:
        name, day = order["planned_order"], order.get("need_on") or order["due_on"]
        found = [] if edges is None else up_from(edges, name)
        demands = list(dict.fromkeys(row["demand"] for row in found if row["demand"]))
        reasons[name] = _words(name, day, demands, lang)[:_LONGEST]
    return reasons


def _words(name: str, day: date, demands: list[str], lang: str) -> str:
    on = format_day(day, lang)
    if not demands:
        return t("why.planned_for_stock", lang, planned_order=name, day=on)
    listed = t("plan.list_comma", lang).join(demands[:_NAMED])
    rest = len(demands) - _NAMED
    if rest > 0:
        return t("why.planned_for_more", lang, planned_order=name, day=on, demands=listed, more=rest)
    return t("why.planned_for", lang, planned_order=name, day=on, demands=listed)
