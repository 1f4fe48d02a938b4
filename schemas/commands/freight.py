"""The bill of a carrier."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.commands.base import Code, Command, CurrencyCode, Day, DocumentRef, Note, PositiveAmount


class FreightLine(Command):
    """What is billed for one shipment, without tax; the shipment is named by its number or by a tracking number of its parcels."""

    shipment: DocumentRef | None = None
    tracking_number: Code | None = None
    amount: PositiveAmount
    tax_code: Code | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.shipment is None) == (self.tracking_number is None):
            raise ValueError("give either the shipment or a tracking number")
        return self


class BookFreightBill(Command):
    """Book what a carrier bills for bringing goods to customers, in his currency unless another is named."""

    supplier: Code
    currency: CurrencyCode | None = None
    posted_on: Day | None = None
    due_on: Day | None = None
    external_number: Code | None = None
    lines: Annotated[list[FreightLine], Field(min_length=1, max_length=2000)]
    note: Note | None = None
