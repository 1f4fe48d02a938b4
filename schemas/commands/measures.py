"""Commands of measures: what is done so that what a case is about is put right and does not happen again (ISO 9001, 10.2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import Code, Command, Day, DocumentRef
from schemas.commands.service import Speech

MeasureKind = Literal["correction", "corrective", "preventive"]
"""A correction puts right what is there, a corrective action takes its cause away, a preventive one keeps others from it."""
MeasureNumber = Annotated[int, Field(ge=1, le=10_000)]


class PlanCaseMeasure(Command):
    """Say why it happened, what is done about it, by whom and until when."""

    case: DocumentRef
    kind: MeasureKind
    cause: Speech
    action: Speech
    owner: Code
    due_on: Day


class ChangeCaseMeasure(Command):
    """Say anew what is done, by whom and until when, as long as it is not done."""

    case: DocumentRef
    measure: MeasureNumber
    cause: Speech
    action: Speech
    owner: Code
    due_on: Day


class FinishCaseMeasure(Command):
    """Say that a measure was carried out, when, and what came of it."""

    case: DocumentRef
    measure: MeasureNumber
    result: Speech
    done_on: Day | None = None


class DropCaseMeasure(Command):
    """Give a measure up that is not done, with the reason."""

    case: DocumentRef
    measure: MeasureNumber
    reason: Speech


class JudgeCaseMeasure(Command):
    """Say whether a measure that was carried out has worked, and how that was seen; by another person than its owner."""

    case: DocumentRef
    measure: MeasureNumber
    effective: bool
    judgement: Speech
