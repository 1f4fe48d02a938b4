"""Selling in dollars: quotation, order, deposit, invoices, credit and payments at rates of their own days, nothing left over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2

from app.jobs.verify import verify
from app.kernel.access import SYSTEM
from app.modules.receivables.exposure import CreditSweep, credit_history
from app.modules.sales.ordering_forms import ordering_form
from app.printing.sheets import print_document
from pipelines import refresh
from pipelines.serving.mart import Mart
from tests.company import Company
from tests.makers import CHECKER
from tests.plain_judge import PlainJudge
from tests.scenarios.buying.facts import plain
from tests.scenarios.buying.market import balances
from tests.scenarios.selling.test_selling_under_control import story_of
from tests.tampering import tamper

RATES = (("2026-06-01", "7.10"), ("2026-06-05", "7.20"), ("2026-06-10", "7.30"), ("2026-06-12", "7.05"))
D = Decimal


def abroad(works: Company) -> None:
    """A customer who buys in dollars by a price list of his, what dollars were worth, and goods to ship."""
    for day, rate in RATES:
        works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on=day, rate=rate)
    prices = [{"item": "PART", "unit_price": price, "from_quantity": start, "valid_from": "2026-01-01"}
              for start, price in (("0", "10"), ("50", "9.5"))]  # fmt: skip
    works.do("put_price_list", code="EXPORT", name="Export", currency="USD", lines=prices)
    works.do("put_party", code="FAR", name="Far Stores", is_customer=True, currency="USD", price_list="EXPORT")
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 200, "unit_cost": "30"}])


def line(quantity: int, **more: Any) -> dict[str, Any]:
    return {"item": "PART", "quantity": quantity, "tax_code": "VAT13", **more}


def ordered(works: Company, *lines: dict[str, Any], **more: Any) -> Any:
    return works.do(
        "create_sales_order", **{"customer": "FAR", "document_on": "2026-06-01", "lines": list(lines), **more}
    )


def document(works: Company, receipt: Any) -> dict[str, Any]:
    return works.ask("document_by_id", document=receipt.document)[0]


def amounts(works: Company, receipt: Any) -> tuple[Any, ...]:
    shown = document(works, receipt)
    return shown["currency"], shown["total_amount"], shown["home_total_amount"]


def printed(works: Company, receipt: Any) -> str:
    sheet = print_document(works.gateway, receipt.document, principal=SYSTEM, language="en")
    with pypdfium2.PdfDocument(sheet.content) as paper:
        return "".join(paper[0].get_textpage().get_text_bounded().split())


def test_dollars_are_quoted_ordered_held_invoiced_credited_and_paid_each_at_its_rate(works: Company) -> None:
    abroad(works)
    story = story_of(works, "foreign_customers")

    def tell(what: str) -> None:
        held = works.ask("deposits", all=True)
        owed = works.ask("open_receivables")
        story.tell(what, *(f"held {plain(row['open_amount'])} {row['currency']}" for row in held),
                   *(f"owed {plain(row['open_amount'])} {row['currency']} = {plain(row['home_open_amount'])}" for row in owed),
                   *(f"{code} {plain(value)}" for code, value in balances(works).items() if code not in {"1403", "1405", "4104", "6401"}))  # fmt: skip

    def shown(what: str, receipt: Any) -> None:
        row = document(works, receipt)
        story.tell(what, *(f"{name} {plain(row[name])}" for name in
                   ("currency", "foreign_exchange_rate", "total_amount", "home_total_amount")))  # fmt: skip

    quotation = works.do("create_quotation", customer="FAR", document_on="2026-06-01", lines=[line(100)])
    shown("quoted", quotation)
    order = works.do("accept_quotation", quotation=quotation.document, document_on="2026-06-05")
    shown("ordered", order)
    works.do("receive_payment", party="FAR", amount="300", order=order.document, posted_on="2026-06-05")
    tell("300 dollars held from 7.20")
    works.do("ship_goods", order=order.document, lines=[{"line": 1, "quantity": 60}], posted_on="2026-06-10")
    first = works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-10")
    tell("60 invoiced at 7.30, the deposit taken up")
    for said in ("USD644.10", "At1USD=7.30CNY", "TaxCNY540.93", "TotalCNY4,701.93"):
        assert said in printed(works, first)
    part = works.do("receive_payment", party="FAR", amount="200", posted_on="2026-06-12")
    tell("200 paid at 7.05")
    named = [{"document": first.document, "amount": "144.1"}]
    works.do("receive_payment", party="FAR", amount="144.1", bank_amount="1010", posted_on="2026-06-12",
             allocations=named)  # fmt: skip
    tell("the rest of it paid, for which the bank credited 1010")
    shipped = works.do("ship_goods", order=order.document, posted_on="2026-06-12")
    second = works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-12")
    tell("40 invoiced at 7.05")
    works.do("receive_return", against=shipped.document, reason="damaged", lines=[{"line": 1, "quantity": 7}])
    shown("seven come back", works.do("issue_credit_note", invoice=second.document, posted_on="2026-06-12"))
    tell("and are credited")
    works.assert_clean()
    works.do("reverse_document", document=part.document, reason="returned by the bank")
    tell("the bank returns the 200")
    left = sum(row["open_amount"] for row in works.ask("open_receivables"))
    works.do("receive_payment", party="FAR", amount=str(left), posted_on="2026-06-12")
    tell("all that is open is paid at 7.05")
    assert story.as_kept()
    works.assert_clean()


def test_a_changed_order_stays_in_its_currency_at_its_rate_and_the_lines_left_alone_stay_in_the_books(
    works: Company,
) -> None:
    abroad(works)
    cents = [line(1, unit_price=price) for price in ("0.03", "0.05", "0.07")]
    order = ordered(works, line(3, unit_price="3.33", discount_rate="0.1"), *cents)
    before = works.ask("document_lines", document=order.document)
    assert amounts(works, order) == ("USD", D("10.33"), D("73.34"))
    works.do("put_price_list", code="EXPORT", name="Export", currency="USD",
             lines=[{"item": "PART", "unit_price": "11", "valid_from": "2026-06-02"}])  # fmt: skip
    works.do("change_sales_order", order=order.document, reason="more", added=[{"item": "PART", "quantity": 2, "tax_code": "VAT13"}],
             lines=[{"line": 1, "quantity": 5}, {"line": 3, "cancel": True}])  # fmt: skip
    after = {row["line"]: row for row in works.ask("document_lines", document=order.document)}
    assert [(after[n]["unit_price"], after[n]["net_amount"]) for n in (1, 3, 5)] == [
        (D("3.33"), D("14.99")), (D("0.05"), D(0)), (D(11), D(22))]  # fmt: skip
    booked = {row["id"]: row["net_amount"] for row in works.ask_table("document_line")}
    assert [booked[row["id"]] for row in before if row["line"] in (2, 4)] == [booked[after[n]["id"]] for n in (2, 4)]
    changes = works.ask("order_changes", document=order.document)
    assert {(row["total_amount"], row["new_total_amount"]) for row in changes} == {(D("10.33"), D("41.91"))}
    assert document(works, order)["total_amount"] == D("41.91")
    works.assert_clean()
    stands = [(row["net_amount"], row["tax_amount"]) for row in works.ask_table("document_line")]
    works.do("change_sales_order", order=order.document, reason="later", lines=[{"line": 2, "due_on": "2026-07-01"}])
    assert [(row["net_amount"], row["tax_amount"]) for row in works.ask_table("document_line")] == stands
    works.assert_clean()
    works.do("ship_goods", order=order.document, lines=[{"line": 1, "quantity": 2}, {"line": 5, "quantity": 2}])
    works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-10")
    works.do("close_sales_order", order=order.document)
    other = ordered(works, line(1))
    works.do("cancel_sales_order", order=other.document)
    owed = works.ask("open_receivables")
    assert [(row["open_amount"], row["home_open_amount"]) for row in owed] == [(D("31.63"), D("230.90"))]
    works.assert_clean()


def test_credit_and_approval_judge_an_order_in_dollars_by_what_it_is_in_the_books(works: Company) -> None:
    abroad(works)
    far = {"code": "FAR", "name": "Far Stores", "is_customer": True, "currency": "USD", "price_list": "EXPORT"}
    works.do("put_party", **far, credit_limit="1000")
    works.do(
        "put_approval_rule", name="Dear", command="confirm_sales_order", approver_role="executive", amount_above=700
    )
    order = ordered(works, line(8))
    assert (amounts(works, order)[2], document(works, order)["state"]) == (D("641.84"), "confirmed")
    (standing,) = works.ask("customer_credit", party="FAR", on="2026-06-12")
    assert (standing["open_orders"], standing["left"]) == (D("641.84"), D("358.16"))
    works.do("change_sales_order", order=order.document, reason="more", lines=[{"line": 1, "quantity": 9}])
    assert document(works, order)["total_amount"] == D("90.4")  # 722.07 in the books waits for the executive.
    works.do("withdraw_order_change", order=order.document)
    works.do("receive_payment", party="FAR", amount="30", order=order.document, posted_on="2026-06-05")
    works.do("ship_goods", order=order.document, posted_on="2026-06-10")
    works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-10")
    works.do("receive_payment", party="FAR", amount="60.4", posted_on="2026-06-12")
    (standing,) = works.ask("customer_credit", party="FAR", on="2026-06-12")
    assert (standing["exposure"], standing["left"]) == (D(0), D(1000))
    assert told_day_by_day(works) == [D("641.84"), D("425.84"), D("440.92"), D(0)]
    works.assert_clean()


def test_an_approved_change_takes_effect_at_the_rate_of_its_order(works: Company) -> None:
    abroad(works)
    works.do(
        "put_approval_rule", name="Dear", command="confirm_sales_order", approver_role="executive", amount_above=700
    )
    order = ordered(works, line(8), line(1, unit_price="0.03"))
    works.do("change_sales_order", order=order.document, reason="more", lines=[{"line": 1, "quantity": 9}])
    request = works.ask("approval_requests", document=order.document)[-1]
    assert "722" in str(request)
    works.submit("decide_approval", principal=CHECKER, request=request["id"], approve=True)
    assert amounts(works, order) == ("USD", D("101.73"), D("722.28"))
    works.assert_clean()


def told_day_by_day(works: Company) -> list[Decimal]:
    """What the customer's credit was drawn by on the days of order, deposit, invoice and payment, as rules are tried on it."""
    with works.gateway.store.reading() as connection:
        party = works.ask("parties", search="FAR")[0]["id"]
        sweep = CreditSweep(credit_history(connection, party), grace_days=0)
        days = (date(2026, 6, day) for day in (2, 6, 11, 13))
        return [sweep.on(day, before=2**62).total for day in days]


