"""A process that stores the messages of a shop and books them, to be killed at any moment; it names what it acknowledged.

Run as `python -m tests.faults.shops STORE KEY_FILE FIRST LAST`: order n is delivered as `d-n`, twice, and an update of every third.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from app.jobs.shops import Rush, ShopBooker
from tests.company import Company, reopened
from tests.shop_case import deliver, shopify_order

LATER = "2026-06-15T12:00:00+08:00"


def work(company: Company, first: int, last: int) -> None:
    """Deliver orders while a booker books them; every acknowledged delivery is printed."""
    booker = ShopBooker(company.gateway, pause_seconds=0.01, rush=Rush(company.gateway, longest_wait_seconds=0))
    booker.start()
    for number in range(first, last):
        for _ in range(2):
            deliver(company, shopify_order(number), "orders/create", delivery=f"d-{number}")
        print(f"d-{number}", flush=True)
        if number % 3 == 0:
            changed = shopify_order(number, [("PART", 1, "10.00")], updated=LATER)
            deliver(company, changed, delivery=f"u-{number}")
            print(f"u-{number}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    place, key_file, first, last = sys.argv[1:]
    with reopened(place, key_file=Path(key_file)) as opened:
        work(opened, int(first), int(last))
