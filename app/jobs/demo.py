"""Builds the demo company in a new store, through the same commands that people use.

The past ends on the given day, so that the company looks alive on the day it is built: about 24 months of orders, deliveries,
production and money, then open work for everybody. The same size, seed and day give the same company.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Final

from app.bootstrap import build_bus
from app.jobs.demo_company import Lingang, Size
from app.jobs.demo_desk import Desk
from app.jobs.demo_history import PREFIX, History
from app.kernel.access import SYSTEM
from app.kernel.clock import FixedClock, SystemClock
from app.kernel.gateway import Gateway, Submission
from app.kernel.opening import create_store, open_gateway
from app.kernel.settings import Settings, load_settings
from app.kernel.store import StoreAddress

_BATCH: Final = 1000


@dataclass(frozen=True)
class DemoSummary:
    """What was built."""

    size: str
    seed: int
    first_day: date
    as_of: date
    commands: dict[str, int]
    seconds: float


def build_demo(
    address: StoreAddress,
    *,
    size: Size = "small",
    seed: int = 7,
    as_of: date | None = None,
    settings: Settings | None = None,
) -> DemoSummary:
    """Create a store and fill it with the demo company.

    Args:
        address: where the store shall be; there must be none yet.
        size: how many orders a day the company takes.
        seed: fixes everything that is left to chance.
        as_of: the day on which the past ends; by default the company's today.
        settings: settings of the store, for example the place of its key file.

    Raises:
        Refused: there is a store already.
        RuntimeError: a command of the history was refused, which is our own bug.
    """
    started = time.perf_counter()
    create_store(address)
    gateway = open_gateway(settings or load_settings(store=address.text), build_bus())
    try:
        return fill_demo(gateway, size=size, seed=seed, as_of=as_of, started=started)
    finally:
        gateway.close()


def fill_demo(
    gateway: Gateway, *, size: Size, seed: int, as_of: date | None = None, started: float | None = None
) -> DemoSummary:
    """Fill an empty store with the demo company; see `build_demo`."""
    begun = time.perf_counter() if started is None else started
    company = Lingang(size)
    clock = SystemClock(company.data["company"]["time_zone"])
    last = as_of or clock.today()
    first = _months_before(last, company.data["history_months"])
    history = History(company, seed=seed, start=first, as_of=last)
    for receipt in gateway.submit_many(_submissions(company, history, first, last), batch=_BATCH):
        if receipt.status != "done":
            raise RuntimeError(f"{receipt.command_id}: {receipt.message_key} {receipt.values}")
    return DemoSummary(size, seed, first, last, dict(history.tallies), round(time.perf_counter() - begun, 2))


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _submissions(company: Lingang, history: History, first: date, last: date) -> Iterator[Submission]:
    clock = FixedClock(first)
    founding = {**company.data["company"], "first_fiscal_year": first.year, "last_fiscal_year": last.year + 1}
    yield _submission("found_company", founding, "company", clock)
    yield _submission("put_company_profile", company.data["profile"], "profile", clock)
    for command, data, key in company.commands(first):
        yield _submission(command, data, key, clock)
    desk = Desk(company, history, last)
    for day, command, data, command_id in chain(history.happenings(), desk.happenings()):
        if day != clock.day:
            clock = FixedClock(day)
        yield Submission(command, data, command_id, SYSTEM, clock=clock)


def _submission(command: str, data: dict[str, Any], key: str, clock: FixedClock) -> Submission:
    return Submission(command, data, f"{PREFIX}:{key}", SYSTEM, clock=clock)