def test_promotions_hold_abroad_by_share_and_their_amounts_at_the_rate_of_the_order(works: Company) -> None:
    abroad(works)
    common = {"valid_from": "2026-01-01", "combinable": True, "active": True}
    works.do("put_promotion", code="TENTH", name="A tenth", effect="percent_off", rate="0.1", rank=1, **common)
    works.do("put_promotion", code="SEVEN", name="7.10 off", effect="amount_off", unit_amount="7.1", rank=2,
             minimum_amount="600", budget_amount="100", **common)  # fmt: skip
    works.do("put_promotion", code="GIFT", name="Eleventh free", effect="free_goods", buy_quantity=10, free_quantity=1,
             rank=3, **common)  # fmt: skip
    order = ordered(works, line(10))
    lines = works.ask("document_lines", document=order.document)
    assert [(row["quantity"], row["net_amount"]) for row in lines] == [(D(10), D(80)), (D(1), D(0))]
    given = {row["code"]: row["given_amount"] for row in works.ask("promotions")}
    assert given == {"TENTH": D(71), "SEVEN": D(71), "GIFT": D(71)}
    small = ordered(works, line(8))  # 80 dollars are 568.00 in the books: below the 600 of SEVEN.
    assert document(works, small)["net_amount"] == D(72)
    third = ordered(works, line(10))  # SEVEN has 29.00 left of its budget and would give 71.00.
    assert document(works, third)["net_amount"] == D(90)
    (typed,) = works.ask("sales_order_preview", party="FAR", on="2026-06-01", lines=[{"item": "PART", "quantity": "8"}])
    assert (typed["net_amount"], typed["currency"], typed["home_net_amount"]) == (D(72), "USD", D("511.2"))
    results = {row["code"]: row["given_amount"] for row in works.ask("promotion_results")}
    assert results["TENTH"] == D("198.8")
    works.do("change_sales_order", order=order.document, reason="less", lines=[{"line": 1, "quantity": 9}])
    assert document(works, order)["net_amount"] == D(72)
    works.assert_clean()
    works.do("cancel_sales_order", order=order.document)
    works.assert_clean()


