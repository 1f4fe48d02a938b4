"""The small demo company: its books hold together, it has open work, and the same seed makes it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice

import pytest

from app.bootstrap import build_bus
from app.jobs.demo import DemoSummary, build_demo
from app.jobs.demo_company import Lingang
from app.jobs.demo_history import History
from app.jobs.verify import verify
from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway
from app.kernel.opening import open_gateway
from app.kernel.settings import load_settings
from app.kernel.store import StoreAddress

AS_OF = date(2026, 9, 17)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, DemoSummary]]:
    """The small company as of a fixed day."""
    store = str(tmp_path_factory.mktemp("demo") / "store.db")
    summary = build_demo(StoreAddress(store), size="small", seed=7, as_of=AS_OF)
    gateway = open_gateway(load_settings(store=store), build_bus())
    yield gateway, summary
    gateway.close()


def test_trial_balance_stock_and_open_items_agree(demo: tuple[Gateway, DemoSummary]) -> None:
    gateway, _ = demo
    assert verify(gateway).findings == []


def test_it_has_two_years_of_everything(demo: tuple[Gateway, DemoSummary]) -> None:
    _, summary = demo
    assert summary.first_day == date(2024, 9, 1)
    assert summary.commands["create_sales_order"] > 400
    assert summary.commands["book_stock_count"] == 8


def test_work_is_open_at_the_end(demo: tuple[Gateway, DemoSummary]) -> None:
    gateway, _ = demo
    open_orders = gateway.query("sales_orders", {"limit": 1000}, principal=SYSTEM)
    assert any(row["document_on"] > date(2026, 9, 1) for row in open_orders)


def test_every_desk_has_something_to_open(demo: tuple[Gateway, DemoSummary]) -> None:
    gateway, _ = demo
    lists = (
        "quotations", "reservations", "promotions", "coupons", "order_routing_rules", "carriers", "pick_waves", "parcels",
        "purchase_requisitions", "requests_for_quotation", "supplier_quotations", "blanket_orders", "delivery_notices",
        "budgets", "service_cases", "service_levels", "repairs", "open_transfers", "count_sheets", "third_party_stock",
    )  # fmt: skip
    assert [name for name in lists if not gateway.query(name, {}, principal=SYSTEM)] == []
    (budget,) = gateway.query("budgets", {}, principal=SYSTEM)
    assert 0 < budget["committed_amount"] < budget["amount"]
    (invoice,) = (
        row for row in gateway.query("customer_invoices", {}, principal=SYSTEM) if row["party_code"] == "PROJECT"
    )
    parts = gateway.query("payment_schedule", {"document": invoice["id"]}, principal=SYSTEM)
    assert [row["open_amount"] == row["amount"] for row in parts] == [False, True, True]
    states = {row["tracking_state"] for row in gateway.query("parcels", {}, principal=SYSTEM)}
    assert states == {"in_transit"}


def test_the_same_seed_makes_the_same_past_and_another_seed_another() -> None:
    def first(seed: int) -> list[object]:
        history = History(Lingang("small"), seed=seed, start=date(2024, 9, 1), as_of=AS_OF)
        return list(islice(history.happenings(), 400))

    assert first(7) == first(7)
    assert first(7) != first(8)
