"""The cash flow statement explains the change of cash to the last minor unit, in the form of each chart; amounts worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines import refresh
from pipelines.serving.mart import Mart
from tests.company import Company, founded, furnish
from tests.plain_judge import PlainJudge
from tests.trading import trade

D = Decimal
CASH = {"cas": ("1001", "1002", "1012"), "small_enterprise": ("1001", "1002", "1012"), "generic": ("1110", "1120")}
# Accounts of each chart by what they are for.
BOOKS: dict[str, dict[str, str]] = {
    "cas": {"bank": "1002", "till": "1001", "asset": "1601", "loan": "2001", "wages": "221101", "withheld": "222119",
            "selling": "6601", "fee": "660303", "capital": "4001"},
    "small_enterprise": {"bank": "1002", "till": "1001", "asset": "1601", "loan": "2001", "wages": "2211",
                         "withheld": "222102", "selling": "5601", "fee": "5603", "capital": "3001"},
    "generic": {"bank": "1120", "till": "1110", "asset": "1500", "loan": "2500", "wages": "2200", "withheld": "2220",
                "selling": "6100", "fee": "7200", "capital": "3100"},
}  # fmt: skip


def post(works: Company, chart: str, on: str, **sides: str) -> int | None:
    """Post an entry by hand: `bank="-100"` credits, a positive amount debits."""
    lines = [
        {"account": BOOKS[chart][name], **({"debit": amount} if D(amount) > 0 else {"credit": str(-D(amount))})}
        for name, amount in sides.items()
    ]
    return works.do("post_manual_entry", description="by hand", posted_on=on, lines=lines).document


def lived(works: Company, chart: str) -> None:
    """Cash in every way: capital, a loan, an asset, wages less tax, a transfer, a payment taken back, and some trade."""
    post(works, chart, "2025-12-01", bank="10000", capital="-10000")
    post(works, chart, "2026-01-10", bank="5000", loan="-5000")
    post(works, chart, "2026-01-11", loan="2000", bank="-2000")
    post(works, chart, "2026-02-01", asset="3000", bank="-3000")
    post(works, chart, "2026-03-10", wages="800", withheld="-79.99", bank="-720.01")
    post(works, chart, "2026-03-11", till="50", bank="-50")
    wrong = post(works, chart, "2026-03-12", bank="400", loan="-400")
    works.do("reverse_document", document=wrong, reason="another company's", posted_on="2026-03-13")
    trade(works)


def read(works: Company, folder: Path, **span: date) -> tuple[dict[str, Any], list[dict[str, Any]], Mart]:
    """The statement by key, the accounts behind it, and the mart."""
    refresh(works.gateway.store, folder, judge=PlainJudge())
    mart = Mart(folder)
    lines = mart.query("cash_flow", **span)
    return {row["key"]: row["amount"] for row in lines}, mart.query("cash_flow_accounts", **span), mart


def cash(mart: Mart, chart: str, day: date) -> Decimal:
    """What the cash accounts hold at the end of a day, by the trial balance."""
    span = {"from_on": date(2025, 1, 1), "to_on": day}
    rows = mart.query("trial_balance_between", **span)
    return sum((row["closing"] for row in rows if row["account_code"].startswith(CASH[chart])), D(0))


@pytest.mark.parametrize("chart", CASH)
def test_the_change_of_cash_is_explained_in_every_form(tmp_path: Path, chart: str) -> None:
    with founded(str(tmp_path / "store.db"), key_file=tmp_path / "store.key", chart=chart) as works:
        furnish(works)
        lived(works, chart)
        for first, last in ((date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 3, 1), date(2026, 3, 12)),
                            (date(2025, 1, 1), date(2026, 2, 1))):  # fmt: skip
            statement, accounts, mart = read(works, tmp_path / "w", from_on=first, to_on=last)
            before = cash(mart, chart, date.fromordinal(first.toordinal() - 1))
            assert statement["opening_cash"] == before
            assert statement["closing_cash"] == cash(mart, chart, last)
            assert statement["net_increase"] == statement["closing_cash"] - statement["opening_cash"]
            assert sum((row["cash_amount"] for row in accounts), D(0)) == statement["closing_cash"]
            mart.close()


def test_what_came_and_went_stands_in_the_lines_of_the_form(works: Company, tmp_path: Path) -> None:
    lived(works, "cas")
    statement, _, mart = read(works, tmp_path / "w", from_on=date(2026, 1, 1), to_on=date(2026, 12, 31))
    told = {key: amount for key, amount in statement.items() if amount}
    assert told == {
        "opening_cash": D(10000),
        "sales_received": D("41.50"),
        "operating_inflows": D("41.50"),
        "purchases_paid": D(100),
        "employees_paid": D("720.01"),
        "operating_outflows": D("820.01"),
        "net_operating": D("-778.51"),
        "assets_acquired": D(3000),
        "investing_outflows": D(3000),
        "net_investing": D(-3000),
        "borrowings_received": D(5000),
        "financing_inflows": D(5000),
        "borrowings_repaid": D(2000),
        "financing_outflows": D(2000),
        "net_financing": D(3000),
        "net_increase": D("-778.51"),
        "closing_cash": D("9221.49"),
    }
    sheet = {row["key"]: row["amount"] for row in mart.query("balance_sheet", as_of=date(2026, 12, 31))}
    assert sheet["cash_and_bank"] == told["closing_cash"]
    mart.close()


def test_balances_that_cash_starts_with_are_no_flow(works: Company, tmp_path: Path) -> None:
    lines = [{"account": "1002", "debit": "700"}, {"account": "1601", "debit": "300"}]
    works.do("book_opening_balances", posted_on="2026-06-01", lines=lines)
    trade(works)
    statement, _, mart = read(works, tmp_path / "w", from_on=date(2026, 1, 1), to_on=date(2026, 12, 31))
    assert (statement["opening_cash"], statement["net_increase"]) == (700, D("-58.50"))
    assert statement["closing_cash"] == cash(mart, "cas", date(2026, 12, 31)) == D("641.50")
    mart.close()
