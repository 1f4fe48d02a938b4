"""What customers say, on both databases: after delivery or settlement, once, changeable for fourteen days, and counted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from app.api.feedback_form import read_feedback, take_feedback
from app.kernel.clock import FixedClock
from app.modules.service.feedback import feedback_asked
from tests.company import Company
from tests.contract.modules.test_service_cases import inspected, opened, sold
from tests.makers import sales_order, shipped, to_ship

D = Decimal


def said_by_form(works: Company, token: str, body: bytes) -> bool:
    """Send a form by a link; returns whether it is kept."""
    return take_feedback(works.gateway, token, read_feedback(body))


def token_of_order(works: Company, order: int) -> str:
    """The link of an order."""
    return str(works.do("share_order", order=order).data["path"]).removeprefix("/o/")


def order_of(works: Company) -> int:
    """The order that is there."""
    return next(int(row["id"]) for row in works.ask_table("document") if row["kind"] == "sales_order")


def test_an_order_that_is_not_delivered_is_not_asked_about(works: Company) -> None:
    order_id = to_ship(works)
    assert works.refused("give_feedback", about=order_id, satisfaction=5) == "feedback_too_early"
    token = token_of_order(works, order_id)
    assert feedback_asked(works.gateway, token) == []
    works.do("ship_goods", order=order_id)
    assert [row["kind"] for row in feedback_asked(works.gateway, token)] == ["sales_order"]
    works.do("give_feedback", about=order_id, satisfaction=5)


def test_feedback_is_kept_once_and_changed_for_fourteen_days(works: Company) -> None:
    order = shipped(works)
    works.do("give_feedback", about=order, satisfaction=2, recommendation=3, comment="late")
    clock = works.gateway.clock
    works.gateway.clock = FixedClock(clock.today() + timedelta(days=13))
    works.do("give_feedback", about=order, satisfaction=4)
    (row,) = works.ask("customer_feedback")
    assert (row["satisfaction"], row["recommendation"], row["comment"]) == (4, None, None)
    works.gateway.clock = FixedClock(clock.today() - timedelta(days=1))  # The machine's clock was set back.
    works.do("give_feedback", about=order, satisfaction=4)
    works.gateway.clock = FixedClock(clock.today() + timedelta(days=15))
    assert works.refused("give_feedback", about=order, satisfaction=1) == "feedback_too_late"
    token = token_of_order(works, order)
    assert [asked["changeable"] for asked in feedback_asked(works.gateway, token)] == [False]
    assert not said_by_form(works, token, f"about={order}&satisfaction=1".encode())
    works.assert_clean()


def test_a_link_speaks_of_its_settled_case_and_its_order_and_of_nothing_else(works: Company) -> None:
    case = inspected(works, good=4)
    order = order_of(works)
    token = token_of_order(works, order)
    assert [row["about_id"] for row in feedback_asked(works.gateway, token)] == [order]
    restock = [{"line": 1, "quantity": 4, "disposition": "restock"}]
    works.do("decide_service_case", case=case, outcome="credit", lines=restock)
    works.do("settle_service_case", case=case)
    assert [row["about_id"] for row in feedback_asked(works.gateway, token)] == [case, order]
    comment = "%E8%B0%A2%E8%B0%A2%0D%0Atwo+lines"
    assert said_by_form(works, token, f"about={case}&satisfaction=5&recommendation=10&comment={comment}".encode())
    (row,) = works.ask("case_feedback", document=case)
    assert (row["satisfaction"], row["recommendation"], row["comment"]) == (5, 10, "\u8c22\u8c22\ntwo lines")
    other = shipped(works)
    hostile = (
        f"about={other}&satisfaction=5",
        f"about={case}&satisfaction=6",
        f"about={case}&satisfaction=-1",
        f"about={case}",
        f"about={case}&satisfaction=5&recommendation=11",
        f"about={case}&satisfaction=5&comment=" + "x" * 2001,
        f"about={case}&satisfaction=%D9%A5",
        f"about={case}&satisfaction=5&comment=a%00b",
        f"about={2**70}&satisfaction=5",
        "about=x&satisfaction=5",
        "&".join(f"f{n}=1" for n in range(50)),
        "",
    )
    assert [said_by_form(works, token, body.encode()) for body in hostile] == [False] * len(hostile)
    assert not said_by_form(works, token, b"\xff\xfe")
    assert not said_by_form(works, "A" * 43, f"about={case}&satisfaction=5".encode())
    works.do("revoke_order_links", order=order)
    assert not said_by_form(works, token, f"about={case}&satisfaction=1".encode())
    assert len(works.ask("customer_feedback")) == 1
    works.assert_clean()


def test_satisfaction_is_counted_by_month_item_customer_and_supplier(works: Company) -> None:
    bought = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "PART", "quantity": 5, "unit_price": "3"}]
    )
    works.do("receive_goods", order=bought.document)
    marks = ((5, 10), (4, 9), (2, 6), (3, None))
    for satisfaction, recommendation in marks:
        order = sold(works, 1)["order"]
        works.do("give_feedback", about=order, satisfaction=satisfaction, recommendation=recommendation)
    # Two of four gave 4 or 5; of three who answered two promote and one detracts: 33.3.
    counted = {"count": 4, "mean": D("3.50"), "csat": D("0.5000"), "recommended": 3, "nps": D("33.3")}
    for by, code, name in (
        ("month", "2026-06", ""),
        ("item", "PART", "Part"),
        ("customer", "CUS", "Customer"),
        ("supplier", "SUP", "Supplier"),
    ):
        assert works.ask("feedback_report", by=by) == [{"code": code, "name": name, **counted}], by
    assert works.ask("feedback_report", from_on="2026-07-01") == []
    assert len(works.ask("customer_feedback", at_most=2)) == 1


def test_a_case_that_is_not_settled_is_not_spoken_of(works: Company) -> None:
    case = opened(works)
    assert works.refused("give_feedback", about=case, satisfaction=5) == "feedback_too_early"
    assert works.refused("give_feedback", about=sales_order(works), satisfaction=5) == "feedback_too_early"


def test_a_comment_that_no_database_can_keep_is_refused(works: Company) -> None:
    order = shipped(works)
    given = {"about": order, "satisfaction": 5, "comment": "a\x00b"}
    assert works.refused("give_feedback", **given) == "input_invalid"
    assert works.refused("add_case_note", case=1, text="a\x00b") == "input_invalid"
    assert works.refused("confirm_service_alert", alert=2**63) == "input_invalid"


def test_a_link_makes_no_command_of_what_is_said_already_and_few_of_what_is_not(works: Company) -> None:
    order = shipped(works)
    token = token_of_order(works, order)

    def said(mark: int) -> bool:
        return said_by_form(works, token, f"about={order}&satisfaction={mark}&comment=fine".encode())

    assert said(5)
    before = len(works.ask_table("command_receipt"))
    assert all(said(5) for _ in range(5))
    assert len(works.ask_table("command_receipt")) == before
    kept = [said(4 if turn % 2 == 0 else 5) for turn in range(25)]
    assert kept == [True] * 20 + [False] * 5
    assert len(works.ask_table("command_receipt")) == before + 20
    again = {"about": order, "satisfaction": 1}
    assert works.refused("give_feedback", **again) == "feedback_changed_often"
    assert [row["changeable"] for row in feedback_asked(works.gateway, token)] == [False]
    works.assert_clean()
