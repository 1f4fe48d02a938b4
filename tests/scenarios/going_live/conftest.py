"""A founded company without master data, on SQLite only, where the database does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.company import Company, founded


@pytest.fixture
def small_company(tmp_path: Path) -> Iterator[Company]:
    """The company."""
    with founded(str(tmp_path / "store.db"), key_file=tmp_path / "store.key") as opened:
        yield opened
