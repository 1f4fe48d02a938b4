"""One call of every command of after-sales that must succeed."""

from __future__ import annotations

from typing import Final

from tests.makers import PNG, invoiced
from tests.service_makers import (
    LEVEL,
    MEASURE,
    case_decided,
    case_inspected,
    case_measure,
    case_received,
    case_settled,
    case_that_waits,
    lot_case,
    measure_done,
    repair_case,
    repair_estimated,
    repair_finished,
    repair_offered,
    repair_released,
    repair_shared,
    repair_worked,
    service_alert,
    service_case,
    service_level,
    warranty_claimed,
)
from tests.specimen import Specimen, plain

SERVICE: Final[dict[str, Specimen]] = {
    "open_service_case": Specimen(
        lambda works: {
            "kind": "exchange",
            "reason": "defective",
            "against": invoiced(works)[1],
            "contact_name": "Zhou",
            "contact_phone": "13800001234",
            "lines": [{"line": 1, "quantity": 2, "fault": "loose"}],
        }
    ),
    "change_service_case": Specimen(lambda works: {"case": service_case(works), "priority": 1}),
    "put_service_level": Specimen(lambda works: {**LEVEL, "code": service_level(works)}),
    "answer_service_case": Specimen(lambda works: {"case": service_case(works), "text": "we look into it"}),
    "wait_for_customer": Specimen(lambda works: {"case": service_case(works), "text": "please send a photo"}),
    "resume_service_case": Specimen(lambda works: {"case": case_that_waits(works)}),
    "watch_service_levels": plain(most=5),
    "confirm_service_alert": Specimen(lambda works: {"alert": service_alert(works)}),
    "give_feedback": Specimen(lambda works: {"about": case_settled(works), "satisfaction": 5, "recommendation": 10}),
    "plan_case_measure": Specimen(lambda works: {"case": case_measure(works), **MEASURE}),
    "change_case_measure": Specimen(
        lambda works: {
            **{key: MEASURE[key] for key in MEASURE if key != "kind"},
            "case": case_measure(works),
            "measure": 1,
        }
    ),
    "finish_case_measure": Specimen(
        lambda works: {"case": case_measure(works), "measure": 1, "result": "the jig is exchanged"}
    ),
    "judge_case_measure": Specimen(
        lambda works: {"case": measure_done(works), "measure": 1, "effective": True, "judgement": "none in 3 months"}
    ),
    "drop_case_measure": Specimen(
        lambda works: {"case": case_measure(works), "measure": 1, "reason": "the machine is sold"}
    ),
    "add_case_note": Specimen(lambda works: {"case": service_case(works), "text": "rang at nine"}),
    "attach_case_file": Specimen(lambda works: {"case": service_case(works), "name": "torn.png", "content": PNG}),
    "receive_case_goods": Specimen(lambda works: {"case": service_case(works)}),
    "inspect_service_case": Specimen(
        lambda works: {
            "case": case_received(works),
            "lines": [{"line": 1, "quantity": 2, "finding": "repairable", "note": "the handle"}],
        }
    ),
    "decide_service_case": Specimen(
        lambda works: {
            "case": case_inspected(works),
            "outcome": "credit",
            "lines": [{"line": 1, "quantity": 1, "disposition": name} for name in ("rework", "scrap")],
        }
    ),
    "order_case_replacement": Specimen(
        lambda works: {
            "case": case_decided(works, "credit_and_replacement"),
            "lines": [{"item": "PART", "quantity": 2, "unit_price": "5.57"}],
        }
    ),
    "recall_case_lots": Specimen(lambda works: {"case": lot_case(works)}),
    "settle_service_case": Specimen(lambda works: {"case": case_decided(works)}),
    "close_service_case": Specimen(lambda works: {"case": case_settled(works)}),
    "reopen_service_case": Specimen(lambda works: {"case": case_inspected(works)}),
    "open_repair_order": Specimen(
        lambda works: {"case": repair_case(works), "line": 1, "received_at": "Bench 2", "accessories": "charger"}
    ),
    "put_repair_estimate": Specimen(
        lambda works: {
            "repair": repair_estimated(works),
            "diagnosis": "The impeller is broken",
            "lines": [
                {"line": 1, "kind": "part", "item": "PART", "quantity": 1},
                {
                    "kind": "labour",
                    "description": "Test",
                    "quantity": "0.5",
                    "unit_price": "60",
                    "cost_per_hour": "31.4",
                },
            ],
        }
    ),
    "offer_repair_estimate": Specimen(lambda works: {"repair": repair_estimated(works)}),
    "approve_repair_estimate": Specimen(lambda works: {"repair": repair_offered(works), "answered_by": "Ms Li"}),
    "decline_repair_estimate": Specimen(lambda works: {"repair": repair_offered(works), "answered_by": "Ms Li"}),
    "share_repair": Specimen(lambda works: {"repair": repair_offered(works), "valid_days": 30}),
    "revoke_repair_links": Specimen(lambda works: {"repair": repair_shared(works)["repair"]}),
    "answer_repair_by_link": Specimen(
        lambda works: {
            "link": (shared := repair_shared(works))["link"],
            "version": shared["version"],
            "wanted": True,
            "answered_by": "Ms Li",
        }
    ),
    "issue_repair_parts": Specimen(lambda works: {"repair": repair_released(works)}),
    "return_repair_parts": Specimen(
        lambda works: {"repair": repair_worked(works), "lines": [{"line": 1, "quantity": 1}]}
    ),
    "put_removed_parts": Specimen(
        lambda works: {
            "repair": repair_worked(works),
            "lines": [{"line": 1, "quantity": 2, "whereabouts": "scrapped", "note": "worn"}],
        }
    ),
    "report_repair_hours": Specimen(
        lambda works: {"repair": repair_released(works), "lines": [{"line": 2, "hours": "0.75", "note": "cleaned"}]}
    ),
    "finish_repair": Specimen(lambda works: {"repair": repair_worked(works), "report": "Seal replaced"}),
    "invoice_repair": Specimen(lambda works: {"repair": repair_finished(works)}),
    "return_repaired_piece": Specimen(
        lambda works: {"repair": repair_finished(works), "carrier_name": "SF", "tracking_number": "SF1"}
    ),
    "claim_warranty": Specimen(lambda works: {"repair": repair_finished(works), "supplier": "SUP"}),
    "accept_warranty_claim": Specimen(
        lambda works: {"claim": warranty_claimed(works), "lines": [{"line": 2, "amount": "10.50"}]}
    ),
    "cancel_repair_order": Specimen(lambda works: {"repair": repair_offered(works)}),
    "reject_service_case": Specimen(lambda works: {"case": service_case(works), "reason": "not bought from us"}),
}
