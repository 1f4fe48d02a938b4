"""Every page draws, for one who may see everything in three languages and for each role as far as it goes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.kernel.i18n import LANGUAGES
from app.ui.screens.catalog import all_pages
from tests.plant import Plant

Run = Callable[..., AppTest]

_BY_ID = {
    "journal_entry": "journal_entries",
    "item": "items",
    "party": "parties",
    "bom": "boms",
    "reversal": "journal_entries",
}


def shown(test: AppTest) -> str:
    """Everything a page put on the screen as HTML or Markdown."""
    return "\n".join(str(element.proto.body) for element in [*test.get("html"), *test.markdown])


def identity(plant: Plant, path: str) -> dict[str, int]:
    """The query parameters that a page needs to show something."""
    if path in plant.ids:
        return {"id": plant.ids[path]}
    if path in _BY_ID:
        from app.kernel.access import SYSTEM

        return {"id": plant.gateway.query(_BY_ID[path], {}, principal=SYSTEM)[0]["id"]}
    return {}


@pytest.mark.parametrize("path", [page.path for page in all_pages()])
def test_every_page_draws_in_three_languages(page: Run, plant: Plant, path: str) -> None:
    for lang in LANGUAGES:
        test = page(path, lang=lang, **identity(plant, path))
        assert not test.exception, (path, lang, test.exception)
        text = shown(test)
        assert "tw-head" in text or "tw-empty" in text, (path, lang)
        assert "incident" not in text, (path, lang, text)
        assert 'class="tw-note bad"' not in text or path in {"plan_desk", "pegging"}, (path, lang, text)


@pytest.mark.parametrize(
    ("login", "sees", "misses"),
    [
        ("clerk", {"sales_orders", "purchase_orders", "stock_on_hand"}, {"journal_entries", "fiscal_periods"}),
        (
            "planner",
            {"production_orders", "items", "purchase_orders", "plan_desk", "operations_board"},
            {"journal_entries", "payments_in"},
        ),
        ("boss", {"sales_orders", "journal_entries", "finance_board"}, {"new_sales_order", "new_manual_entry"}),
        (
            "books",
            {"journal_entries", "payments_in", "open_payables", "new_supplier_bill"},
            {"new_sales_order", "ship", "new_payment_out"},
        ),
        ("till", {"payments_in", "payments_out", "open_payables"}, {"new_supplier_bill", "journal_entries"}),
        ("admin", {"home"}, {"new_sales_order", "journal_entries", "new_payment_out", "sales_orders"}),
    ],
)
def test_the_navigation_holds_what_a_role_may_use(page: Run, login: str, sees: set[str], misses: set[str]) -> None:
    for path in sees:
        assert "tw-head" in shown(page(path, login=login)), (login, path)
    for path in misses:
        landed = shown(page(path, login=login))
        assert "Hello" in landed, (login, path)


def test_a_document_shows_its_chain_and_its_effects(page: Run, plant: Plant) -> None:
    text = shown(page("shipment", id=plant.ids["shipment"]))
    for name in ("sales_order", "customer_invoice", "payment_in"):
        assert plant.numbers[name] in text
    assert "/journal_entry?id=" in text
    assert "1,280.00" in text


def test_a_clerk_does_not_see_the_money_behind_a_shipment(page: Run, plant: Plant) -> None:
    text = shown(page("shipment", login="clerk", id=plant.ids["shipment"]))
    assert plant.numbers["sales_order"] in text
    assert "1,280.00" not in text


def test_a_document_that_is_not_there_leads_back_to_its_list(page: Run) -> None:
    test = page("sales_order", id=999_999_999)
    assert "tw-empty" in shown(test)
    assert any("list" in button.label for button in test.button)


def test_numbers_are_written_as_the_reader_writes_them(page: Run, plant: Plant) -> None:
    assert "Jan 27, 2026" in shown(page("shipment", id=plant.ids["shipment"]))
    assert "2026年1月27日" in shown(page("shipment", lang="zh-Hans", id=plant.ids["shipment"]))


def test_text_of_users_is_never_markup(page: Run, plant: Plant) -> None:
    hostile = "<img src=x onerror=alert(1)> ![x](https://evil.example/p.png)"
    plant.give("put_party", {"code": "C-BAD", "name": hostile, "is_customer": True}, command_id="t-hostile")
    text = shown(page("parties"))
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


def test_every_link_of_a_page_stays_inside(page: Run, plant: Plant) -> None:
    for path in ("home", "sales_orders", "shipment", "journal_entries", "items"):
        for address in re.findall(r'href="([^"]*)"', shown(page(path, **identity(plant, path)))):
            assert address.startswith("/"), (path, address)
            assert not address.startswith("//"), (path, address)
