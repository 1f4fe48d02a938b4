"""The first weeks of AdventureWorks, from its files to books, plan, released orders and statements; skipped without the public data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from app.bootstrap import build_bus
from app.jobs.import_adventureworks import import_adventureworks
from app.jobs.reconciliation import Report
from app.jobs.verify import verify
from app.kernel.access import SYSTEM
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.opening import create_store, open_gateway
from app.kernel.settings import load_settings
from app.kernel.store import StoreAddress
from tests.conftest import shared_folder
from tests.postgresql import fresh_database
from tests.scenarios.adventureworks.whole_way import walk

FOLDER = shared_folder() / "data" / "adventureworks"
LAST_DAY = date(2011, 6, 20)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"{FOLDER} is absent: the AdventureWorks files are not there"),
]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, Report]]:
    """The slice in a store of its own, on each database."""
    folder = tmp_path_factory.mktemp("adventureworks")
    with ExitStack() as databases:
        store = str(folder / "store.db")
        if request.param == "postgresql":
            store = databases.enter_context(fresh_database(request.getfixturevalue("postgresql_server")))
        create_store(StoreAddress(store))
        settings = load_settings(store=store, key_file=folder / "store.key")
        gateway = open_gateway(settings, build_bus(), clock=FixedClock(LAST_DAY))
        try:
            yield gateway, import_adventureworks(gateway, FOLDER, as_of=LAST_DAY)
        finally:
            gateway.close()


def test_every_row_goes_somewhere_and_nothing_is_quarantined(imported: tuple[Gateway, Report]) -> None:
    _, report = imported
    assert report.quarantined == []
    assert [f for f in report.files if f.read != f.accepted + f.later + f.quarantined + f.without_home] == []


def test_file_is_booked_plus_rounding_in_every_total(imported: tuple[Gateway, Report]) -> None:
    _, report = imported
    assert len(report.controls) > 20
    assert report.unexplained == []


def test_the_books_verify(imported: tuple[Gateway, Report]) -> None:
    gateway, _ = imported
    assert verify(gateway).findings == []


def test_orders_that_ship_later_are_open_on_the_day(imported: tuple[Gateway, Report]) -> None:
    gateway, report = imported
    made = report.commands
    assert made["create_sales_order"] > made["ship_goods"] > 0
    assert made["create_production_order"] > made["complete_production"] > 0
    assert gateway.query("document_totals", {"prefix": "adventureworks:wo:1:"}, principal=SYSTEM) != []


def test_the_company_is_planned_released_and_stated(imported: tuple[Gateway, Report]) -> None:
    gateway, _ = imported
    walked = walk(gateway, LAST_DAY)
    assert walked.quarantined == 0
    assert walked.plan["counts"]["planned_orders"] > 0
    assert set(walked.released) == {"purchase_order", "production_order"}
    assert walked.conflicts == 0
    assert walked.repeated == "refusal.nothing_released"
    stated = walked.statements
    assert stated["total assets"] == stated["total liabilities and equity"] > 0
    assert stated["profit of the year"] == stated["change of retained earnings"]
    assert stated["revenue of the year"] > 0
    assert walked.findings == []


def test_importing_again_changes_nothing(imported: tuple[Gateway, Report]) -> None:
    gateway, report = imported
    before = gateway.query("document_totals", {"prefix": "adventureworks:"}, principal=SYSTEM)
    again = import_adventureworks(gateway, FOLDER, as_of=LAST_DAY)
    assert again.commands == report.commands
    assert gateway.query("document_totals", {"prefix": "adventureworks:"}, principal=SYSTEM) == before


def test_a_folder_without_the_files_is_refused_by_name(imported: tuple[Gateway, Report], tmp_path: Path) -> None:
    gateway, _ = imported
    with pytest.raises(Refused, match=r"billofmaterials\.csv\.gz is missing"):
        import_adventureworks(gateway, tmp_path)
