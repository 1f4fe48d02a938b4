"""The plan desk shows a recorded run and releases a line once."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from tests.plant import TODAY, Plant
from tests.ui.test_screens import shown


def test_a_run_shows_its_proposals_alerts_and_records(page: Callable[..., AppTest], plant: Plant) -> None:
    outcome = plan_company(plant.gateway, PlanRequest(as_of=TODAY), SYSTEM)
    run = outcome.receipt.document
    for lang in ("en", "zh-Hans", "zh-Hant"):
        test = page("plan_run", login="planner", lang=lang, id=run)
        assert not test.exception
        text = shown(test)
        assert str(outcome.receipt.number) in text
        assert "incident" not in text
        assert 'class="tw-note bad"' not in text
        assert "KETTLE-2" in str(test.dataframe[0].value)
