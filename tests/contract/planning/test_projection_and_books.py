"""The key promise of a projection: a plan that is carried out exactly gives the books that were projected, to the cent.

A small company with stock, a supplier's bill that is open, goods received and not billed, a production order that runs, and orders to
buy and to sell is planned by `mrp` and projected. Then everything that the plan says is done with the commands that people use, day
by day, and the journal is compared with the projected trial balance, account by account and month by month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

import planning
from app.jobs.planning import PlanRequest, write_company_package
from pipelines import refresh
from pipelines.serving.mart import Mart
from pipelines.serving.planning_package import planning_package
from planning.package.findings import Findings
from planning.projection import project, read_finances
from planning.scenarios import How
from planning.scenarios.command import compare_scenarios
from schemas.operational.ledger import account, journal_entry, journal_line
from tests.company import DAY, Company, furnish
from tests.plain_judge import PlainJudge

HORIZON = 100
RENT_ON = (date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31))


def opened(company: Company, method: str) -> None:
    """A company in the middle of its life."""
    furnish(company, method=method)
    company.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=6, min_lot=30, lot_multiple=7,
               prices=[{"from_quantity": 0, "unit_price": "3.333"}, {"from_quantity": 60, "unit_price": "2.977"}])  # fmt: skip
    company.do("put_item", code="GOOD", name="Good", category="FG", unit="EA", source="make", tax_code="VAT13",
               list_price="20", lead_time_days=3, **({"standard_cost": "8"} if method == "standard" else {}))  # fmt: skip
    money = [{"account": "1002", "debit": "5000"}, {"account": "4001", "credit": "5000"}]
    company.do("post_manual_entry", posted_on="2026-06-01", lines=money, description="Capital")
    stock = [("PART", 35, "3.01"), ("GOOD", 4, "7.77")]
    company.do("book_opening_stock", lines=[{"item": item, "location": "MAIN", "quantity": quantity, "unit_cost": cost}
                                            for item, quantity, cost in stock])  # fmt: skip
    bought = company.do("create_purchase_order", supplier="SUP", document_on="2026-06-08",
                        lines=[{"item": "PART", "quantity": 11, "unit_price": "3.17"}])  # fmt: skip
    company.do("receive_goods", order=bought.document, posted_on="2026-06-12")
    billed = company.do("create_purchase_order", supplier="SUP", document_on="2026-05-25",
                        lines=[{"item": "PART", "quantity": 9, "unit_price": "3.05"}])  # fmt: skip
    company.do("receive_goods", order=billed.document, posted_on="2026-06-02")
    company.do("book_supplier_bill", order=billed.document, posted_on="2026-06-03")
    company.do("create_purchase_order", supplier="SUP", due_on="2026-06-22",
               lines=[{"item": "PART", "quantity": 13, "unit_price": "3.29", "due_on": "2026-06-22"}])  # fmt: skip
    running = company.do("create_production_order", item="GOOD", quantity=5, start_on="2026-06-15", due_on="2026-06-18")
    company.do("issue_material", order=running.document, lines=[{"line": 1, "quantity": 3}])
    for days, quantity, price in (
        (5, 6, None),
        (9, 7, "19.99"),
        (18, 11, None),
        (31, 23, "18.88"),
        (44, 17, None),
        (52, 9, "21.13"),
    ):
        line: dict[str, Any] = {"item": "GOOD", "quantity": quantity, "due_on": str(DAY + timedelta(days=days))}
        company.do("create_sales_order", customer="CUS", due_on=line["due_on"],
                   lines=[line | ({"unit_price": price} if price else {})])  # fmt: skip
    company.do("create_sales_order", customer="CUS", due_on="2026-07-20",
               lines=[{"item": "PART", "quantity": 19, "unit_price": "5.55", "due_on": "2026-07-20"}])  # fmt: skip


def package_of(company: Company, folder: Path) -> dict[str, pl.DataFrame]:
    """The company's package with its financial tables, and the rent that is known beforehand."""
    assert refresh(company.gateway.store, folder, judge=PlainJudge()).outcome == "published"
    tables, _ = planning_package(Mart(folder), DAY, horizon_days=HORIZON, finances=True)
    rent = {"role": ["administrative_expense"] * len(RENT_ON), "on": list(RENT_ON), "amount": ["250.50"] * len(RENT_ON)}
    return {**tables, "overheads": pl.DataFrame(rent)}


