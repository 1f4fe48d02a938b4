"""Master data that transactions share: a change by anybody is seen by the next command, and what was undone is never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.kernel.access import SYSTEM
from app.kernel.driver import Driver
from app.kernel.gateway import Submission, new_command_id
from app.kernel.known import MasterDataCache
from tests.company import Company, reopened

_LINES = [{"item": "PART", "quantity": 3, "unit_price": "2"}]


@pytest.fixture
def item_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Queries on the table of items from here on."""
    seen: list[str] = []
    read = Driver.read

    def noting(driver: Driver, text: str, *rest: Any) -> Any:
        if 'from "item"' in text:
            seen.append(text)
        return read(driver, text, *rest)

    monkeypatch.setattr(Driver, "read", noting)
    return seen


def test_the_second_command_does_not_read_the_item_again(works: Company, item_reads: list[str]) -> None:
    works.do("create_purchase_order", supplier="SUP", lines=_LINES)
    assert item_reads
    item_reads.clear()
    works.do("create_purchase_order", supplier="SUP", lines=_LINES)
    assert item_reads == []


def test_a_change_is_seen_by_the_next_command_at_another_gateway(works: Company, tmp_path: Path) -> None:
    works.do("create_purchase_order", supplier="SUP", lines=_LINES)
    with reopened(works.gateway.store.address.text, key_file=tmp_path / "store.key") as other:
        other.do("create_purchase_order", supplier="SUP", lines=_LINES)
        works.do("put_party", code="SUP", name="Supplier", is_supplier=False, is_customer=True)
        assert other.refused("create_purchase_order", supplier="SUP", lines=_LINES) == "party_role"


def test_master_data_of_a_refused_submission_is_never_seen(works: Company) -> None:
    works.do("create_purchase_order", supplier="SUP", lines=_LINES)
    changed = Submission(
        "put_party", {"code": "SUP", "name": "S", "is_customer": True, "is_supplier": False}, new_command_id(), SYSTEM
    )
    ordered = Submission("create_purchase_order", {"supplier": "SUP", "lines": _LINES}, new_command_id(), SYSTEM)
    done, refused = works.gateway.submit_together([changed, ordered], lambda _connection, _receipts: True)
    assert (done.status, refused.status) == ("done", "refused")
    works.do("create_purchase_order", supplier="SUP", lines=_LINES)
    works.assert_clean()


def test_what_is_known_belongs_to_one_position_and_has_a_bound() -> None:
    cache = MasterDataCache(most=2)
    first = cache.at(5)
    first.lookups[("unit", ("id",), 1)] = ()
    assert cache.at(5) is first
    later = cache.at(6)
    assert later.lookups == {}
    late_reader = cache.at(5)
    late_reader.lookups[("unit", ("id",), 2)] = ()
    assert cache.at(6) is later
    assert cache.at(6).lookups == {}
    later.lookups |= {("unit", ("id",), number): () for number in range(2)}
    assert cache.at(6).lookups == {}
