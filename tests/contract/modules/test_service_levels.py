"""Service levels on both databases: clocks in working time, waiting for the customer, one warning, one escalation."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.jobs.service_levels import watch_waiting
from app.kernel.access import SYSTEM
from app.kernel.gateway import Submission, new_command_id
from tests.company import Company

D = Decimal
_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class SetClock:
    """A clock that a test sets; it stands until it is set anew."""

    at: datetime

    def now(self) -> datetime:
        """The instant it was set to, UTC."""
        return self.at.astimezone(UTC)

    def today(self) -> date:
        """Its day in Shanghai."""
        return self.at.astimezone(_ZONE).date()


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """An hour of June 2026 in Shanghai; the 15th was a Monday."""
    return datetime(2026, 6, day, hour, minute, tzinfo=_ZONE)


@contextmanager
def clocked(works: Company, **level: object) -> Iterator[SetClock]:
    """A level of two, eight and sixteen working hours, weekdays from 9 to 17, the Friday off; Monday the 15th, 9 o'clock."""
    clock, before = SetClock(on(15, 9)), works.gateway.clock
    works.gateway.clock = clock
    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    off = [{"on_date": "2026-06-19", "name": "Dragon Boat Festival"}]
    works.do("put_calendar", code="DESK", name="Desk", weekly_hours=hours, exceptions=off)
    given = {"code": "STD", "name": "Standard", "calendar": "DESK", "escalation_role": "executive", **level}
    limits = {"answer_hours": "2", "decision_hours": "8", "settlement_hours": "16"}
    works.do("put_service_level", **{**limits, **given})
    yield clock
    works.gateway.clock = before


def opened(works: Company, **more: object) -> int:
    """A complaint."""
    given = {"kind": "complaint", "reason": "late", "customer": "CUS", **more}
    case = works.do("open_service_case", **given).document
    assert case is not None
    return case


def standing(works: Company, case: int) -> dict[str, tuple[str, Decimal]]:
    """How each clock of a case stands, and the working hours it has left."""
    return {row["clock"]: (row["standing"], row["hours_left"]) for row in works.ask("case_clocks", document=case)}


def waiting_items(works: Company) -> list[tuple[str, str | None]]:
    """The alerts in the inbox and whom they wait for."""
    rows = works.ask_table("inbox_item")
    return sorted(
        (r["kind"], r["role_code"]) for r in rows if r["state"] == "open" and r["source"].startswith("case-clock")
    )


def test_clocks_count_working_hours_and_leave_out_nights_weekends_and_holidays(works: Company) -> None:
    with clocked(works) as clock:
        clock.at = on(18, 16)
        case = opened(works)
        clock.at = on(22, 10)
        # Thursday 16 to 17 and Monday 9 to 10; Friday is a holiday.
        left = {"answer": D(0), "decision": D(6), "settlement": D(14)}
        assert standing(works, case) == {clock: ("running", hours) for clock, hours in left.items()}
        due = {row["clock"]: row["due_at"] for row in works.ask("case_clocks", document=case)}
        assert due == {"answer": on(22, 10), "decision": on(22, 16), "settlement": on(23, 16)}
        works.assert_clean()


def test_an_answer_a_decision_and_a_settlement_stop_their_clocks(works: Company) -> None:
    with clocked(works) as clock:
        case = opened(works)
        clock.at = on(15, 10)
        works.do("add_case_note", case=case, text="rang the carrier")
        assert standing(works, case)["answer"] == ("running", D(1))
        clock.at = on(15, 11)
        works.do("answer_service_case", case=case, text="we look into it")
        clock.at = on(16, 9, 30)
        works.do("decide_service_case", case=case, outcome="none")
        clock.at = on(17, 9, 30)
        works.do("settle_service_case", case=case)
        clock.at = on(24, 9)
        # Two hours, eight and a half, sixteen and a half of 2, 8 and 16.
        assert standing(works, case) == {
            "answer": ("kept", D(0)),
            "decision": ("broken", D("-0.5")),
            "settlement": ("broken", D("-0.5")),
        }
        report = {row["clock"]: row for row in works.ask("service_levels_kept")}
        assert (report["answer"]["kept_count"], report["decision"]["broken_count"]) == (1, 1)
        assert (report["answer"]["kept_share"], report["settlement"]["kept_share"]) == (D(1), D(0))
        works.assert_clean()