def test_a_quotation_ordered_in_parts_comes_to_what_was_quoted_and_dinars_have_three_decimals(works: Company) -> None:
    abroad(works)
    works.do("put_exchange_rate", from_currency="KWD", to_currency="CNY", valid_on="2026-06-01", rate="23.1234")
    quoted = works.do("create_quotation", customer="FAR", currency="KWD", lines=[line(3, unit_price="1.2345")])
    parts = [
        works.do("accept_quotation", quotation=quoted.document, lines=[{"line": 1, "quantity": n}]) for n in (1, 2)
    ]
    whole = document(works, quoted)
    assert (whole["currency"], whole["net_amount"], whole["tax_amount"]) == ("KWD", D("3.704"), D("0.482"))
    shares = [document(works, part) for part in parts]
    assert sum(row["total_amount"] for row in shares) == whole["total_amount"]
    for part in parts:
        works.do("ship_goods", order=part.document)
        works.do("issue_customer_invoice", order=part.document)
    left = sum(row["open_amount"] for row in works.ask("open_receivables"))
    works.do("receive_payment", party="FAR", amount=str(left), currency="KWD")
    assert works.ask("open_receivables") == []
    works.assert_clean()


def test_what_a_currency_forbids_is_said(works: Company) -> None:
    abroad(works)
    early = {"document_on": "2026-05-01"}
    assert works.refused("create_sales_order", customer="FAR", lines=[line(1)], **early) == "exchange_rate_missing"
    assert works.refused("create_quotation", customer="FAR", currency="EUR", lines=[line(1)]) == "exchange_rate_missing"
    works.do("put_item", code="LISTED", name="Listed", category="RAW", unit="EA", list_price="80")
    listed = {"item": "LISTED", "quantity": 1}
    assert works.refused("create_sales_order", customer="FAR", lines=[listed]) == "price_missing_abroad"
    home = works.do("create_sales_order", customer="FAR", currency="CNY", lines=[listed], confirm=False)
    assert amounts(works, home) == ("CNY", D(80), None)
    assert works.refused("put_price_list", code="EXPORT", name="Export", currency="EUR") == "price_list_currency_fixed"
    order = ordered(works, line(2))
    works.do("ship_goods", order=order.document)
    invoice = works.do("issue_customer_invoice", order=order.document)
    waiting = ordered(works, line(1))
    pay = {"party": "FAR", "amount": "1", "posted_on": "2026-06-12"}
    in_yuan = {**pay, "currency": "CNY"}
    named = [{"document": invoice.document, "amount": "1"}]
    assert works.refused("receive_payment", **in_yuan, allocations=named) == "settled_in_its_currency"
    assert works.refused("receive_payment", **in_yuan, order=waiting.document) == "settled_in_its_currency"
    assert works.refused("receive_payment", **in_yuan, bank_amount="2") == "bank_amount_at_home"
    assert works.refused("receive_payment", **{**pay, "amount": "30"}) == "foreign_advance_without_order"
    assert works.refused("receive_payment", **{**pay, "amount": "12"}, order=waiting.document) == "prepayment_too_large"
    assert works.refused("receive_payment", **{**pay, "amount": "0.001"}) == "payment_of_nothing"
    works.assert_clean()


