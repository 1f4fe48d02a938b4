"""A document is printed at its address, by whoever may read it and by nobody else."""

from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import signed_in
from tests.plant import Plant

pytestmark = pytest.mark.slow


def test_a_clerk_opens_the_order_confirmation_as_pdf(base: str, plant: Plant) -> None:
    order = plant.ids["open_sales_order"]
    with signed_in(base, "clerk") as client:
        answer = client.get(
            f"/api/documents/{order}/print", params={"sheet": "order_confirmation", "language": "zh-Hans"}
        )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''order_confirmation-SO-")
    assert answer.content.startswith(b"%PDF-")


def test_who_may_not_read_it_and_who_is_not_signed_in_gets_no_byte(base: str, plant: Plant) -> None:
    address = f"/api/documents/{plant.ids['open_sales_order']}/print"
    with signed_in(base, "admin") as client:
        refused = client.get(address)
    assert refused.status_code == 404
    assert b"%PDF" not in refused.content
    assert httpx.get(f"{base}{address}").status_code == 401


def test_a_wrong_sheet_is_refused_with_those_there_are(base: str, plant: Plant) -> None:
    with signed_in(base, "clerk") as client:
        answer = client.get(f"/api/documents/{plant.ids['open_sales_order']}/print", params={"sheet": "poster"})
    assert answer.status_code == 422
    assert "order_confirmation" in answer.json()["message"]