def balances(company: Company, after: int) -> dict[tuple[date, str], tuple[Decimal, Decimal]]:
    """Debit and credit by month and account of the entries that were posted after one."""
    query = (
        select(
            journal_entry.c.id, journal_entry.c.posted_on, account.c.code, journal_line.c.debit, journal_line.c.credit
        )
        .join(journal_line, journal_line.c.entry_id == journal_entry.c.id)
        .join(account, account.c.id == journal_line.c.account_id)
        .where(journal_entry.c.id > after)
    )
    found: dict[tuple[date, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    with company.gateway.store.reading() as connection:
        for row in connection.execute(query):
            key = (row.posted_on.replace(day=1), row.code)
            found[key] = (found[key][0] + row.debit, found[key][1] + row.credit)
    return {key: value for key, value in found.items() if any(value)}


def last_entry(company: Company) -> int:
    """The newest journal entry."""
    return max((row["id"] for row in company.ask_table("journal_entry")), default=0)


class Doing:
    """Carries a plan out with the commands that people use, day by day, in the order of a day: in, made, out, paid."""

    def __init__(self, company: Company, tables: dict[str, pl.DataFrame], plan: planning.Plan) -> None:
        self.company, self.tables, self.plan = company, tables, plan
        self.steps: list[tuple[date, int, int, Callable[[date], None]]] = []
        self.numbers = {row["number"]: row["id"] for row in company.ask_table("document")}
        self.end = DAY + timedelta(days=HORIZON)

    def at(self, day: date, phase: int, step: Callable[[date], None], order: int = 0) -> None:
        """Put a step on its day; what lies beyond the horizon is left to another plan."""
        if max(day, DAY) < self.end:
            self.steps.append((max(day, DAY), phase, order, step))

    def run(self) -> None:
        """Do everything, also what follows from what was done."""
        self.buy()
        self.make()
        self.sell()
        self.settle_what_is_open()
        for day in RENT_ON:
            self.at(day, 5, self.rent)
        while self.steps:
            first = min(range(len(self.steps)), key=lambda at: (*self.steps[at][:3], at))
            day, _, _, step = self.steps.pop(first)
            step(day)

    def rent(self, day: date) -> None:
        """Pay the rent."""
        paid = [{"account": "660201", "debit": "250.50"}, {"account": "1002", "credit": "250.50"}]
        self.company.do("post_manual_entry", posted_on=str(day), lines=paid, description="Rent")

    def buy(self) -> None:
        """Order, receive and bill what is planned, and what was ordered before."""
        for row in self.orders("buy"):
            due = {"item": row["item"], "quantity": str(row["quantity"]), "due_on": str(row["due_on"])}
            order = self.company.do("create_purchase_order", supplier=row["supplier"], lines=[due]).document
            self.at(row["due_on"], 0, self.receiving(order))
        for row in self.tables["receipts"].filter(pl.col("kind") == "purchase_order").iter_rows(named=True):
            self.at(row["due_on"], 0, self.receiving(self.numbers[row["order"].split("/")[0]]))

    def receiving(self, order: int | None) -> Callable[[date], None]:
        """Receive an order and book its bill the same day."""

        def step(day: date) -> None:
            self.company.do("receive_goods", order=order, posted_on=str(day))
            self.bill(order, day)

        return step

    def bill(self, order: int | None, day: date) -> None:
        """Book the bill of what was received, and pay it when it is due."""
        bill = self.company.do("book_supplier_bill", order=order, posted_on=str(day)).document
        self.pay_later(bill, day, "pay_supplier", "SUP")

    def pay_later(self, document: int | None, day: date, command: str, party: str) -> None:
        """Pay a bill or an invoice of a day at the end of its thirty days."""

        def pay(on: date) -> None:
            total = next(row["total_amount"] for row in self.company.ask_table("document") if row["id"] == document)
            paid = [{"document": document, "amount": str(total)}]
            self.company.do(command, party=party, amount=str(total), allocations=paid, posted_on=str(on))

        self.at(day + timedelta(days=30), 4, pay)

    def make(self) -> None:
        """Issue and complete what is planned, and what runs already."""
        for row in self.orders("make"):
            days = {"start_on": str(row["release_on"]), "due_on": str(row["due_on"])}
            order = self.company.do(
                "create_production_order", item=row["item"], quantity=str(row["quantity"]), **days
            ).document
            self.at(row["release_on"], 1, self.doing("issue_material", order=order), 0)
            done = {"order": order, "quantity": str(row["good_quantity"]), "close": True}
            self.at(row["due_on"], 1, self.doing("complete_production", **done), 1)
        promised = dict(self.plan.table("promises").select("demand", "promised_on").iter_rows())
        uses = self.tables["demand_prices"].filter(pl.col("use") == "production")
        for demand, number in uses.select("demand", "order").iter_rows():
            self.at(promised[demand], 1, self.doing("issue_material", order=self.numbers[number]), 0)
        for row in self.tables["receipts"].filter(pl.col("kind") == "production_order").iter_rows(named=True):
            done = {"order": self.numbers[row["order"]], "quantity": str(row["quantity"]), "close": True}
            self.at(row["due_on"], 1, self.doing("complete_production", **done), 1)

    def doing(self, command: str, **data: Any) -> Callable[[date], None]:
        """A command on its day."""
        return lambda day: (self.company.do(command, posted_on=str(day), **data), None)[1]

    def sell(self) -> None:
        """Ship as promised, invoice the same day, and be paid when it is due."""
        sales = set(self.tables["demand_prices"].filter(pl.col("use") == "sale")["demand"])
        for row in self.plan.table("promises").sort("demand").iter_rows(named=True):
            if row["demand"] in sales:
                self.at(row["promised_on"], 2, self.selling(self.numbers[row["demand"].split("/")[0]]))

    def selling(self, order: int) -> Callable[[date], None]:
        """Ship and invoice an order."""

        def step(day: date) -> None:
            self.company.do("ship_goods", order=order, posted_on=str(day))
            invoice = self.company.do("issue_customer_invoice", order=order, posted_on=str(day)).document
            self.pay_later(invoice, day, "receive_payment", "CUS")

        return step

    def settle_what_is_open(self) -> None:
        """Bill what was received before, pay what was billed before."""
        for row in self.tables["open_items"].iter_rows(named=True):
            if row["kind"] == "accrued":
                order = self.numbers[row["open_item"].split("/")[0]]
                self.at(DAY, 3, lambda day, order=order: self.bill(order, day))
            else:
                item = next(each for each in self.company.ask_table("open_item") if str(each["id"]) == row["open_item"])
                paid = [{"document": item["document_id"], "amount": str(row["amount"])}]
                data = {"party": row["party"], "amount": str(row["amount"]), "allocations": paid}
                self.at(row["due_on"], 4, self.doing("pay_supplier", **data))

    def orders(self, kind: str) -> list[dict[str, Any]]:
        """Planned orders of a kind, by their names."""
        return self.plan.table("planned_orders").filter(pl.col("kind") == kind).sort("planned_order").to_dicts()


@pytest.mark.parametrize("method", ["standard", "moving_average"])
def test_a_plan_carried_out_exactly_gives_the_projected_books(company: Company, method: str, tmp_path: Path) -> None:
    opened(company, method)
    tables = package_of(company, tmp_path / "w")
    package, findings = planning.read_package(tables), Findings()
    finances = read_finances(tables, package, findings)
    assert finances is not None, findings.table().rows()
    assert findings.table().is_empty(), findings.table().rows()
    plan = planning.plan(package, "mrp")
    assert plan.table("rejects").is_empty()
    projection = project(package, finances, plan)
    assert projection.notices == ()

    before = last_entry(company)
    Doing(company, tables, plan).run()

    projected: dict[tuple[date, str], tuple[Decimal, Decimal]] = {}
    for row in projection.tables["trial_balance"].iter_rows(named=True):
        if row["debit"] or row["credit"]:
            key = (row["month"], row["account"])
            debit, credit = projected.get(key, (Decimal(0), Decimal(0)))
            projected[key] = (debit + row["debit"], credit + row["credit"])
    assert projected == balances(company, before)
    assert_statements_are_those_of_the_books(company, dict(projection.tables), tmp_path / "w")
    company.assert_clean()


def assert_statements_are_those_of_the_books(company: Company, tables: dict[str, pl.DataFrame], folder: Path) -> None:
    """The marts' balance sheets, income statements and cash flows of whole months are the projected ones, line by line."""
    assert refresh(company.gateway.store, folder, judge=PlainJudge()).outcome == "published"
    with Mart(folder).pinned() as reader:
        for first, last in ((date(2026, 7, 1), date(2026, 7, 31)), (date(2026, 8, 1), date(2026, 8, 31))):
            for name, days in (
                ("balance_sheet", [last]),
                ("income_statement", [first, last]),
                ("cash_flow", [first, last]),
            ):
                said = ", ".join(f"date '{day}'" for day in days)
                booked = reader.select(
                    f"select line, amount from marts.{name}({said}) where kind in ('line', 'sum') order by line"
                )
                own = tables[name].filter((pl.col("month") == first) & pl.col("kind").is_in(["line", "sum"]))
                projected = dict(own.select("line", "amount").iter_rows())
                assert projected == dict(booked.iter_rows()), (name, first)
                assert any(projected.values()), name


@pytest.mark.slow
def test_the_company_of_a_store_is_compared_with_its_scenarios(works: Company, tmp_path: Path) -> None:
    works.do("put_supplier_item", supplier="SUP", item="PART", lead_time_days=7, prices=[{"unit_price": "3"}])
    lines = [{"item": "GOOD", "quantity": 20, "due_on": "2026-07-20"}]
    works.do("create_sales_order", customer="CUS", lines=lines)
    write_company_package(works.gateway, PlanRequest(DAY, horizon_days=84), tmp_path / "package")
    what_if = tmp_path / "what_if.csv"
    what_if.write_text("scenario,kind,item,operation,value\nboom,demand,GOOD,factor,2\n", encoding="utf-8")
    assert compare_scenarios(tmp_path / "package", what_if, tmp_path / "out", How()) == 0
    result = pl.read_parquet(tmp_path / "out" / "comparison.parquet").filter(pl.col("measure") == "net_result")
    assert result.select("scenario", "value").rows() == [("base", Decimal(280)), ("boom", Decimal(560))]
