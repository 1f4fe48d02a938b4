"""A zone is counted twice while work goes on; the page of figures lies beside as golden facts."""

from __future__ import annotations

from pathlib import Path

from tests.company import Company
from tests.makers import COUNTER, count_sheet, counted_line
from tests.scenarios.value_of_goods.telling import Story

_GOLDEN = Path(__file__).parent / "blind_count.tsv"


def test_a_zone_is_counted_while_goods_are_shipped_from_it(works: Company) -> None:
    story = Story(works, "LAMP", "moving_average")

    def found(sheet: int, quantity: int) -> None:
        lines = [counted_line("LAMP", quantity)]
        assert works.submit("enter_count", principal=COUNTER, sheet=sheet, lines=lines).status == "done"

    story.bought(100, "3", "2026-06-01")
    sheet = count_sheet(works)
    story.sold(30, "9", "2026-06-15")
    found(sheet, 69)
    works.do("finish_count", sheet=sheet)
    story.told("1 thirty are shipped while the sheet is out; 69 are found where the books say 70")
    sheet = count_sheet(works)
    found(sheet, 60)
    assert works.refused("finish_count", sheet=sheet) == "count_not_complete"
    found(sheet, 60)
    works.do("finish_count", sheet=sheet)
    story.told("2 sixty are found twice: nine too few wait for a second person")
    works.do("decide_count", sheet=sheet, reason="lost")
    story.told("3 the nine are approved as lost")
    golden = _GOLDEN.read_text(encoding="utf-8").splitlines()
    assert story.page == [line for line in golden if not line.startswith("#")]
