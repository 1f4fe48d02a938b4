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


@pytest.mark.parametrize("form", ["put_repair_estimate", "issue_repair_parts", "report_repair_hours"])
def test_a_step_of_a_repair_opens_with_its_number_and_shows_its_lines(page: Run, plant: Plant, form: str) -> None:
    test = page(form, order=plant.ids["repair_order"])
    assert not test.exception
    assert plant.numbers["repair_order"] in [field.value for field in test.text_input]
    assert "Bench work" in "\n".join(str(element.proto.body) for element in test.get("html"))


def test_a_repair_shows_its_piece_its_split_and_its_documents(page: Run, plant: Plant) -> None:
    test = page("repair_order", id=plant.ids["repair_order"])
    assert not test.exception
    told = "\n".join(str(element.proto.body) for element in test.get("html"))
    for part in ("Bench 2", "Worn seal", "New seal", plant.numbers["labour_report"], plant.numbers["material_return"]):
        assert part in told, part
