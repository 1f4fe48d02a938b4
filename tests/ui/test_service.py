"""The page of a case: its files are listed by name and size, and one is read when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.ui import gateway
from tests.plant import Plant

Run = Callable[..., AppTest]


def test_a_file_is_read_when_somebody_asks_for_it(page: Run, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = gateway.ask

    def noted(query: str, /, **arguments: Any) -> Any:
        asked.append(query)
        return ask(query, **arguments)

    monkeypatch.setattr(gateway, "ask", noted)
    test = page("service_case", id=plant.ids["service_case"])
    assert not test.exception
    assert "case_files" in asked
    assert "case_file_content" not in asked
    toggle = next(row for row in test.toggle if row.label == "lid\\.png")
    toggle.set_value(True).run()
    assert asked.count("case_file_content") == 1
