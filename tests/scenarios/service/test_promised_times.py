"""Three complaints under one service level: kept, warned and escalated, and waiting for the customer. Golden facts beside."""

from __future__ import annotations

from pathlib import Path

from app.jobs.service_levels import watch_waiting
from tests.company import Company
from tests.contract.modules.test_service_levels import clocked, on, opened
from tests.scenarios.buying.facts import Story

_GOLDEN = Path(__file__).parent / "promised_times.tsv"


def test_one_case_keeps_its_clocks_one_is_escalated_and_one_waits(works: Company) -> None:
    story = Story(works, "promised_times")
    story.page = _GOLDEN
    with clocked(works) as clock:
        kept, late, asked = opened(works), opened(works), opened(works)
        cases = {"kept": kept, "late": late, "asked": asked}

        def tell(what: str) -> None:
            works.assert_clean()
            story.tell(what, f"alerts {watch_waiting(works.gateway)}")
            for name, case in cases.items():
                story.rows(name, works.ask("case_clocks", document=case), "clock", "standing", "hours_left")
            story.rows("alert", works.ask("service_alerts"), "clock", "step", "role_code", "state")

        tell("Monday 9:00: three complaints come in; two hours to answer, eight to decide, sixteen to settle")
        clock.at = on(15, 10)
        works.do("answer_service_case", case=kept, text="we look into it")
        works.do("wait_for_customer", case=asked, text="please send a photo")
        tell("Monday 10:00: the first is answered, the third is asked for a photo")
        clock.at = on(15, 10, 30)
        tell("Monday 10:30: three quarters of the second's two hours are gone")
        clock.at = on(15, 11, 30)
        tell("Monday 11:30: the second has no answer and is escalated")
        works.do("answer_service_case", case=late, text="sorry, we are late")
        clock.at = on(15, 16)
        works.do("decide_service_case", case=kept, outcome="none")
        works.do("settle_service_case", case=kept)
        tell("Monday 16:00: the first is decided and settled; the second got its answer too late")
        clock.at = on(17, 9)
        works.do("resume_service_case", case=asked)
        clock.at = on(17, 12)
        tell("Wednesday 12:00: the photo came at 9:00, and the third has used four hours in all")
        story.rows("report", works.ask("service_levels_kept"), "clock", "kept_count", "broken_count", "kept_share")
    assert story.as_kept()