def test_verify_names_what_is_changed_behind_a_sale_abroad(works: Company) -> None:
    abroad(works)
    order = ordered(works, line(10))
    works.do("receive_payment", party="FAR", amount="30", order=order.document, posted_on="2026-06-01")
    works.do("ship_goods", order=order.document, lines=[{"line": 1, "quantity": 1}], posted_on="2026-06-05")
    works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-10")
    works.assert_clean()
    tamper(
        works,
        "update foreign_line set net_amount = net_amount + 100, net_at_order_rate = net_at_order_rate + 100",
        "update foreign_item set open_amount = open_amount + 100",
        "update foreign_prepayment set open_amount = open_amount + 100",
    )
    assert {"I-52", "I-56", "I-67", "I-77", "I-97"} <= {finding.code for finding in verify(works.gateway).findings}


def test_a_case_abroad_is_credited_replaced_and_set_off_in_its_currency(works: Company) -> None:
    abroad(works)
    order = ordered(works, line(3, unit_price="3.3333"), line(4, unit_price="5"))
    works.do("ship_goods", order=order.document, posted_on="2026-06-05")
    invoice = works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-05")
    works.do("receive_payment", party="FAR", amount="33.9", posted_on="2026-06-12")
    about = [{"line": 1, "quantity": 2, "fault": "Bent"}]
    case = works.do(
        "open_service_case", kind="exchange", reason="defective", against=invoice.document, lines=about
    ).document
    works.do("receive_case_goods", case=case)
    works.do("inspect_service_case", case=case, lines=[{"line": 1, "quantity": 2, "finding": "good"}])
    led = [{"line": 1, "quantity": 2, "disposition": "restock"}]
    works.do("decide_service_case", case=case, outcome="credit_and_replacement", lines=led)
    instead = works.do("order_case_replacement", case=case, lines=[{"item": "PART", "quantity": 2}])
    works.do("ship_goods", order=instead.document)
    allowed = [{"invoice": invoice.document, "line": 2, "amount": "2.5"}]
    works.do("settle_service_case", case=case, allowances=allowed)
    owed = [(row["open_amount"], row["currency"]) for row in works.ask("open_receivables")]
    assert owed == [(D("12.23"), "USD")]  # Two at 10 dollars with tax, 22.60, less 6.67 and 2.50 with tax, 10.37.
    works.assert_clean()


