"""Files of orders over HTTP: taken as the person who sends them, once, and refused whole where they are no orders."""

from __future__ import annotations

import json

import httpx
import pytest

from app.api.cookies import form_token
from tests.api.conftest import session_cookie, signed_in
from tests.contract.modules.test_marketplaces import PINDUODUO, csv_of
from tests.plant import Plant
from tests.shop_case import shopify_order

pytestmark = pytest.mark.slow


def given(client: httpx.Client, shop: str, *contents: bytes) -> httpx.Response:
    """Send files of a shop as a browser's program does."""
    proof = {"x-form-token": form_token(session_cookie(client))}
    files = [("files", (f"orders-{number}.csv", content)) for number, content in enumerate(contents)]
    return client.post(f"/api/imports/shop-orders/{shop}", files=files, headers=proof)


def test_files_are_taken_once(base: str, plant: Plant) -> None:
    shop = {"code": "PDD", "name": "Pinduoduo", "system": "pinduoduo", "customer": "C-100", "tax_code": "VAT13"}
    plant.give("put_shop", shop, command_id="imports-shop")
    rows = [{**PINDUODUO[0], "商家编码-SKU维度": "KETTLE-1"}]
    with signed_in(base, "clerk") as clerk:
        first = given(clerk, "PDD", csv_of(rows).content)
        assert (first.status_code, first.json()["states"]) == (200, {"booked": 1}), first.text
        assert given(clerk, "PDD", csv_of(rows).content).json()["stored"] == 0
        refused = given(clerk, "PDD", b"no,orders\n1,2\n")
        assert (refused.status_code, "订单号" in refused.json()["message"]) == (422, True)
        assert given(clerk, "NO-SUCH", csv_of(rows).content).status_code == 422


def test_who_may_not_take_messages_takes_none(base: str, plant: Plant) -> None:
    content = json.dumps(shopify_order(991, [("KETTLE-1", 1, "180.00")])).encode()
    with signed_in(base, "till") as cashier:
        answer = given(cashier, "TEA", content)
    assert (answer.status_code, answer.json()["status"]) == (403, "refused")
