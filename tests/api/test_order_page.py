"""The customer's page on real connections: his order and nothing else, for as long as his link is good, in his language."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.kernel.access import SYSTEM
from tests.plant import Plant

pytestmark = pytest.mark.slow
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def caller(base: str) -> Iterator[httpx.Client]:
    """A customer with a phone and no session."""
    with httpx.Client(base_url=base, timeout=20.0, headers={"accept": "text/html"}) as client:
        yield client


def shared(plant: Plant, name: str) -> str:
    """The address of a new link to the picked order, whose parcel was handed over."""
    order = plant.ids["picked_sales_order"]
    plant.give("hand_over_parcels", {"order": order}, command_id="p-page-hand-over")
    event = {"parcel": plant.ids["parcel"], "state": "in_transit", "said": HOSTILE, "place": "Suzhou"}
    plant.give("record_tracking_event", event, command_id="p-page-event")
    return plant.give("share_order", {"order": order}, command_id=f"p-page-{name}").data["path"]


def test_a_customer_sees_his_order_and_its_parcel_in_his_language(caller: httpx.Client, plant: Plant) -> None:
    path = shared(plant, "seen")
    answer = caller.get(path, headers={"accept-language": "zh-TW"})
    assert answer.status_code == 200
    assert "黃銅" in answer.text or "黄铜水壶" in answer.text
    assert "運送中" in answer.text
    assert "On the way" in caller.get(path + "?lang=en").text
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;" in answer.text
    for secret in ("180.00", "C-100", "64.00", "Everything Chen"):
        assert secret not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "same-origin")


def test_goods_that_left_without_a_parcel_are_told_as_shipped(caller: httpx.Client, plant: Plant) -> None:
    for name, told in (("sales_order", "Shipped"), ("open_sales_order", "Being prepared")):
        given = {"order": plant.ids[name]}
        path = plant.give("share_order", given, command_id=f"p-page-{name}").data["path"]
        assert f'<p class="state">{told}</p>' in caller.get(path + "?lang=en").text


def test_a_forged_or_revoked_link_shows_nothing_and_opens_nothing_else(caller: httpx.Client, plant: Plant) -> None:
    path = shared(plant, "revoked")
    forged = path[:-2] + ("AA" if not path.endswith("AA") else "BB")
    assert caller.get(forged).status_code == 404
    assert caller.post(path).status_code in {401, 403}
    assert caller.get(path + "/../../api/session").status_code in {303, 401}
    plant.give("revoke_order_links", {"order": plant.ids["picked_sales_order"]}, command_id="p-page-revoke")
    gone = caller.get(path)
    assert gone.status_code == 404
    assert "KETTLE" not in gone.text


def test_a_customer_says_how_it_was_and_sees_that_it_is_kept(caller: httpx.Client, base: str, plant: Plant) -> None:
    order = plant.ids["case_order"]
    path = plant.give("share_order", {"order": order}, command_id="p-page-feedback").data["path"]
    page = caller.get(path + "?lang=en")
    assert "How was your order" in page.text
    said = {"about": str(order), "satisfaction": "3", "recommendation": "7", "comment": HOSTILE}
    assert caller.post(path, data=said).status_code == 403  # Without an origin it may be anybody's form.
    assert caller.post(path, data=said, headers={"origin": "https://evil.example"}).status_code == 403
    kept = caller.post(path + "?lang=en", data=said, headers={"origin": base}, follow_redirects=True)
    assert "We have kept what you said" in kept.text
    assert "&lt;script&gt;" in kept.text
    assert HOSTILE not in kept.text
    assert "form-action 'self'" in kept.headers["content-security-policy"]
    found = plant.gateway.query("customer_feedback", {}, principal=SYSTEM)
    assert [(row["satisfaction"], row["comment"]) for row in found if row["about_id"] == order] == [(3, HOSTILE)]
    nonsense = caller.post(path + "?lang=zh-Hant", data={"about": "1"}, headers={"origin": base}, follow_redirects=True)
    assert "未能儲存" in nonsense.text
    unmarked = {**said, "satisfaction": "9", "comment": "It came late."}
    mended = caller.post(path + "?lang=en", data=unmarked, headers={"origin": base})
    assert (mended.status_code, "It came late." in mended.text) == (422, True)
    large = caller.post(path, data={**said, "comment": "x" * 40_000}, headers={"origin": base})
    assert large.status_code == 422


def test_who_asks_too_often_waits(caller: httpx.Client) -> None:
    answers = [caller.get(f"/o/{'A' * 43}").status_code for _ in range(60)]
    assert answers[0] in {404, 429}
    assert answers[-1] == 429
