"""The ordering form of a customer on real connections: his goods at his prices, once however often it is sent, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from app.kernel.access import SYSTEM
from tests.api.conftest import asked
from tests.plant import Plant

pytestmark = pytest.mark.slow
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def caller(base: str) -> Iterator[httpx.Client]:
    """A customer with a phone and no session."""
    with httpx.Client(base_url=base, timeout=20.0, headers={"accept": "text/html", "origin": base}) as client:
        yield client


def shared(plant: Plant, name: str) -> str:
    """The address of a new ordering form of a customer who has ordered before."""
    given = {"customer": "C-100"}
    return str(plant.give("share_ordering_form", given, command_id=f"p-form-{name}").data["path"])


def drafts(plant: Plant) -> list[dict[str, object]]:
    """The orders that came by the form."""
    found = plant.gateway.query("sales_orders", {"limit": 500}, principal=SYSTEM)
    return [row for row in found if row["channel"] == "form"]


def test_a_customer_orders_his_goods_at_his_prices_and_a_form_that_is_sent_twice_orders_once(
    caller: httpx.Client, plant: Plant
) -> None:
    path = shared(plant, "order")
    page = asked(caller, path + "?lang=zh-Hans")
    assert page.status_code == 200
    assert "在此订货" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    field = re.search(r'name="(q\d+)"[^>]*>', page.text)
    command = re.search(r'name="id" value="([0-9a-f-]{36})"', page.text)
    assert field is not None
    assert command is not None
    before = len(drafts(plant))
    given = {"id": command[1], field[1]: "2", "reference": "HIS-1", "note": HOSTILE, "due_on": "2026-12-01"}
    for _ in range(2):
        thanks = caller.post(path + "?lang=en", data=given, follow_redirects=True)
        assert "Thank you. Your order is" in thanks.text
    orders = drafts(plant)
    assert len(orders) == before + 1
    order = orders[0]
    assert (order["state"], order["external_number"], order["note"]) == ("draft", "HIS-1", HOSTILE)
    inbox = plant.gateway.query("inbox", {}, principal=SYSTEM)
    assert order["id"] in {row["document_id"] for row in inbox if row["kind"] == "ordered_by_form"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Nothing is ordered yet"),
        ({"q": "0"}, "Nothing is ordered yet"),
        ({"q": "-3"}, "is no quantity"),
        ({"q": "1e9"}, "is no quantity"),
        ({"q": "1", "due_on": "soon"}, "is no day"),
        ({"q": "1", "id": "' or 1=1"}, "could not be read"),
    ],
    ids=str,
)
def test_what_is_no_order_is_told_and_nothing_is_lost(
    caller: httpx.Client, plant: Plant, typed: dict[str, str], told: str
) -> None:
    path = shared(plant, "wrong")
    page = asked(caller, path + "?lang=en").text
    fields = {
        name: re.search(pattern, page)
        for name, pattern in (("q", r'name="(q\d+)"'), ("id", r'value="([0-9a-f-]{36})"'))
    }
    assert all(fields.values())
    names = {name: found[1] for name, found in fields.items() if found is not None}
    given = {"id": names["id"], "note": "keep me", **{names["q"] if key == "q" else key: v for key, v in typed.items()}}
    before = len(drafts(plant))
    answer = caller.post(path + "?lang=en", data=given)
    assert answer.status_code == 422
    assert told in answer.text
    assert "keep me" in answer.text
    assert len(drafts(plant)) == before


def test_a_form_that_is_forged_foreign_or_taken_back_orders_nothing(caller: httpx.Client, plant: Plant) -> None:
    path = shared(plant, "gone")
    command = re.search(r'value="([0-9a-f-]{36})"', asked(caller, path).text)
    assert command is not None
    order_path = plant.give("share_order", {"order": plant.ids["case_order"]}, command_id="p-form-o").data["path"]
    assert asked(caller, order_path.replace("/o/", "/f/")).status_code == 404
    assert asked(caller, path.replace("/f/", "/o/")).status_code == 404
    assert caller.post(path, data={"id": command[1]}, headers={"origin": "https://evil.example"}).status_code == 403
    plant.give("revoke_ordering_forms", {"customer": "C-100"}, command_id="p-form-revoke")
    assert asked(caller, path).status_code == 404
    assert caller.post(path, data={"id": command[1]}).status_code == 404
