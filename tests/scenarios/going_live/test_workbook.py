"""Going live from a workbook: checked as a whole, tied out, booked once, or not at all; on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.jobs.going_live import GoingLive, check_workbook, commit_workbook
from pipelines.connectors.workbook.template import template
from tests.company import Company
from tests.scenarios.going_live.workbook_case import tied_out, workbook

START = date(2026, 6, 1)


def position(company: Company) -> int:
    with company.gateway.store.reading() as connection:
        return connection.exec_driver_sql("select position from store_head").scalar_one()


def errors(page: GoingLive) -> set[tuple[str, int, str]]:
    return {(error.sheet, error.row, error.column) for error in page.errors}


def test_a_clean_workbook_is_booked_once_and_the_books_are_those_of_the_trial_balance(company: Company) -> None:
    page = commit_workbook(company.gateway, workbook(tied_out()), start_on=START)
    assert (page.errors, page.differences, page.committed) == ([], [], True)
    assert {line.account: line.booked for line in page.ties} == {
        "1002": 500,
        "1403": 100,
        "140501": 60,
        "1122": 226,
        "220201": -113,
        "4001": -773,
    }
    company.assert_clean()
    company.do("receive_payment", party="CUS", amount="226")
    company.do("ship_goods", order="SO-2026-00001")
    company.assert_clean()


def test_uploading_again_changes_nothing(company: Company) -> None:
    content = workbook(tied_out())
    commit_workbook(company.gateway, content, start_on=START)
    before = position(company)
    again = commit_workbook(company.gateway, content, start_on=START)
    assert (again.errors, again.committed, position(company)) == ([], True, before)


def test_a_check_changes_nothing(company: Company) -> None:
    before = position(company)
    page = check_workbook(company.gateway, workbook(tied_out()), start_on=START)
    assert (page.clean, page.committed, position(company)) == (True, False, before)


@pytest.mark.parametrize(
    ("sheet", "row", "change", "column"),
    [
        ("parties", 0, {"role": "friend"}, "role"),
        ("parties", 1, {"code": "CUS"}, "code"),
        ("items", 0, {"name": None}, "name"),
        ("items", 1, {"list_price": "cheap"}, "list_price"),
        ("items", 0, {"category": "NONE"}, "category"),
        ("items", 0, {"lot_tracked": "maybe"}, "lot_tracked"),
        ("boms", 0, {"component": "GHOST"}, "component"),
        ("stock", 1, {"quantity": "1e99"}, "quantity"),
        ("stock", 0, {"location": "NOWHERE"}, "location"),
        ("stock", 0, {"unit_cost": -1}, "unit_cost"),
        ("receivables", 0, {"due_on": "soon"}, "due_on"),
        ("trial_balance", 0, {"account": "9999"}, "account"),
        ("trial_balance", 0, {"credit": 500}, "debit"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_is_booked(
    small_company: Company, sheet: str, row: int, change: dict[str, Any], column: str
) -> None:
    rows = tied_out()
    rows[sheet][row] = {name: value for name, value in {**rows[sheet][row], **change}.items() if value is not None}
    before = position(small_company)
    page = commit_workbook(small_company.gateway, workbook(rows), start_on=START)
    assert (sheet, row + 2, column) in errors(page)
    assert (page.committed, position(small_company)) == (False, before)


def test_every_fault_is_found_and_not_the_first(small_company: Company) -> None:
    rows = tied_out()
    rows["parties"][0]["role"] = "friend"
    rows["items"][0]["category"] = "NONE"
    page = check_workbook(small_company.gateway, workbook(rows, notes=[["hello"]]), start_on=START)
    assert errors(page) == {("parties", 2, "role"), ("items", 2, "category"), ("notes", 1, "")}


def test_stock_that_differs_from_the_trial_balance_is_shown_and_not_booked(small_company: Company) -> None:
    rows = tied_out()
    rows["stock"][0]["quantity"] = 90
    page = commit_workbook(small_company.gateway, workbook(rows), start_on=START)
    assert {line.account: line.difference for line in page.differences} == {"1403": 10, "410499": Decimal(-10)}
    assert page.committed is False


def test_a_trial_balance_that_does_not_balance_is_not_booked(small_company: Company) -> None:
    rows = tied_out()
    rows["trial_balance"][0]["debit"] = 501
    page = commit_workbook(small_company.gateway, workbook(rows), start_on=START)
    assert (page.trial_balance, page.committed) == (1, False)


def test_the_empty_template_has_every_sheet_and_no_fault(small_company: Company) -> None:
    page = check_workbook(small_company.gateway, template(), start_on=START)
    assert (page.errors, len(page.sheets), page.clean) == ([], 12, True)


def test_what_is_open_in_dollars_comes_over_at_what_the_former_books_carried_it_at(company: Company) -> None:
    rows = tied_out()
    rows["receivables"][0] |= {"amount": 30, "currency": "USD", "booked_amount": 226}
    page = commit_workbook(company.gateway, workbook(rows), start_on=START)
    assert (page.errors, page.differences, page.committed) == ([], [], True)
    assert next(sheet.amount for sheet in page.sheets if sheet.sheet == "receivables") == 226
    owed = company.ask("open_receivables")
    assert [(row["currency"], row["open_amount"], row["home_open_amount"]) for row in owed] == [("USD", 30, 226)]
    rows["payables"][0] |= {"number": "P-2", "currency": "USD"}
    faulty = commit_workbook(company.gateway, workbook(rows), start_on=START)
    assert errors(faulty) == {("payables", 2, "currency")}
    company.assert_clean()
