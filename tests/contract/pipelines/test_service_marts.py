"""The marts of after-sales and of promotions say what the screens that ask the store say, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines import refresh
from pipelines.serving.catalog import QuestionRefusedError
from pipelines.serving.mart import Mart
from tests.company import Company
from tests.contract.modules.test_service_levels import clocked, on, opened
from tests.plain_judge import PlainJudge
from tests.service_makers import service_case

D = Decimal
YEAR = {"from_on": date(2026, 1, 1), "to_on": date(2026, 12, 31)}
JUNE = {"from_on": date(2026, 6, 1), "to_on": date(2026, 6, 30)}


def published(works: Company, folder: Path) -> Mart:
    """The marts of a company as it is now, every gate green."""
    report = refresh(works.gateway.store, folder, whole_gate=True, judge=PlainJudge())
    assert report.outcome == "published", report.gate
    return Mart(folder)


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of rows; empty words are nothing, numbers as they count."""
    return [tuple(_plain(row[name]) for name in names) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value.normalize() + 0
    return value or None if isinstance(value, str) else value


def test_the_mart_counts_the_cost_of_quality_as_the_store_does(busy_works: Company, tmp_path: Path) -> None:
    mart = published(busy_works, tmp_path / "w")
    names = ("code", "name", "internal_failure", "external_failure", "total", "document_count")
    for by in ("month", "category", "reason", "item", "customer"):
        asked = busy_works.ask("cost_of_quality", by=by, **YEAR)
        assert asked
        assert picked(mart.query("quality_cost_by", by=by, **YEAR), *names) == picked(asked, *names)
    documents = mart.query("quality_cost_documents", **YEAR)
    total = sum(row["total"] for row in busy_works.ask("cost_of_quality", **YEAR))
    assert sum(row["quality_cost"] for row in documents) == total
    assert [row["quality_cost"] for row in documents if row["category"] == "borne_by_suppliers"] == [-1]
    mart.close()


def test_what_a_supplier_bears_of_warranty_is_no_purchase_less(busy_works: Company, tmp_path: Path) -> None:
    mart = published(busy_works, tmp_path / "w")
    known = {row["id"]: row for row in busy_works.ask_table("document")}
    claims = {
        row["to_id"]
        for row in busy_works.ask_table("document_link")
        if known[row["from_id"]]["kind"] == "supplier_claim"
    }
    wanted = sum(
        row["net_amount"] * (-1 if row["kind"] == "debit_note" else 1)
        for row in known.values()
        if row["kind"] in {"supplier_bill", "debit_note"} and row["state"] == "posted" and row["id"] not in claims
    )
    assert claims
    assert sum(row["net_amount"] for row in mart.query("purchases_by_supplier", **YEAR)) == wanted
    mart.close()


def test_the_mart_knows_satisfaction_and_repairs_as_the_store_does(busy_works: Company, tmp_path: Path) -> None:
    mart = published(busy_works, tmp_path / "w")
    for by in ("month", "customer"):
        report = busy_works.ask("feedback_report", by=by)
        assert report
        mine = mart.query("feedback_by", by=by, from_on=date(2000, 1, 1), to_on=date(2999, 12, 31))
        names = ("code", "name", "answer_count", "mean", "content_share", "recommended_count", "net_promoter_score")
        theirs = ("code", "name", "count", "mean", "csat", "recommended", "nps")
        assert picked(mine, *names) == picked(report, *theirs)
    (repair,) = busy_works.ask("repairs")
    (totals,) = busy_works.ask("repair_totals", document=repair["id"])
    (month,) = mart.query("repairs_by_month", **YEAR)
    names = ("customer_cost", "warranty_cost", "invoiced_amount")
    assert picked([month], "repair_cost", *names) == picked([totals], "cost", *names)
    assert month["repair_cost"] > 0
    mart.close()


def test_clocks_are_kept_and_broken_in_the_mart_as_in_the_store(works: Company, tmp_path: Path) -> None:
    with clocked(works) as clock:
        answered, late = opened(works), opened(works)
        opened(works)
        clock.at = on(15, 10)
        works.do("answer_service_case", case=answered, text="we look at it")
        clock.at = on(15, 14)
        works.do("answer_service_case", case=late, text="sorry that it took so long")
        waits = opened(works)
        works.do("wait_for_customer", case=waits, text="which one?")
        clock.at = on(17, 12)
        mart = published(works, tmp_path / "w")
        now = clock.now()
        asked = works.ask("service_levels_kept")
        names = ("month", "level_code", "clock", "kept_count", "broken_count", "open_count")
        mine = mart.query("clocks_kept", **JUNE, now=now)
        assert picked(mine, *names) == picked(asked, *names)
        counts = {row["clock"]: (row["kept_count"], row["broken_count"], row["open_count"]) for row in mine}
        assert (counts["answer"], counts["decision"]) == ((2, 2, 0), (0, 3, 1))
        broken = mart.query("clocks_broken", **JUNE, now=now)
        assert len(broken) == sum(row["broken_count"] for row in mine)
        with pytest.raises(QuestionRefusedError, match="instant"):
            mart.query("clocks_kept", **JUNE, now="yesterday")
        mart.close()


def test_a_case_is_over_on_the_day_it_was_settled_and_open_again_after_a_step_back(
    works: Company, tmp_path: Path
) -> None:
    today = works.gateway.clock.today()
    case, other = service_case(works), service_case(works)
    works.do("receive_case_goods", case=case)
    works.do("inspect_service_case", case=case, lines=[{"line": 1, "quantity": 2, "finding": "good"}])
    led = [{"line": 1, "quantity": 2, "disposition": "restock"}]
    works.do("decide_service_case", case=case, outcome="credit", lines=led)
    works.do("settle_service_case", case=case)
    works.do("reject_service_case", case=other, reason="used up")
    mart = published(works, tmp_path / "w")
    (month,) = mart.query("cases_by", **JUNE)
    assert picked([month], "code", "opened_count", "ended_count", "open_count") == [("2026-06", 2, 2, 0)]
    (item,) = mart.query("cases_by", by="item", **JUNE)
    assert picked([item], "code", "opened_count", "ended_count") == [("PART", 2, 2)]
    (rate,) = mart.query("return_rates", **JUNE)
    shipped = sum(line["quantity"] for line in mart.query("shipment_lines") if line["item_code"] == "PART")
    assert (rate["shipped_quantity"], rate["returned_quantity"]) == (shipped, D(2))
    mart.close()

    works.do("reopen_service_case", case=other)
    mart = published(works, tmp_path / "w")
    (month,) = mart.query("cases_by", **JUNE)
    assert picked([month], "ended_count", "open_count") == [(1, 1)]
    (age,) = mart.query("open_case_ages", as_of=today + timedelta(days=40))
    assert (age["case_kind"], age["days_31_90"], age["oldest_days"]) == ("return", 1, 40)
    with pytest.raises(QuestionRefusedError, match="must be one of"):
        mart.query("cases_by", by="colour", **JUNE)
    mart.close()
    works.assert_clean()


def test_what_promotions_gave_and_earned_is_the_same_in_the_mart(works: Company, tmp_path: Path) -> None:
    works.do("book_opening_stock", lines=[{"item": "PART", "location": "MAIN", "quantity": 90, "unit_cost": "3"}])
    sale = {"name": "Sale", "valid_from": "2026-06-01", "combinable": True, "active": True}
    works.do("put_promotion", code="TENTH", effect="percent_off", rate="0.1", **sale)
    works.do("put_promotion", code="HALF", effect="amount_off", unit_amount="0.5", item="PART", **sale)
    lines = [{"item": "PART", "quantity": 10}, {"item": "GOOD", "quantity": 1}]
    order = works.do("create_sales_order", customer="CUS", lines=lines).document
    works.do("change_sales_order", order=order, reason="less", lines=[{"line": 1, "quantity": 6}])
    dropped = works.do("create_sales_order", customer="CUS", lines=lines).document
    works.do("cancel_sales_order", order=dropped)
    mart = published(works, tmp_path / "w")
    names = ("code", "order_count", "line_count", "given_amount", "net_amount")
    mine = mart.query("promotion_margin", by="promotion", **JUNE)
    asked = [row for row in works.ask("promotion_results") if row["line_count"]]
    assert len(asked) == 2
    assert picked(mine, *names) == picked(asked, *names)
    assert [round(row["margin"], 4) for row in mine] == [row["margin"] for row in asked]
    (month,) = mart.query("promotion_margin", **JUNE)
    order_lines = [line for line in works.ask("document_lines", document=order) if line["net_amount"]]
    assert month["net_amount"] == sum(line["net_amount"] for line in order_lines)
    assert month["given_amount"] == sum(row["given_amount"] for row in asked)
    assert month["use_count"] == sum(row["use_count"] for row in works.ask("promotions")) == 2
    assert month["margin_before"] > month["margin"]
    mart.close()