def test_clocks_stand_still_while_the_customer_is_waited_for(works: Company) -> None:
    with clocked(works) as clock:
        case = opened(works)
        clock.at = on(15, 10)
        works.do("wait_for_customer", case=case, text="please send a photo")
        assert works.refused("wait_for_customer", case=case, text="please") == "case_waits_already"
        clock.at = on(17, 12)
        assert standing(works, case) == {
            "answer": ("kept", D(1)),
            "decision": ("waiting", D(7)),
            "settlement": ("waiting", D(15)),
        }
        assert watch_waiting(works.gateway) == 0
        (row,) = works.ask("service_cases")
        assert (row["due_at"], row["hours_left"], row["waiting_since"]) == (None, D(7), on(15, 10))
        works.do("resume_service_case", case=case)
        assert works.refused("resume_service_case", case=case) == "case_waits_not"
        clock.at = on(17, 13)
        (row,) = works.ask("service_cases")
        assert (row["clock"], row["hours_left"], row["due_at"]) == ("decision", D(6), on(18, 11))
        works.assert_clean()


def test_a_warning_and_an_escalation_are_told_once_each(works: Company) -> None:
    with clocked(works) as clock:
        case = opened(works)
        told = []
        for minute in range(0, 180, 10):
            clock.at = on(15, 9) + timedelta(minutes=minute)
            told.append(watch_waiting(works.gateway))
        # Of two hours three quarters are 90 minutes; the limit is reached at 120.
        assert [place * 10 for place, count in enumerate(told) if count] == [90, 120]
        assert waiting_items(works) == [("case_answer_escalation", "executive"), ("case_answer_warning", "clerk")]
        alerts = works.ask("service_alerts")
        assert [(row["step"], row["role_code"], row["state"]) for row in alerts] == [
            ("escalation", "executive", "waiting"),
            ("warning", "clerk", "waiting"),
        ]
        for _ in range(2):
            works.do("confirm_service_alert", alert=alerts[0]["id"])
        assert len(works.ask("service_alerts", state="waiting")) == 1
        works.do("answer_service_case", case=case, text="sorry, late")
        assert waiting_items(works) == []
        works.assert_clean()


def test_many_clocks_are_looked_at_in_batches(works: Company) -> None:
    with clocked(works) as clock:
        for _ in range(5):
            opened(works)
        clock.at = on(15, 12)
        assert watch_waiting(works.gateway, batch=2) == 5
        assert len(works.ask("service_alerts")) == 5
        assert watch_waiting(works.gateway, batch=2) == 0


def test_an_owner_is_warned_himself(works: Company) -> None:
    works.do("put_user", login="wu", name="Wu", roles=["clerk"])
    with clocked(works) as clock:
        opened(works, owner="wu")
        clock.at = on(15, 10, 40)
        watch_waiting(works.gateway)
        (alert,) = works.ask("service_alerts")
        assert (alert["login"], alert["role_code"]) == ("wu", None)


def test_the_most_particular_level_holds_and_a_change_of_priority_chooses_anew(works: Company) -> None:
    with clocked(works) as clock:
        urgent = {
            "code": "FAST",
            "name": "Fast",
            "priority_upto": 2,
            "calendar": "DESK",
            "escalation_role": "executive",
        }
        works.do("put_service_level", **urgent, answer_hours="1", decision_hours="4")
        case = opened(works)
        clock.at = on(15, 9, 50)
        assert watch_waiting(works.gateway) == 0
        works.do("change_service_case", case=case, priority=1)
        assert watch_waiting(works.gateway) == 1
        limits = {
            row["clock"]: (row["level_code"], row["limit_hours"]) for row in works.ask("case_clocks", document=case)
        }
        assert limits == {"answer": ("FAST", D(1)), "decision": ("FAST", D(4)), "settlement": ("STD", D(16))}
        works.assert_clean()


