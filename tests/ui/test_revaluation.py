"""Revaluing a month and booking what came over in dollars by their forms: what would be posted is shown before, item by item after."""

from __future__ import annotations

from app.kernel.access import SYSTEM
from tests.plant import Plant
from tests.ui.test_returns import Run, pressed
from tests.ui.test_screens import shown


def test_a_month_is_revalued_by_a_form_that_shows_what_it_would_post(page: Run, plant: Plant) -> None:
    rate = {"from_currency": "USD", "to_currency": "CNY", "valid_on": "2026-01-31", "rate": "7.3456"}
    plant.give("put_exchange_rate", rate, command_id="p-dollar-later")
    before = plant.gateway.query("revaluations", {}, principal=SYSTEM)
    form = page("revalue_open_items", login="books")
    assert form.text_input(key="form.revalue_open_items.period").value == "2026-02"
    assert "Nothing is open in a foreign currency at the end of 2026-02" in shown(form)
    typed = form.text_input(key="form.revalue_open_items.period").set_value("2026-01").run()
    for said in ("7.3456", "710", "734.56", "14.56"):
        assert said in shown(typed), said
    assert not pressed(typed, "revalue_open_items").exception
    after = plant.gateway.query("revaluations", {}, principal=SYSTEM)
    assert len(after) == len(before) + 1
    assert "734.56" in shown(page("revaluation", id=after[0]["id"]))


def test_a_debt_in_dollars_of_the_former_books_is_booked_by_a_form(page: Run, plant: Plant) -> None:
    form = page("book_opening_receivable", login="books")
    form.selectbox(key="form.book_opening_receivable.party").set_value("C-100")
    form.selectbox(key="form.book_opening_receivable.currency").set_value("USD")
    for name, value in (("amount", "40"), ("booked_amount", "284.40"), ("external_number", "US-9")):
        form.text_input(key=f"form.book_opening_receivable.{name}").set_value(value)
    for name in ("document_on", "due_on"):
        form.date_input(key=f"form.book_opening_receivable.{name}").set_value("2026-03-01")
    assert not pressed(form, "book_opening_receivable").exception
    booked = plant.gateway.query("opening_receivables", {}, principal=SYSTEM)[0]
    assert (booked["currency"], str(booked["total_amount"]), booked["external_number"]) == ("USD", "40.0000", "US-9")
