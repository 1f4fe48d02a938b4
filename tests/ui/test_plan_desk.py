"""The plan desk shows a run with its alerts, the records behind them and what to release, in three languages."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.ui.test_screens import shown


def test_a_run_shows_its_proposals_alerts_and_records(page: Callable[..., AppTest]) -> None:
    for lang in ("en", "zh-Hans", "zh-Hant"):
        desk = page("plan_desk", login="planner", lang=lang)
        assert not desk.exception
        text = shown(desk)
        assert "tw-tile" in text
        assert "incident" not in text
        assert any(button.key and button.key.startswith("desk.alert.") for button in desk.button)
        orders = page("planned_orders", login="planner", lang=lang)
        assert not orders.exception
        assert "KETTLE-2" in set(orders.dataframe[0].value["item"])
