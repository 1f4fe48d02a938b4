"""Field types that commands share: exact decimals within bounds, codes, and the three ways to name a document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from schemas.vocabulary.numbers import LARGEST_MONEY, LARGEST_QUANTITY


class Command(BaseModel):
    """Base of every command's input."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        """Refuse the character that PostgreSQL keeps in no text, so that both databases take the same."""
        texts = value if isinstance(value, list | tuple | set | frozenset) else (value,)
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise ValueError("a text holds no NUL character")
        return value


def _no_float(value: Any) -> Any:
    """Read a JSON number by its shortest text, so that 0.1 means one tenth and not its binary neighbour."""
    return repr(value) if isinstance(value, float) else value


_Exact = BeforeValidator(_no_float)

Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Note = Annotated[str, StringConstraints(max_length=4000)]
Quantity = Annotated[
    Decimal, _Exact, Field(gt=0, lt=LARGEST_QUANTITY, max_digits=18, decimal_places=6, allow_inf_nan=False)
]
QuantityOrZero = Annotated[
    Decimal, _Exact, Field(ge=0, lt=LARGEST_QUANTITY, max_digits=18, decimal_places=6, allow_inf_nan=False)
]
UnitPrice = Annotated[Decimal, _Exact, Field(ge=0, lt=10**10, max_digits=18, decimal_places=8, allow_inf_nan=False)]
Share = Annotated[Decimal, _Exact, Field(ge=0, lt=1, decimal_places=8, allow_inf_nan=False)]
Portion = Annotated[Decimal, _Exact, Field(gt=0, le=1, decimal_places=8, allow_inf_nan=False)]
Amount = Annotated[Decimal, _Exact, Field(gt=-LARGEST_MONEY, lt=LARGEST_MONEY, decimal_places=4, allow_inf_nan=False)]
AmountOrZero = Annotated[Decimal, _Exact, Field(ge=0, lt=LARGEST_MONEY, decimal_places=4, allow_inf_nan=False)]
PositiveAmount = Annotated[Decimal, _Exact, Field(gt=0, lt=LARGEST_MONEY, decimal_places=4, allow_inf_nan=False)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2200, 12, 31))]

DocumentRef = Annotated[
    int | Annotated[str, StringConstraints(min_length=1, max_length=140)],
    Field(description="A document's id, its number, or 'cmd:' and the id of the command that made it"),
]
