"""Arguments that no database can compare are refused by every query on both databases, and break none."""

from __future__ import annotations

import pytest

from app.kernel.access import SYSTEM
from app.kernel.errors import Refused
from tests.company import Company

_BEYOND = (2**63, -(2**63) - 1, "a\x00b")


def test_no_query_breaks_on_a_number_beyond_64_bits_or_a_text_with_nul(works: Company) -> None:
    asked = 0
    for name, spec in works.gateway.bus.queries.items():
        for field in spec.model.model_fields:
            for value in _BEYOND:
                with pytest.raises(Refused) as refusal:
                    works.gateway.query(name, {field: value}, principal=SYSTEM)
                assert refusal.value.key in {"input_invalid", "input_missing"}, (name, field, value)
                asked += 1
    assert asked > 100
