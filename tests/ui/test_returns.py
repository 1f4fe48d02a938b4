"""A return and its credit are booked from the pages of the shipment and the invoice: forms open with what is left."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from tests.plant import Plant
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def pressed(form: AppTest, path: str) -> AppTest:
    """The form after its button was pressed."""
    button = next(b for b in form.button if b.key and b.key.startswith(f"form.{path}.submit."))
    return button.click().run()


def listed(plant: Plant, query: str) -> list[str]:
    """The numbers of a list of documents."""
    return [row["number"] for row in plant.gateway.query(query, {}, principal=SYSTEM)]


def test_what_a_customer_still_has_is_taken_back_and_credited_by_two_forms(page: Run, plant: Plant) -> None:
    returns, notes = listed(plant, "customer_returns"), listed(plant, "credit_notes")
    form = page("receive_return", login="clerk", order=plant.ids["returned_shipment"])
    assert form.text_input(key="form.receive_return.against").value == plant.numbers["returned_shipment"]
    assert "What can still go back" in shown(form)
    form.selectbox(key="form.receive_return.reason").set_value("damaged")
    done = pressed(form, "receive_return")
    assert not done.exception
    assert len(listed(plant, "customer_returns")) == len(returns) + 1
    form = page("issue_credit_note", login="books", order=plant.ids["returned_invoice"])
    assert form.text_input(key="form.issue_credit_note.invoice").value == plant.numbers["returned_invoice"]
    pressed(form, "issue_credit_note")
    assert len(listed(plant, "credit_notes")) == len(notes) + 1


def test_a_return_without_a_reason_is_not_sent(page: Run, plant: Plant) -> None:
    before = listed(plant, "supplier_returns")
    form = page("return_to_supplier", login="clerk", order=plant.ids["sent_back_receipt"])
    done = pressed(form, "return_to_supplier")
    assert "is needed" in " ".join(shown(done).split()) or done.error
    assert listed(plant, "supplier_returns") == before


def test_freight_is_shared_from_the_page_of_a_receipt_with_the_charge_typed_in_the_form(
    page: Run, plant: Plant
) -> None:
    before = listed(plant, "landed_costs")
    form = page("book_landed_cost", login="books", order=plant.ids["sent_back_receipt"])
    form.selectbox(key="form.book_landed_cost.supplier").set_value("S-100")
    form.text_input(key="form.book_landed_cost.description").set_value("Insurance")
    form.text_input(key="form.book_landed_cost.amount").set_value("12.50")
    pressed(form, "book_landed_cost")
    assert len(listed(plant, "landed_costs")) == len(before) + 1


def test_costs_of_a_month_are_closed_by_a_form(page: Run, plant: Plant) -> None:
    form = page("close_costs", login="books")
    form.text_input(key="form.close_costs.period").set_value("2026-03")
    done = pressed(form, "close_costs")
    assert not done.exception
    assert any("2026" in toast.value for toast in done.toast)
