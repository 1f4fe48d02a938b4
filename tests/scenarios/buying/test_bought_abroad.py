"""An offer in dollars wins over one in euros, is ordered, received, freighted in yen, paid and valued at two month ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.company import Company
from tests.scenarios.buying.facts import Story, plain
from tests.scenarios.buying.market import balances

RATES = {
    "USD": {"2026-04-01": "7.10", "2026-04-13": "7.20", "2026-04-30": "7.25", "2026-05-20": "7.05", "2026-05-31": "7.00"},
    "EUR": {"2026-04-01": "7.80", "2026-04-13": "7.95", "2026-04-30": "7.90"},
    "JPY": {"2026-04-01": "0.0470", "2026-04-20": "0.04731", "2026-04-30": "0.0480", "2026-05-20": "0.0465", "2026-05-31": "0.0460"},
}  # fmt: skip
D = Decimal


def abroad(works: Company) -> None:
    """Two who sell, in dollars and in euros, a forwarder who bills in yen, and what these were worth."""
    for currency, rates in RATES.items():
        for day, rate in rates.items():
            works.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=day, rate=rate)
    for code, name, currency in (
        ("EAGLE", "Eagle Metals", "USD"),
        ("RHEIN", "Rhein Metall", "EUR"),
        ("FUJI", "Fuji Lines", "JPY"),
    ):
        works.do("put_party", code=code, name=name, is_supplier=True, currency=currency)


def said(works: Company, key: Any) -> list[str]:
    """What a document says: its currency, rate, total, and total in the books."""
    row = works.ask("document_by_id", document=key)[0]
    names = ("currency", "foreign_exchange_rate", "total_amount", "home_total_amount")
    return [f"{name.removeprefix('foreign_')} {plain(row[name])}" for name in names]


def test_two_currencies_offer_one_wins_and_a_third_brings_the_goods(works: Company) -> None:
    abroad(works)
    story = Story(works, "bought_abroad")

    def tell(what: str) -> None:
        owed = works.ask("open_payables")
        story.tell(what, *(f"owed {plain(row['open_amount'])} {row['currency']} = {plain(row['home_open_amount'])}" for row in owed),
                   *(f"{code} {plain(value)}" for code, value in balances(works).items()))  # fmt: skip

    need = works.do("create_purchase_requisition", currency="USD", document_on="2026-04-01",
                    lines=[{"item": "PART", "quantity": 500, "estimated_price": "2.05", "needed_by": "2026-05-01"}])  # fmt: skip
    story.tell("needed", *said(works, need.document))
    request = works.do(
        "request_quotations", suppliers=["EAGLE", "RHEIN"], requisition=need.number, document_on="2026-04-01"
    ).document
    prices = [
        {"line": 1, "unit_price": "2.10", "lead_time_days": 10},
        {"line": 1, "unit_price": "2.00", "from_quantity": 500},
    ]
    freight = [{"description": "Packing", "amount": "15.50"}]
    for supplier, lines, charges in (
        ("EAGLE", prices, freight),
        ("RHEIN", [{"line": 1, "unit_price": "1.84", "lead_time_days": 12}], []),
    ):
        works.do(
            "enter_supplier_quotation",
            request=request,
            supplier=supplier,
            document_on="2026-04-02",
            lines=lines,
            charges=charges,
        )
    columns = (
        "supplier",
        "currency",
        "unit_price",
        "charge_amount",
        "exchange_rate",
        "rate_valid_on",
        "landed_price",
        "reason",
    )
    for on in ("2026-04-03", "2026-04-13"):
        story.rows(f"compared on {on}", works.ask("quotation_comparison", request=request, on=on), *columns)
    won = [{"line": 1, "supplier": "EAGLE"}]
    (order,) = works.do("award_quotation", request=request, document_on="2026-04-13", lines=won).data["documents"]
    story.tell("ordered", *said(works, order))
    receipt = works.do("receive_goods", order=order, posted_on="2026-04-15")
    tell("received at the order's 7.20")
    charges = [{"description": "Sea freight", "amount": "23456"}, {"description": "Customs", "amount": "1234"}]
    cost = works.do(
        "book_landed_cost",
        supplier="FUJI",
        charges=charges,
        posted_on="2026-04-20",
        targets=[{"receipt": receipt.number}],
    )
    story.tell("freighted", *said(works, cost.document))
    tell("the freight is in the value of the goods at 0.04731")
    bill = works.do("book_supplier_bill", order=order, posted_on="2026-04-30", charges=freight)
    story.tell("billed", *said(works, bill.document))
    tell("billed at 7.25")
    works.do("pay_supplier", party="FUJI", amount="10000", posted_on="2026-04-30")
    tell("10,000 yen paid at 0.0480")
    revalued(works, story, "2026-04")
    works.assert_clean()
    works.do("pay_supplier", party="FUJI", amount="14690", bank_amount="680", posted_on="2026-05-20")
    tell("the rest of the yen, for which the bank took 680")
    works.do("pay_supplier", party="EAGLE", amount="500", posted_on="2026-05-20")
    tell("500 dollars paid at 7.05")
    revalued(works, story, "2026-05")
    assert story.as_kept()
    works.assert_clean()


def revalued(works: Company, story: Story, period: str) -> None:
    """Book a month end and tell what it says of each item."""
    receipt = works.do("revalue_open_items", period=period)
    names = ("currency", "open_amount", "carried_amount", "exchange_rate", "valued_amount", "gain")
    story.rows(f"revalued {period}", works.ask("revaluation_lines", document=receipt.document), *names)
