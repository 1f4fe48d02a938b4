"""Words for stories about the value of goods, and the golden page that each story leaves: one fact a line, for an accountant to read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.company import Company

_GOLDEN = Path(__file__).parent


class Story:
    """A company in which a story is told; after each step the books of interest go onto the page."""

    def __init__(self, works: Company, item: str, method: str) -> None:
        self.works, self.item = works, item
        self.page: list[str] = []
        works.do("put_item_category", code=method, name=method, valuation_method=method)
        works.do("put_item", code=item, name=item, category=method, unit="EA", tax_code="VAT13")

    def bought(self, quantity: int, price: str, on: str) -> tuple[int, int]:
        """Order and receive goods; the order and the receipt."""
        lines = [{"item": self.item, "quantity": quantity, "unit_price": price}]
        order = self._made("create_purchase_order", supplier="SUP", document_on=on, lines=lines)
        return order, self._made("receive_goods", order=order, posted_on=on)

    def sold(self, quantity: int, price: str, on: str) -> tuple[int, int]:
        """Take an order and ship it; the order and the shipment."""
        lines = [{"item": self.item, "quantity": quantity, "unit_price": price}]
        order = self._made("create_sales_order", customer="CUS", document_on=on, lines=lines)
        return order, self._made("ship_goods", order=order, posted_on=on)

    def _made(self, command: str, **data: object) -> int:
        document = self.works.do(command, **data).document
        assert document is not None
        return document

    def told(self, step: str) -> None:
        """Verify the books and write down what they show after a step: stock, and each account that has a balance."""
        self.works.assert_clean()
        known = next(row["id"] for row in self.works.ask_table("item") if row["code"] == self.item)
        held = next((row for row in self.works.ask_table("item_value") if row["item_id"] == known), None)
        quantity, value = (held["quantity"], held["value"]) if held else (Decimal(0), Decimal(0))
        self.page.append(f"{step}\tstock\t{quantity:.0f} for {value:.2f}")
        for row in self.works.ask("account_balances"):
            if row["balance"] != 0:
                side = "debit" if row["balance"] > 0 else "credit"
                self.page.append(f"{step}\t{row['code']} {row['name_en']}\t{side} {abs(row['balance']):.2f}")

    def assert_as_read(self, name: str) -> None:
        """The page is the golden one, which a person read before accepting it; lines that begin with # are its prose."""
        golden = (_GOLDEN / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        assert self.page == [line for line in golden if not line.startswith("#")]