def test_goods_given_for_nothing_abroad_leave_the_rest_to_be_credited(works: Company) -> None:
    abroad(works)
    order = ordered(works, line(3, unit_price="3.3333"))
    shipped = works.do("ship_goods", order=order.document, posted_on="2026-06-05")
    invoice = works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-05")
    about = [{"line": 1, "quantity": 1, "fault": "Bent"}]
    case = works.do(
        "open_service_case", kind="complaint", reason="defective", against=invoice.document, lines=about
    ).document
    works.do("decide_service_case", case=case, outcome="replacement")
    works.do("order_case_replacement", case=case, lines=[{"item": "PART", "quantity": 1}])
    works.do("receive_return", against=shipped.document, reason="damaged", lines=[{"line": 1, "quantity": 2}])
    note = works.do("issue_credit_note", invoice=invoice.document, lines=[{"line": 1, "quantity": 2}])
    assert document(works, note)["net_amount"] == D("6.67")
    works.assert_clean()


def test_deposits_are_asked_for_and_forms_offer_goods_in_the_customers_currency(works: Company) -> None:
    abroad(works)
    parts = [{"share": "0.3", "due_from": "order"}, {"share": "0.7", "due_days": 30}]
    works.do("put_payment_term", code="THIRD", name="A third before", instalments=parts)
    far = {"code": "FAR", "name": "Far Stores", "is_customer": True, "currency": "USD", "price_list": "EXPORT"}
    works.do("put_party", **far, payment_term="THIRD")
    order = ordered(works, line(10))
    works.do("receive_payment", party="FAR", amount="20", order=order.document, posted_on="2026-06-05")
    (asked,) = works.ask("payment_schedule", document=order.document)
    assert (asked["amount"], asked["open_amount"], asked["currency"]) == (D("33.9"), D("13.9"), "USD")
    works.do("ship_goods", order=order.document)
    invoice = works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-10")
    dues = works.ask("payment_schedule", document=invoice.document)
    assert [(row["amount"], row["open_amount"]) for row in dues] == [(D("33.9"), D("13.9")), (D("79.1"), D("79.1"))]
    works.do("put_item", code="LISTED", name="Listed", category="RAW", unit="EA", list_price="80")
    works.do("create_sales_order", customer="FAR", currency="CNY", lines=[{"item": "LISTED", "quantity": 1}])
    link = works.do("share_ordering_form", customer="FAR").data["path"]
    form = ordering_form(works.gateway, link.rpartition("/")[2])
    assert form is not None
    assert [(row["code"], row["price"]) for row in form["items"]] == [("PART", D(10))]
    given = {"form": form["id"], "lines": [{"item": "PART", "quantity": 3}]}
    assert amounts(works, works.do("order_by_form", **given)) == ("USD", D("33.9"), D(239))
    works.assert_clean()


def test_boards_count_a_sale_abroad_by_what_the_books_say(small_works: Company, tmp_path: Path) -> None:
    works = small_works
    abroad(works)
    order = ordered(works, line(100), document_on="2026-06-05")
    works.do("ship_goods", order=order.document, lines=[{"line": 1, "quantity": 60}], posted_on="2026-06-10")
    works.do("issue_customer_invoice", order=order.document, posted_on="2026-06-10")
    refresh(works.gateway.store, tmp_path / "w", judge=PlainJudge())
    mart = Mart(tmp_path / "w")
    span = {"from_on": date(2026, 6, 1), "to_on": date(2026, 6, 30)}
    (sales,) = mart.query("sales_by_customer", **span)
    (margin,) = mart.metric("gross_margin", **span).to_dicts()
    assert (sales["net_amount"], margin["value"]) == (D(4161), D(2361))
