"""News of parcels on both databases: any order, once, kept for later; trouble reaches who sold; requests leave by a bounded outbox."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

from app.jobs.carriers import Sender, apply_waiting, store_message, watch_all
from app.kernel.access import SYSTEM, Principal
from pipelines.connectors.kuaidi100.signature import push_signature, query_signature
from tests.company import Company
from tests.makers import on_its_way, packed, pushed, tracker
from tests.tampering import tamper

D = Decimal


def told(works: Company, body: bytes) -> str:
    """Push a message, apply it, and return what became of it."""
    message = pushed(works, body)
    apply_waiting(works.gateway)
    return next(row["state"] for row in works.ask("carrier_messages") if row["id"] == message)


def stands(works: Company, parcel: int) -> dict[str, Any]:
    """How a parcel stands."""
    return next(row for row in works.ask("parcels") if row["id"] == parcel)


def kuaidi(state: str, *events: tuple[str, str], number: str = "SF1000000001", salt: str = "salt") -> bytes:
    """A push of Kuaidi100 as it comes: a form whose field is signed as text."""
    from urllib.parse import urlencode

    data = [{"ftime": at, "context": said, "areaName": "苏州"} for at, said in events]
    result = {"com": "shunfeng", "nu": number, "state": state, "data": data}
    param = json.dumps({"status": "polling", "lastResult": result}, ensure_ascii=False)
    return urlencode({"sign": push_signature(param, salt), "param": param}).encode()


def test_the_newest_event_wins_in_whatever_order_news_comes(works: Company) -> None:
    parcel = on_its_way(works)
    assert told(works, tracker("out_for_delivery", at="2026-06-15T09:00:00Z")) == "applied"
    assert told(works, tracker("in_transit", at="2026-06-15T03:00:00Z")) == "applied"
    assert stands(works, parcel)["tracking_state"] == "out_for_delivery"
    assert [row["state"] for row in works.ask("parcel_events", document=parcel)] == ["out_for_delivery", "in_transit"]
    told(works, tracker("delivered", at="2026-06-15T17:00:00Z"))
    row = stands(works, parcel)
    assert (row["tracking_state"], row["delivered_on"]) == ("delivered", date(2026, 6, 16))
    works.assert_clean()


def test_the_same_news_twice_is_one_event(works: Company) -> None:
    parcel = on_its_way(works)
    for _ in range(3):
        told(works, tracker())
    told(works, tracker().replace(b'"Event"', b'"Event" '))
    assert len(works.ask("parcel_events", document=parcel)) == 1
    assert len(works.ask("carrier_messages")) == 2
    works.assert_clean()


def test_news_of_an_unknown_number_waits_for_its_parcel(works: Company) -> None:
    parcel = on_its_way(works)
    assert told(works, tracker("delivered", number="sf999")) == "unmatched"
    works.do("change_parcel", parcel=parcel, carrier="SF", tracking_number="SF999")
    apply_waiting(works.gateway)
    assert stands(works, parcel)["tracking_state"] == "delivered"
    works.assert_clean()


def test_what_cannot_be_read_is_kept_with_the_reason(works: Company) -> None:
    parcel = on_its_way(works)
    for body in (b"\xff\x00", b"[]", b"{" * 5000, b'{"object":"Tracker","status":"flying"}', tracker(at="soon")):
        assert told(works, body) == "unreadable"
    assert stands(works, parcel)["tracking_state"] == "announced"
    works.assert_clean()


def test_kuaidi100_tells_local_time_states_and_trouble(works: Company) -> None:
    parcel = on_its_way(works, "kuaidi100")
    told(works, kuaidi("0", ("2026-06-15 10:00:00", "已揽收"), ("2026-06-15 12:00:00", "运输中")))
    told(works, kuaidi("2", ("2026-06-15 18:00:00", "地址不详"), ("2026-06-15 10:00:00", "已揽收")))
    row = stands(works, parcel)
    assert (row["tracking_state"], row["problem"]) == ("failed", "failed")
    assert row["state_at"] == datetime(2026, 6, 15, 10, tzinfo=UTC)
    assert len(works.ask("parcel_events", document=parcel)) == 3
    (item,) = [row for row in works.ask_table("inbox_item") if row["kind"] == "parcel_failed"]
    assert (item["state"], item["role_code"]) == ("open", "clerk")
    told(works, kuaidi("3", ("2026-06-16 09:00:00", "已签收")))
    (item,) = [row for row in works.ask_table("inbox_item") if row["kind"] == "parcel_failed"]
    assert (stands(works, parcel)["problem"], item["state"]) == (None, "done")
    works.assert_clean()


def test_trouble_reaches_the_clerk_who_made_the_order(works: Company) -> None:
    works.do("put_user", login="li", name="Li", roles=["clerk"])
    user = next(row["id"] for row in works.ask_table("user_account") if row["login"] == "li")
    clerk = Principal(user, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))
    works.do("put_carrier", code="SF", name="SF", system="webhook", secret="salt")
    from tests.makers import stocked

    stocked(works)
    lines = [{"item": "PART", "quantity": 1, "unit_price": "5"}]
    order = works.submit("create_sales_order", principal=clerk, customer="CUS", lines=lines).document
    works.do("release_wave", orders=[order])
    (line,) = works.ask("pick_lines", document=order)
    scan = {"pick_list": line["pick_list_id"], "line": 1, "location": "MAIN", "scanned": "PART", "quantity": 1}
    works.do("confirm_pick", **scan)
    works.do("pack_parcel", order=order, carrier="SF", tracking_number="SF1000000001")
    works.do("hand_over_parcels", order=order)
    told(works, tracker("return_to_sender"))
    (item,) = [row for row in works.ask_table("inbox_item") if row["kind"] == "parcel_returned"]
    assert (item["user_id"], item["role_code"]) == (user, None)


def test_a_parcel_without_news_and_one_past_its_promise_are_told_once(works: Company) -> None:
    parcel = on_its_way(works, quiet_days=1)
    works.do("watch_parcels")
    assert stands(works, parcel)["problem"] is None
    event = {"parcel": parcel, "state": "in_transit", "happened_at": "2026-06-14T00:00:00Z"}
    works.do("record_tracking_event", **event)
    works.do("watch_parcels")
    works.do("watch_parcels")
    assert stands(works, parcel)["problem"] is None  # It was handed over today; news from before is no silence.
    said = json.loads(tracker())
    said["result"]["est_delivery_date"] = "2026-12-24"
    told(works, json.dumps(said).encode())
    order = works.ask("parcels")[0]["order_id"]
    assert works.ask("document_by_id", document=order)[0]["due_on"] is None
    works.do("watch_parcels")
    assert stands(works, parcel)["expected_on"].isoformat() == "2026-12-24"
    works.assert_clean()


def test_older_news_does_not_bring_back_an_older_promise(works: Company) -> None:
    parcel = on_its_way(works)

    def promised(day: str, at: str) -> None:
        said = json.loads(tracker(at=at))
        said["result"]["est_delivery_date"] = day
        told(works, json.dumps(said).encode())

    promised("2026-06-22", "2026-06-15T10:00:00Z")
    promised("2026-06-18", "2026-06-15T08:00:00Z")
    assert stands(works, parcel)["expected_on"].isoformat() == "2026-06-22"
    promised("2026-06-20", "2026-06-15T11:00:00Z")
    assert stands(works, parcel)["expected_on"].isoformat() == "2026-06-20"


def test_parcels_are_watched_a_part_at_a_time_and_missed_news_is_applied(works: Company) -> None:
    parcel = on_its_way(works)
    first = works.do("watch_parcels", at_most=1)
    assert first.data["go_on_after"] == parcel
    assert works.do("watch_parcels", after=parcel, at_most=1).data["go_on_after"] is None
    assert told(works, tracker("delivered", number="SF999")) == "unmatched"
    tamper(works, f"update parcel set tracking_number = 'SF999' where id = {parcel}")
    watch_all(works.gateway)
    apply_waiting(works.gateway)
    assert stands(works, parcel)["tracking_state"] == "delivered"


def test_a_late_parcel_is_told_by_its_expected_day(works: Company) -> None:
    works.do("put_carrier", code="SF", name="SF", services=[{"code": "SEA", "name": "By sea", "transit_days": 30}])
    from tests.makers import stocked

    stocked(works)
    order = works.do(
        "create_sales_order",
        customer="CUS",
        due_on="2026-06-20",
        lines=[{"item": "PART", "quantity": 1, "unit_price": "5"}],
    ).document
    works.do("plan_delivery", order=order, carrier="SF", service="SEA")
    works.do("release_wave", orders=[order])
    (line,) = works.ask("pick_lines", document=order)
    scan = {"pick_list": line["pick_list_id"], "line": 1, "location": "MAIN", "scanned": "PART", "quantity": 1}
    works.do("confirm_pick", **scan)
    parcel = works.do("pack_parcel", order=order).document
    assert parcel is not None
    works.do("hand_over_parcels", order=order)
    works.do("watch_parcels")
    works.do("watch_parcels")
    assert stands(works, parcel)["problem"] == "late"
    assert [row["kind"] for row in works.ask_table("inbox_item")] == ["parcel_late"]
    works.do("record_tracking_event", parcel=parcel, state="delivered")
    assert [row["state"] for row in works.ask_table("inbox_item")] == ["done"]
    assert works.refused("record_tracking_event", parcel=parcel, state="delivered", happened_at="2027-01-01T00:00:00Z")
    works.assert_clean()


# The outbox ----------------------------------------------------------------------------------------------------------


class Vendor:
    """A carrier's system on this machine that keeps what it was sent and answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.answers: list[tuple[int, bytes]] = []


