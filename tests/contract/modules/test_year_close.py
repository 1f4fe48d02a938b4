"""Closing a year carries its result to retained earnings and leaves the income statement as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from pipelines import refresh
from pipelines.serving.mart import Mart
from tests.company import Company
from tests.makers import shipped
from tests.plain_judge import PlainJudge
from tests.trading import trade

YEAR = {"from_on": date(2026, 1, 1), "to_on": date(2026, 12, 31)}


def balances(works: Company) -> dict[str, Decimal]:
    """Debit less credit of each account, by code."""
    codes = {row["id"]: row["code"] for row in works.ask_table("account")}
    found: dict[str, Decimal] = {}
    for row in works.ask_table("journal_line"):
        code = codes[row["account_id"]]
        found[code] = found.get(code, Decimal(0)) + row["debit"] - row["credit"]
    return found


def test_a_closed_year_has_its_result_in_retained_earnings(works: Company) -> None:
    works.do("issue_customer_invoice", order=shipped(works))
    before = balances(works)
    profit = -sum((balance for code, balance in before.items() if code.startswith("6")), Decimal(0))
    assert profit == Decimal("95.20")  # Twenty parts at 7.77 that cost 3.01 each.
    works.do("close_fiscal_year", year="2026")
    after = balances(works)
    assert {code: b for code, b in after.items() if code.startswith("6") and b} == {}
    assert (after["4103"], after["410401"]) == (0, -profit)
    assert works.refused("close_fiscal_year", year="2026") == "nothing_to_close"
    works.assert_clean()


def test_what_is_posted_after_the_close_is_carried_by_the_next(works: Company) -> None:
    works.do("issue_customer_invoice", order=shipped(works))
    closing = works.do("close_fiscal_year", year="2026").document
    lines = [{"account": "660303", "debit": "5"}, {"account": "1002", "credit": "5"}]
    works.do("post_manual_entry", description="Late bank charge", lines=lines)
    works.do("close_fiscal_year", year="2026")
    assert balances(works)["410401"] == Decimal("-90.20")
    works.do("reverse_document", document=closing, reason="too early", posted_on="2026-12-31")
    assert balances(works)["410401"] == 5
    works.do("close_fiscal_year", year="2026")
    assert balances(works)["410401"] == Decimal("-90.20")
    works.assert_clean()


def test_the_statements_of_a_closed_year_are_those_of_the_open_one(works: Company, tmp_path: Path) -> None:
    trade(works)

    def statements() -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        refresh(works.gateway.store, tmp_path / "w", judge=PlainJudge())
        mart = Mart(tmp_path / "w")
        income = {row["key"]: row["amount"] for row in mart.query("income_statement", **YEAR)}
        sheet = {row["key"]: row["amount"] for row in mart.query("balance_sheet", as_of=YEAR["to_on"])}
        mart.close()
        return income, sheet

    before = statements()
    works.do("close_fiscal_year", year="2026")
    assert statements() == before
    assert before[0]["net_profit"] != 0


def test_a_year_is_not_closed_before_the_one_before_it(works: Company) -> None:
    """Closing the later year first would carry the earlier year's profit twice."""
    for day in ("2025-06-15", "2026-06-15"):
        lines = [{"account": "1002", "debit": "70"}, {"account": "6001", "credit": "70"}]
        works.do("post_manual_entry", description="Earned", posted_on=day, lines=lines)
    assert works.refused("close_fiscal_year", year="2026") == "earlier_year_open"
    works.do("close_fiscal_year", year="2025")
    works.do("close_fiscal_year", year="2026")
    assert works.refused("close_fiscal_year", year="2026") == "nothing_to_close"
    works.assert_clean()