def test_a_holiday_that_is_entered_later_counts(works: Company) -> None:
    with clocked(works) as clock:
        case = opened(works)
        works.do("answer_service_case", case=case, text="yes")
        hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        off = [{"on_date": "2026-06-16", "name": "Flood"}]
        clock.at = on(15, 12)
        works.do("put_calendar", code="DESK", name="Desk", weekly_hours=hours, exceptions=off)
        clock.at = on(16, 12)
        assert standing(works, case)["decision"] == ("running", D(0))
        assert watch_waiting(works.gateway) == 1
        assert [row["step"] for row in works.ask("service_alerts")] == ["escalation"]


def test_a_step_back_lets_a_clock_run_on(works: Company) -> None:
    with clocked(works) as clock:
        case = opened(works)
        clock.at = on(15, 13)
        works.do("decide_service_case", case=case, outcome="none")
        clock.at = on(17, 9)
        works.do("reopen_service_case", case=case)
        clock.at = on(17, 10)
        # Four hours on Monday and one on Wednesday; for the time between the decision stood.
        assert standing(works, case)["decision"] == ("running", D(3))
        works.assert_clean()


def test_a_machine_whose_clock_is_set_back_stops_nobody(works: Company) -> None:
    with clocked(works) as clock:
        case = opened(works)
        clock.at = on(15, 8)
        works.do("wait_for_customer", case=case, text="please send a photo")
        clock.at = on(15, 7)
        works.do("resume_service_case", case=case)
        works.do("decide_service_case", case=case, outcome="none")
        clock.at = on(15, 6)
        works.do("reopen_service_case", case=case)
        works.do("reject_service_case", case=case, reason="not bought from us")
        works.assert_clean()


def test_a_case_without_a_level_has_no_clocks(works: Company) -> None:
    case = opened(works)
    assert works.ask("case_clocks", document=case) == []
    (row,) = works.ask("service_cases")
    assert (row["clock"], row["hours_left"]) == (None, None)
    assert watch_waiting(works.gateway) == 0
    works.do("answer_service_case", case=case, text="yes")
    assert [note["said_to_customer"] for note in works.ask("case_notes", document=case)] == [True]


def test_a_level_that_makes_no_sense_is_refused(works: Company) -> None:
    with clocked(works):
        given = {"code": "X", "name": "X", "calendar": "DESK", "escalation_role": "executive"}
        assert works.refused("put_service_level", **given) == "level_promises_nothing"
        assert works.refused("put_service_level", **given, answer_hours="9", decision_hours="8") == "level_order"
        assert works.refused("put_service_level", **{**given, "calendar": "NONE"}, answer_hours="1") == "code_unknown"
        assert (
            works.refused("put_service_level", **{**given, "escalation_role": "NO"}, answer_hours="1") == "code_unknown"
        )


def test_a_case_of_the_same_batch_has_the_level_that_was_made_before_it(works: Company) -> None:
    with clocked(works, active=False):
        level = {"code": "NEW", "name": "New", "calendar": "DESK", "escalation_role": "executive", "answer_hours": "1"}
        case = {"kind": "complaint", "reason": "late", "customer": "CUS"}
        receipts = list(
            works.gateway.submit_many(
                Submission(command, data, new_command_id(), SYSTEM)
                for command, data in (("put_service_level", level), ("open_service_case", case))
            )
        )
        assert receipts[1].document is not None
        assert list(standing(works, receipts[1].document)) == ["answer"]