@contextmanager
def vendor() -> Iterator[tuple[Vendor, str]]:
    """Serve a vendor over HTTP."""
    kept = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            kept.asked.append((self.path, parse_qs(form)))
            status, body = kept.answers.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_parcel_handed_over_is_subscribed_and_asked_for_signed(works: Company) -> None:
    works.do("put_party", code="CUS", name="Customer", is_customer=True, phone="138 0000 1234")
    parcel = on_its_way(works, "kuaidi100")
    works.do("follow_parcel", parcel=parcel, how="query")
    with vendor() as (kept, address):
        data = [{"ftime": "2026-06-15 10:00:00", "context": "已揽收"}]
        answer = {"message": "ok", "nu": "SF1000000001", "com": "shunfeng", "state": "1", "data": data}
        kept.answers = [(200, b'{"result":true,"returnCode":"200"}'), (200, json.dumps(answer).encode())]
        sender = Sender(works.gateway, "https://erp.example.com", {"kuaidi100": address})
        assert (sender.send_waiting(), sender.send_waiting()) == (2, 0)
    (first, subscribed), (second, asked) = kept.asked
    param = json.loads(subscribed["param"][0])
    assert (first, subscribed["schema"]) == ("/poll", ["json"])
    assert (param["company"], param["number"], param["key"]) == ("shunfeng", "SF1000000001", "key")
    assert param["parameters"] == {
        "callbackurl": "https://erp.example.com/webhooks/kuaidi100/SF",
        "salt": "salt",
        "resultv2": "1",
        "phone": "1234",
    }
    assert second == "/poll/query.do"
    assert asked["sign"] == [query_signature(asked["param"][0], "key", "C1")]
    apply_waiting(works.gateway)
    assert stands(works, parcel)["tracking_state"] == "collected"
    assert [row["state"] for row in works.ask("parcel_requests", document=parcel)] == ["done", "done"]
    works.assert_clean()


