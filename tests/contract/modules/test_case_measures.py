"""Measures of cases on both databases: planned, carried out, judged by another, given up; and what is refused."""

from __future__ import annotations

from app.kernel.access import Principal
from app.kernel.gateway import new_command_id
from tests.company import Company
from tests.makers import COUNTER
from tests.service_makers import MEASURE, case_measure, measure_done, service_case

DONE = {"measure": 1, "result": "the jig is exchanged"}


def states(works: Company, case: int) -> list[str]:
    """The states of the measures of a case."""
    return [row["measure_state"] for row in works.ask("case_measures", document=case)]


def waiting(works: Company) -> list[tuple[str, str | None]]:
    """What waits in the inbox about measures, and for which role."""
    rows = works.ask_table("inbox_item")
    return [
        (row["kind"], row["role_code"])
        for row in rows
        if row["state"] == "open" and str(row["source"]).startswith("case_measure:")
    ]


def done(works: Company, case: int, measure: int, result: str) -> None:
    """Somebody else than who judges carries a measure out."""
    said = {"case": case, "measure": measure, "result": result}
    assert works.submit("finish_case_measure", principal=COUNTER, **said).status == "done"


def test_a_measure_goes_from_its_owner_to_its_judge_and_outlives_its_case(works: Company) -> None:
    case = case_measure(works)
    assert (states(works, case), waiting(works)) == (["planned"], [("case_measure", None)])
    done(works, case, 1, "the jig is exchanged")
    assert (states(works, case), waiting(works)) == (["done"], [("case_measure_judge", "quality")])
    works.do("plan_case_measure", case=case, **{**MEASURE, "kind": "preventive"})
    works.do("judge_case_measure", case=case, measure=1, effective=False, judgement="it broke again")
    done(works, case, 2, "the others are exchanged too")
    works.do("judge_case_measure", case=case, measure=2, effective=True, judgement="none for a month")
    assert (states(works, case), waiting(works)) == (["not_effective", "effective"], [])
    assert [row["measure"] for row in works.ask("measures", measure_kind="preventive")] == [2]
    works.assert_clean()


def test_what_is_late_is_found_and_what_is_given_up_keeps_its_reason(works: Company) -> None:
    case = case_measure(works)
    works.do("plan_case_measure", case=case, **{**MEASURE, "due_on": "2026-09-30"})
    assert [row["measure"] for row in works.ask("measures", due_before="2026-07-31", owner="mei")] == [1]
    works.do("drop_case_measure", case=case, measure=1, reason="the machine is sold")
    assert works.ask("measures", due_before="2026-07-31") == []
    dropped = works.ask("measures", measure_state="dropped", search="jig")
    assert [row["judgement"] for row in dropped] == ["the machine is sold"]
    change = {name: MEASURE[name] for name in ("cause", "action", "owner")}
    works.do("change_case_measure", case=case, measure=2, **change, due_on="2026-08-31")
    assert [str(row["due_on"]) for row in works.ask("measures", measure_state="planned")] == ["2026-08-31"]


def test_a_measure_is_refused_where_it_makes_no_sense(works: Company) -> None:
    case = service_case(works)
    assert works.refused("plan_case_measure", case=case, **MEASURE) == "code_unknown"
    works.do("put_user", login="mei", name="Mei Lin", roles=["quality"], active=False)
    assert works.refused("plan_case_measure", case=case, **MEASURE) == "case_owner_gone"
    works.do("put_user", login="mei", name="Mei Lin", roles=["quality"])
    assert works.refused("plan_case_measure", case=case, **{**MEASURE, "due_on": "2026-06-14"}) == "measure_due_in_past"
    works.do("plan_case_measure", case=case, **MEASURE)
    assert works.refused("finish_case_measure", case=case, **{**DONE, "measure": 2}) == "measure_unknown"
    for day in ("2026-06-14", "2026-06-16"):
        assert works.refused("finish_case_measure", case=case, done_on=day, **DONE) == "measure_day_wrong"
    judged = {"case": case, "measure": 1, "effective": True, "judgement": "seen"}
    assert works.refused("judge_case_measure", **judged) == "measure_not_done"
    done(works, case, 1, "the jig is exchanged")
    assert works.refused("drop_case_measure", case=case, measure=1, reason="no") == "measure_over"
    works.do("judge_case_measure", **judged)
    assert works.refused("judge_case_measure", **judged) == "measure_judged"
    other = service_case(works)
    works.do("reject_service_case", case=other, reason="not ours")
    assert works.refused("plan_case_measure", case=other, **MEASURE) == "measure_of_rejected_case"


def test_nobody_judges_his_own_measure_or_what_he_carried_out(works: Company) -> None:
    case = measure_done(works)
    carried_out = works.submit(
        "judge_case_measure", principal=COUNTER, case=case, measure=1, effective=True, judgement="seen"
    )
    assert carried_out.message_key == "refusal.measure_judged_by_owner"
    owner = next(row for row in works.ask("users") if row["login"] == "mei")
    mei = Principal(owner["id"], "mei", "Mei Lin", roles=frozenset({"quality"}), permissions=frozenset({"*"}))
    said = {"case": case, "measure": 1, "effective": True, "judgement": "seen"}
    receipt = works.gateway.submit("judge_case_measure", said, command_id=new_command_id(), principal=mei)
    assert receipt.message_key == "refusal.measure_judged_by_owner"
    assert states(works, case) == ["done"]