def test_two_watches_at_one_time_tell_once(works: Company) -> None:
    with clocked(works) as clock:
        for _ in range(3):
            opened(works)
        clock.at = on(15, 12)
        with ThreadPoolExecutor(3) as pool:
            told = list(pool.map(lambda _: works.do("watch_service_levels").values["told"], range(3)))
        assert sum(told) == 3
        assert len(works.ask("service_alerts")) == 3
        works.assert_clean()


FAST = {"code": "FAST", "name": "Fast", "priority_upto": 2, "calendar": "DESK", "escalation_role": "executive"}


def limits(works: Company, case: int) -> dict[str, tuple[str, Decimal]]:
    """The level and the limit in hours of each clock of a case."""
    return {row["clock"]: (row["level_code"], row["limit_hours"]) for row in works.ask("case_clocks", document=case)}


def test_a_level_of_less_than_a_minute_is_refused_and_one_of_a_minute_opens_cases(works: Company) -> None:
    with clocked(works):
        assert works.refused("put_service_level", **FAST, answer_hours="0.01") == "input_invalid"
        works.do("put_service_level", **FAST, answer_hours="0.02")
        assert list(limits(works, opened(works, priority=1))) == ["answer"]


def test_a_change_of_priority_starts_no_clock_for_what_was_done_before(works: Company) -> None:
    with clocked(works, active=False) as clock:
        case = opened(works)
        works.do("answer_service_case", case=case, text="we look into it")
        other = opened(works)
        works.do("decide_service_case", case=other, outcome="none")
        works.do("put_service_level", **FAST, answer_hours="1", decision_hours="2", settlement_hours="30")
        clock.at = on(15, 15)
        works.do("change_service_case", case=case, priority=1)
        works.do("change_service_case", case=other, priority=1)
        assert list(limits(works, case)) == ["decision", "settlement"]
        assert list(limits(works, other)) == ["settlement"]
        assert watch_waiting(works.gateway) == 1
        assert waiting_items(works) == [("case_decision_escalation", "executive")]
        works.assert_clean()


def test_a_level_of_the_same_hours_is_taken_over_with_its_calendar_and_its_share(works: Company) -> None:
    with clocked(works) as clock:
        case = opened(works)
        hours = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        works.do("put_calendar", code="ALWAYS", name="Always", weekly_hours=hours)
        always = {**FAST, "calendar": "ALWAYS", "escalation_role": "accountant", "warn_share": "0.5"}
        works.do("put_service_level", **always, answer_hours="2", decision_hours="8", settlement_hours="16")
        works.do("change_service_case", case=case, priority=1)
        assert {code for code, _ in limits(works, case).values()} == {"FAST"}
        clock.at = on(15, 10)
        assert watch_waiting(works.gateway) == 1  # Half of two hours.
        clock.at = on(15, 20)
        watch_waiting(works.gateway)
        assert ("case_decision_escalation", "accountant") in waiting_items(works)
        works.assert_clean()


def test_an_overdue_case_is_in_the_inbox_again_when_its_limit_holds_again(works: Company) -> None:
    with clocked(works) as clock:
        works.do("put_service_level", **FAST, answer_hours="1", decision_hours="3", settlement_hours="30")
        case = opened(works)
        works.do("answer_service_case", case=case, text="we look into it")
        clock.at = on(16, 9)
        watch_waiting(works.gateway)
        overdue = [("case_decision_escalation", "executive")]
        assert [row for row in waiting_items(works) if row in overdue] == overdue
        for priority in (1, 5):
            works.do("change_service_case", case=case, priority=priority)
            watch_waiting(works.gateway)
            assert [row for row in waiting_items(works) if row in overdue] == overdue
        works.do("decide_service_case", case=case, outcome="none")
        assert waiting_items(works) == []
        works.do("reopen_service_case", case=case)
        assert watch_waiting(works.gateway) == 0
        assert [row for row in waiting_items(works) if row in overdue] == overdue
        told = [(row["clock_id"], row["step"], row["limit_minutes"]) for row in works.ask_table("service_alert")]
        assert len(told) == len(set(told))
        works.assert_clean()
