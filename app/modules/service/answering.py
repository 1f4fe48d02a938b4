"""Handlers of what is said to the customer of a case: he is answered, he is asked and waited for, the case goes on."""

from __future__ import annotations

from typing import Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import find_document
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.service.cases import WRITE, find_case, write_note
from app.modules.service.clocks import clocks_of, end_wait, open_wait, set_due, stop_clock
from schemas.commands import service as commands
from schemas.operational import service_levels as tables
from schemas.vocabulary.documents import DocumentKind, DocumentState

_UNFINISHED: Final = (DocumentState.OPEN, DocumentState.INSPECTED, DocumentState.DECIDED)


@handles(commands.AnswerServiceCase, permission=WRITE)
def answer_service_case(ctx: Context, data: commands.AnswerServiceCase) -> Outcome:
    """Write down what the customer was answered."""
    case = find_document(ctx, data.case, DocumentKind.SERVICE_CASE)
    _say(ctx, case, data.text)
    return Outcome("receipt.changed", case, {"what": "service_case", "code": case.number})


@handles(commands.WaitForCustomer, permission=WRITE)
def wait_for_customer(ctx: Context, data: commands.WaitForCustomer) -> Outcome:
    """Ask the customer something and let the clocks stand still until the case goes on."""
    case = find_case(ctx, data.case, *_UNFINISHED)
    if open_wait(ctx, case) is not None:
        raise Refused("case_waits_already", number=case.number)
    _say(ctx, case, data.text)
    ctx.uow.insert(tables.case_pause, document_id=case.id, reason="customer", began_at=ctx.now)
    for clock in clocks_of(ctx, case):
        if clock.stopped_at is None:
            set_due(ctx, clock)
    return Outcome("receipt.changed", case, {"what": "service_case", "code": case.number})


@handles(commands.CaseAction, permission=WRITE)
def resume_service_case(ctx: Context, data: commands.CaseAction) -> Outcome:
    """The customer has spoken: the clocks of the case run on."""
    case = find_case(ctx, data.case, *_UNFINISHED)
    if not end_wait(ctx, case):
        raise Refused("case_waits_not", number=case.number)
    return Outcome("receipt.changed", case, {"what": "service_case", "code": case.number})


def _say(ctx: Context, case: Row, text: str) -> None:
    """Keep what was said to the customer; the first time it stops the clock of the first answer."""
    write_note(ctx, case, text, said_to_customer=True)
    for clock in clocks_of(ctx, case):
        if clock.kind == "answer" and clock.stopped_at is None:
            stop_clock(ctx, case, clock)
