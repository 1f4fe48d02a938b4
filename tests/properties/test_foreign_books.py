"""Any sequence of buying and selling in foreign currencies, with rates of many days, leaves the books whole in every currency.

The steps are those of `test_books.py`, with orders in dollars, dinars and yuan, agreements and their call-offs, landed costs, deposits
and prepayments, changes of orders, and payments of one currency at the rate of their day or at what the bank moved. After each sequence the store verifies clean.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.company import Company, reopened
from tests.conftest import Template
from tests.properties.test_books import _QUIET, ITEMS, Life, Step, equip, lives
from tests.quiet import quiet

CURRENCIES = ("USD", "USD", "KWD", "CNY")
DAYS = ("2026-05-20", "2026-06-03", "2026-06-09", "2026-06-14")
_KINDS = (
    "buy", "receive", "bill", "prepay", "pay", "send_back", "debit", "sell", "quote", "accept", "change", "deposit", "ship",
    "invoice", "collect", "take_back", "credit", "offset", "apply_held", "undo", "revalue", "revalue", "revalue_anew", "came_over",
    "land", "agree", "call_off",
)  # fmt: skip
steps = st.lists(
    st.tuples(st.sampled_from(_KINDS), st.integers(0, 5), st.integers(1, 7), st.integers(0, 9)), min_size=3, max_size=25
)


class LifeAbroad(Life):
    """Plays the steps of a company that trades in several currencies."""

    def _buy(self, choice: int, quantity: int, price: Decimal) -> Any:
        name, data = super()._buy(choice, quantity, price)
        return name, {**data, **_dated(choice, quantity)}

    def _sell(self, choice: int, quantity: int, price: Decimal) -> Any:
        """A third is sold at the prices of lists, so that promotions take off what they do."""
        name, data = super()._sell(choice, quantity, price)
        lines = [{**line, "discount_rate": "0.07" if choice % 2 else "0"} for line in data["lines"]]
        if quantity % 3 == 0:
            lines = [{"item": line["item"], "quantity": line["quantity"]} for line in lines if line["item"] in ITEMS]
        return name, {**data, "lines": lines, **_dated(choice, quantity)}

    def _quote(self, choice: int, quantity: int, price: Decimal) -> Any:
        data = {"customer": "CUS", "lines": self._lines(choice, quantity, price), "valid_until": "2026-12-31"}
        return "create_quotation", {**data, **_dated(choice, quantity)}

    def _accept(self, choice: int, quantity: int, price: Decimal) -> Any:
        """The whole of a quotation is ordered, or a part; the order is then played on like others."""
        quotation = self._made("quote", choice)
        lines = [{"line": 1, "quantity": quantity}] if quantity % 2 else []
        return quotation and (
            "accept_quotation",
            {"quotation": quotation, "lines": lines, "document_on": DAYS[quantity % 4]},
        )

    def play(self, step: Step) -> Any:
        receipt = super().play(step)
        order_of = {"accept": "sell", "call_off": "buy"}.get(step[0])
        document = receipt.document if receipt is not None and receipt.status == "done" else None
        if order_of is not None and document is not None:
            self._orders[order_of].append(document)
        return receipt

    def _agree(self, choice: int, quantity: int, price: Decimal) -> Any:
        """Three times as much is agreed, cheaper from four on that are called off at once."""
        agreed = [{**line, "quantity": line["quantity"] * 3} for line in self._lines(choice, quantity, price)]
        cheaper = {"item": ITEMS[choice % 4], "unit_price": self._price(price / 2), "from_quantity": 4}
        span = {"valid_from": DAYS[quantity % 4], "valid_until": "2026-12-31"}
        return "create_blanket_order", {
            "supplier": "SUP",
            "currency": CURRENCIES[choice % 4],
            "lines": [*agreed, cheaper],
            **span,
        }

    def _call_off(self, choice: int, quantity: int, price: Decimal) -> Any:
        blanket = self._made("agree", choice)
        lines = [{"line": 1 + choice % 2, "quantity": quantity}, {"line": 1, "quantity": 1}]
        return blanket and ("call_off_blanket_order", {"blanket": blanket, "lines": lines})

    def _land(self, choice: int, quantity: int, price: Decimal) -> Any:
        """Freight that is billed by itself is in a currency of its own."""
        found = super()._land(choice, quantity, price)
        billed = {"currency": CURRENCIES[choice % 4]} if found and "supplier" in found[1] else {}
        return found and (found[0], {**found[1], **billed, "posted_on": DAYS[quantity % 4]})

    def _change(self, choice: int, quantity: int, price: Decimal) -> Any:
        order = self._of("sell", choice)
        line = {"line": 1, "quantity": quantity} if quantity % 3 else {"line": 2, "cancel": True}
        added = [{"item": ITEMS[choice % 4], "quantity": 1, "unit_price": self._price(price)}] if choice % 2 else []
        return order and ("change_sales_order", {"order": order, "reason": "asked", "lines": [line], "added": added})

    def _invoice(self, choice: int, quantity: int, price: Decimal) -> Any:
        found = super()._invoice(choice, quantity, price)
        charges = [{"description": "Freight", "amount": self._price(price), "tax_code": "VAT13"}] if choice % 2 else []
        return found and (found[0], {**found[1], "charges": charges, "posted_on": DAYS[quantity % 4]})

    def _bill(self, choice: int, quantity: int, price: Decimal) -> Any:
        found = super()._bill(choice, quantity, price)
        return found and (found[0], {**found[1], "posted_on": DAYS[quantity % 4]})

    def _deposit(self, choice: int, quantity: int, price: Decimal) -> Any:
        return self._for_order("receive_payment", "CUS", self._of("sell", choice), quantity, price)

    def _prepay(self, choice: int, quantity: int, price: Decimal) -> Any:
        return self._for_order("pay_supplier", "SUP", self._of("buy", choice), quantity, price)

    def _apply_held(self, choice: int, quantity: int, price: Decimal) -> Any:
        """What is held for an order goes to another invoice or bill."""
        selling = bool(choice % 2)
        held = self._made("deposit" if selling else "prepay", quantity)
        document = self._made("invoice" if selling else "bill", choice)
        command, name = ("apply_deposit", "invoice") if selling else ("apply_prepayment", "bill")
        part = {} if quantity % 2 else {"amount": self._price(price)}
        return held and document and (command, {"payment": held, name: document, **part})

    def _for_order(self, command: str, party: str, order: int | None, quantity: int, price: Decimal) -> Any:
        data = {
            "party": party,
            "order": order,
            "amount": self._price(price * quantity),
            "posted_on": DAYS[quantity % 4],
        }
        return order and (command, data)

    def _revalue(self, choice: int, quantity: int, price: Decimal) -> Any:
        return "revalue_open_items", {"period": "2026-04" if choice == 5 else "2026-05"}

    def _revalue_anew(self, choice: int, quantity: int, price: Decimal) -> Any:
        """A revaluation is taken back, to be made again by a later step, or the closing rate changes after it."""
        if choice % 2:
            pair = {"from_currency": "USD", "to_currency": "CNY", "valid_on": "2026-05-31"}
            return "put_exchange_rate", {**pair, "rate": str(round(7 + price / 9, 4))}
        made = self._made("revalue", quantity)
        return made and ("reverse_document", {"document": made, "reason": "the rate was wrong"})

    def _came_over(self, choice: int, quantity: int, price: Decimal) -> Any:
        """An item of the former books, a credit now and then, at a rate or at what they carried it at."""
        side, party = (("receivable", "CUS"), ("payable", "SUP"))[choice % 2]
        amount = round(price * quantity * (-1 if quantity == 3 else 1), 2)
        known = {"booked_amount": str(round(amount * 7, 2))} if quantity % 2 else {"exchange_rate": "7.0707"}
        item = {"party": party, "amount": str(amount), "currency": "USD", "external_number": "OLD", **known}
        days = {"document_on": "2026-04-01", "due_on": "2026-06-01", "posted_on": DAYS[quantity // 7]}
        return f"book_opening_{side}", item | days

    def _pay(self, choice: int, quantity: int, price: Decimal) -> Any:
        return self._settles("pay_supplier", "SUP", "open_payables", choice, quantity, price)

    def _collect(self, choice: int, quantity: int, price: Decimal) -> Any:
        return self._settles("receive_payment", "CUS", "open_receivables", choice, quantity, price)

    def _settles(self, command: str, party: str, query: str, choice: int, quantity: int, price: Decimal) -> Any:
        """An open item is paid in part or whole, at the rate of a day or at what the bank moved."""
        rows = [row for row in self._company.ask(query) if row["open_amount"] > 0]
        if not rows:
            return None
        item = rows[choice % len(rows)]
        whole = quantity > 3 or item["open_amount"] < price
        amount = str(item["open_amount"] if whole else round(price, 2))
        data = {"party": party, "amount": amount, "posted_on": DAYS[quantity % 4], "currency": item["currency"]}
        if choice % 2:
            data["allocations"] = [{"document": item["document_id"], "amount": amount}]
        moved = (
            {"bank_amount": str(round(Decimal(amount) * 7, 2))} if quantity == 5 and item["currency"] != "CNY" else {}
        )
        return command, data | moved


def sell_by_lists(works: Company) -> None:
    """A list of dollars for the customer, and promotions by share, by amount and in goods."""
    lines = [{"item": item, "unit_price": "1.37", "valid_from": "2026-01-01"} for item in ITEMS]
    works.do("put_price_list", code="EXPORT", name="Export", currency="USD", lines=lines)
    works.do("put_party", code="CUS", name="Customer", is_customer=True, price_list="EXPORT", tax_code="VAT13")
    common = {"valid_from": "2026-01-01", "combinable": True, "active": True}
    works.do("put_promotion", code="SHARE", name="A share", effect="percent_off", rate="0.13", rank=1, **common)
    works.do("put_promotion", code="OFF", name="An amount", effect="amount_off", unit_amount="0.77", rank=2,
             minimum_amount="20", budget_amount="60", **common)  # fmt: skip
    works.do("put_promotion", code="GIFT", name="In goods", effect="free_goods", buy_quantity=4, free_quantity=1,
             rank=3, item=ITEMS[0], **common)  # fmt: skip
    works.do(
        "put_promotion", code="WHOLE", name="Of the order", effect="order_percent_off", rate="0.03", rank=4, **common
    )


def _dated(choice: int, quantity: int) -> dict[str, str]:
    return {"currency": CURRENCIES[choice % 4], "document_on": DAYS[quantity % 4]}


@pytest.fixture(scope="module")
def abroad(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """A furnished company with stock and with rates of two currencies to copy."""
    template: Template = request.getfixturevalue("sqlite_templates")["furnished"]
    folder = tmp_path_factory.mktemp("abroad")
    copy = Template(str(folder / "abroad.db"), folder / "abroad.key")
    template.copied(copy.address, copy.key_file)
    with reopened(copy.address, key_file=copy.key_file) as opened:
        equip(opened)
        stock = [{"item": item, "location": "MAIN", "quantity": 12, "unit_cost": "3"} for item in ITEMS]
        opened.do("book_opening_stock", lines=stock, posted_on="2026-04-01")
        for day, dollar, dinar in zip(
            DAYS, ("7.1", "7.25", "6.98", "7.33"), ("23.1", "23.47", "22.9", "23.3"), strict=True
        ):
            for currency, rate in (("USD", dollar), ("KWD", dinar)):
                opened.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on=day, rate=rate)
        for currency, rate in (("USD", "7.4444"), ("KWD", "23.99")):
            opened.do("put_exchange_rate", from_currency=currency, to_currency="CNY", valid_on="2026-05-31", rate=rate)
        sell_by_lists(opened)
    yield copy


def play_and_check(company: Company, chosen: list[Step]) -> None:
    """Play and verify."""
    life = LifeAbroad(company)
    with quiet():
        for step in chosen:
            life.play(step)
        company.assert_clean()


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=_QUIET, derandomize=True)
@given(chosen=steps)
def test_trade_abroad_leaves_the_books_whole_in_every_currency(abroad: Template, chosen: list[Step]) -> None:
    lives(abroad, None, lambda company: play_and_check(company, chosen))


@pytest.mark.full
@settings(max_examples=500, deadline=None, suppress_health_check=_QUIET)
@given(chosen=steps)
def test_trade_abroad_leaves_the_books_whole_for_long(abroad: Template, chosen: list[Step]) -> None:
    lives(abroad, None, lambda company: play_and_check(company, chosen))
