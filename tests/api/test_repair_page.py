"""The customer's page of a repair on real connections: what he sees of it, one answer to the estimate that he saw, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

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


def offered(plant: Plant, name: str) -> tuple[str, str]:
    """A repair whose estimate is offered by a link: its number and the address."""

    def give(command: str, **data: Any) -> Any:
        return plant.give(command, data, command_id=f"p-answer-{name}-{command}")

    lines = [{"line": 1, "quantity": 1, "fault": HOSTILE}]
    against = plant.numbers["case_shipment"]
    case = give("open_service_case", kind="repair", reason="defective", against=against, lines=lines)
    repair = give("open_repair_order", case=case.number).number
    give(
        "put_repair_estimate",
        repair=repair,
        diagnosis="The lid leaks",
        diagnosis_fee="20",
        lines=[{"kind": "part", "item": "KETTLE-2", "quantity": 1, "unit_price": "44.50", "warranty_share": "0.5"}],
    )
    path = give("share_repair", repair=repair).data["path"]
    give("offer_repair_estimate", repair=repair)
    return str(repair), str(path)


def state(plant: Plant, number: str) -> tuple[str, str | None]:
    """How a repair stands, and who answered."""
    (row,) = (row for row in plant.gateway.query("repairs", {"search": number}, principal=SYSTEM))
    return row["state"], row["answered_by"]


def hidden(page: httpx.Response) -> dict[str, str]:
    """What the form of a page carries."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))


def test_a_customer_wants_his_repair_once_however_often_he_sends_it(caller: httpx.Client, plant: Plant) -> None:
    number, path = offered(plant, "want")
    page = asked(caller, path + "?lang=en")
    assert page.status_code == 200
    assert all(part in page.text for part in (number, "The lid leaks", "22.25", "Without the repair"))
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    answer = {**hidden(page), "wanted": "yes", "answered_by": "Ms Li"}
    for _ in range(2):
        told = asked(caller, path + "?lang=en", answer)
        assert "Being repaired" in told.text
        assert "Ms Li" in told.text
    assert state(plant, number) == ("released", "Ms Li")
    inbox = plant.gateway.query("inbox", {}, principal=SYSTEM)
    assert "repair_wanted" in {row["kind"] for row in inbox}


def test_an_estimate_that_moved_is_not_answered_and_nonsense_is_said_to_be(caller: httpx.Client, plant: Plant) -> None:
    number, path = offered(plant, "moved")
    seen = hidden(asked(caller, path))
    for wrong in ({}, {"wanted": "maybe"}, {"answered_by": "  "}, {"version": "x"}, {"answered_by": "a\x00b"}):
        answer = {**seen, "wanted": "yes", "answered_by": "Li", **wrong} if wrong else {}
        refused = asked(caller, path + "?lang=en", answer)
        assert (refused.status_code, "could not be read" in refused.text) == (422, True), wrong
    dearer = [{"line": 1, "kind": "part", "item": "KETTLE-2", "quantity": 2, "unit_price": "44.50"}]
    changed = {"repair": number, "diagnosis": "Both lids", "lines": dearer}
    plant.give("put_repair_estimate", changed, command_id="p-answer-change")
    plant.give("offer_repair_estimate", {"repair": number}, command_id="p-answer-again")
    late = asked(caller, path + "?lang=en", {**seen, "wanted": "yes", "answered_by": "Li"})
    assert (late.status_code, "has changed or was answered" in late.text) == (409, True)
    assert state(plant, number) == ("offered", None)
    declined = asked(caller, path + "?lang=zh-Hant", {**hidden(late), "wanted": "no", "answered_by": "Li"})
    assert "按您的要求未維修" in declined.text
    assert state(plant, number) == ("rejected", "Li")


def test_a_link_that_is_forged_of_another_page_or_taken_back_shows_nothing(caller: httpx.Client, plant: Plant) -> None:
    number, path = offered(plant, "forged")
    order = plant.give("share_order", {"order": plant.ids["sales_order"]}, command_id="p-answer-order").data["path"]
    swapped = "/r/" + order.removeprefix("/o/")
    plant.give("revoke_repair_links", {"repair": number}, command_id="p-answer-revoke")
    for none in (path, swapped, path[:-1] + ("A" if path[-1] != "A" else "B")):
        assert asked(caller, none).status_code == 404