def test_a_refused_redirected_or_silent_vendor_is_asked_again_later_and_not_for_ever(works: Company) -> None:
    parcel = on_its_way(works, "kuaidi100")
    with vendor() as (kept, address):
        sender = Sender(works.gateway, "https://erp.example.com", {"kuaidi100": address})
        kept.answers = [(302, b"")]
        assert sender.send_waiting() == 0
        assert (sender.send_waiting(), len(kept.asked)) == (0, 1)  # It waits its pause.
    (row,) = works.ask("parcel_requests", document=parcel)
    assert (row["state"], row["attempt"]) == ("waiting", 1)
    given = {"request": row["id"], "answered": False, "answer": "no connection"}
    for attempt in range(1, 6):
        works.do("record_carrier_answer", **given, attempt=attempt)
    works.do("record_carrier_answer", **given, attempt=0)
    (row,) = works.ask("parcel_requests", document=parcel)
    assert (row["state"], row["attempt"]) == ("failed", 6)


def test_a_vendor_that_cannot_be_reached_is_recorded_and_ends_the_round(works: Company) -> None:
    parcel = on_its_way(works, "kuaidi100")
    Sender(works.gateway, "https://erp.example.com", {"kuaidi100": "http://127.0.0.1:9"}).send_waiting()
    (row,) = works.ask("parcel_requests", document=parcel)
    assert (row["state"], row["attempt"]) == ("waiting", 1)
    assert "refused" in row["answer"]


def test_what_is_not_set_up_is_off_and_says_so(works: Company) -> None:
    parcel = on_its_way(works, "kuaidi100")
    Sender(works.gateway).send_waiting()
    (row,) = works.ask("parcel_requests", document=parcel)
    assert (row["state"], row["answer"]) == ("failed", "not set: public_address")
    works.do("put_carrier", code="HAND", name="By hand")
    by_hand = packed(works)["parcel"]
    assert works.refused("follow_parcel", parcel=by_hand) == "cannot_ask_carrier"


def test_only_the_door_stores_a_push(works: Company) -> None:
    on_its_way(works)
    clerk = Principal(8, "li", "Li", roles=frozenset({"clerk"}), permissions=frozenset({"*"}))
    given = {"carrier": "SF", "source": "push", "body": "e30="}
    assert works.submit("receive_carrier_message", principal=clerk, **given).message_key == "refusal.not_permitted"
    assert store_message(works.gateway, "SF", "push", b"{}")
    assert store_message(works.gateway, "SF", "push", b"{}")
    assert len(works.ask("carrier_messages")) == 1
    assert works.gateway.query("shop_deliveries", {}, principal=SYSTEM) == []


def test_a_push_with_an_impossible_day_stands_in_nobodys_way(works: Company) -> None:
    parcel = on_its_way(works, "kuaidi100")
    pushed(works, kuaidi("0", ("0001-01-01 00:00:00", "empty")))
    pushed(works, kuaidi("5", ("2026-06-16 08:00:00", "out")))
    apply_waiting(works.gateway)
    assert stands(works, parcel)["tracking_state"] == "out_for_delivery"
