"""The feed is dense and chained: every way of tampering with it is found, and so is a rebuilt chain, by its anchor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from app.jobs.anchor import write_anchor
from app.jobs.verify import verify
from app.kernel import feed
from app.kernel.clock import FixedClock
from tests.company import Company
from tests.makers import stocked
from tests.tampering import tamper

pytestmark = pytest.mark.slow

_COPY = (
    "insert into feed (position, recorded_at, principal_id, command, command_id, changes, before_after, content_hash,"
    " chain_hash) select {position}, recorded_at, principal_id, command, 'slipped in', '{{}}', '[]', content_hash,"
    " chain_hash from feed where position = 9"
)
_LAST = "(select max(position) from feed)"
_HEAD = "update store_head set position = {position}, chain_hash = (select chain_hash from feed where position = {position})"

TAMPERING: dict[str, tuple[str, ...]] = {
    "modify": ("update feed set changes = '{}' where position = 9",),
    "modify who did it": ("update feed set principal_id = 77 where position = 9",),
    "delete": ("delete from feed where position = 9",),
    "insert": ("update feed set position = position + 100000 where position > 9", _COPY.format(position=10),
               "update feed set position = position - 99999 where position > 100000"),
    "reorder": ("update feed set position = -1 where position = 9", "update feed set position = 9 where position = 10",
                "update feed set position = 10 where position = -1"),
    "truncate": (f"delete from feed where position = {_LAST}",),
    "truncate and mend the head": ("delete from feed where position > 20", "delete from command_receipt where position > 20",
                                   _HEAD.format(position=20)),
}  # fmt: skip


def findings(works: Company, anchor: Path | None = None) -> set[str]:
    """Codes of what verify finds."""
    return {finding.code for finding in verify(works.gateway, anchor=anchor).findings}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_with_the_feed_is_found(busy_works: Company, kind: str) -> None:
    tamper(busy_works, *TAMPERING[kind])
    assert findings(busy_works) & {"I-11", "I-13", "I-14b"}


def _rebuilt(works: Company, key: bytes, *, upto: int | None = None) -> list[str]:
    """Statements that chain the feed anew with a key, after changing a row and perhaps cutting the end off."""
    rows = works.ask_table("feed")[:upto]
    previous, statements = feed.GENESIS, []
    for row in rows:
        who = 77 if row["position"] == 9 else row["principal_id"]
        parts = (row["position"], row["recorded_at"].isoformat(), who, row["command"], row["command_id"],
                 row["changes"], row["before_after"], row["content_hash"])  # fmt: skip
        previous = feed.chained(key, previous, parts)
        statements.append(
            f"update feed set principal_id = {who}, chain_hash = '{previous}' where position = {row['position']}"
        )
    statements.append(f"update store_head set chain_hash = '{previous}', position = {len(rows)}")
    return statements


def test_a_chain_rebuilt_without_the_key_is_found(busy_works: Company) -> None:
    tamper(busy_works, *_rebuilt(busy_works, b"a guess"))
    assert "I-13" in findings(busy_works)


@pytest.mark.parametrize("upto", [None, 20], ids=["rebuilt", "cut and rebuilt"])
def test_a_chain_rebuilt_with_the_stolen_key_is_found_by_its_anchor(
    busy_works: Company, tmp_path: Path, upto: int | None
) -> None:
    anchor = tmp_path / "elsewhere" / "anchor.jsonl"
    write_anchor(busy_works.gateway, anchor)
    cut = [] if upto is None else [f"delete from feed where position > {upto}"]
    tamper(busy_works, *cut, *_rebuilt(busy_works, busy_works.gateway.keys.chain, upto=upto))
    assert "I-13b" in findings(busy_works, anchor)


def test_an_honest_feed_extends_its_anchors(busy_works: Company, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.jsonl"
    write_anchor(busy_works.gateway, anchor)
    busy_works.do("put_unit", code="A", name="A")
    write_anchor(busy_works.gateway, anchor)
    assert findings(busy_works, anchor) == set()


def test_a_cut_end_that_grew_again_is_found_by_its_anchor(busy_works: Company, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.jsonl"
    write_anchor(busy_works.gateway, anchor)
    tamper(busy_works, *TAMPERING["truncate and mend the head"])
    for number in range(40):
        busy_works.submit("put_unit", code=f"U{number}", name="U")
    assert "I-13b" in findings(busy_works, anchor)


_SLIPPED_IN: Callable[[int], str] = lambda line: (  # noqa: E731
    "insert into journal_line (id, entry_id, line, account_id, debit, credit)"
    f" select {900000000 + line}, 900000000, {line}, min(id), {10000 if line == 1 else 0}, {10000 if line == 2 else 0}"
    " from account"
)


def test_an_entry_that_no_command_wrote_is_found(busy_works: Company) -> None:
    entry = (
        "insert into journal_entry (id, number, posted_on, period_id, document_id, fact, line_count)"
        " select 900000000, '记-202606-0999', '2026-06-15', p.id, d.id, 'Raw', 2 from fiscal_period p,"
        " (select min(id) as id from document) d where p.code = '2026-06'"
    )
    tamper(busy_works, _SLIPPED_IN(1), _SLIPPED_IN(2), entry)
    assert "I-14b" in findings(busy_works)


def test_positions_are_dense_when_sixteen_clerks_write(works: Company) -> None:
    with ThreadPoolExecutor(16) as clerks:
        list(clerks.map(lambda n: works.submit("put_unit", code=f"U{n % 20}", name=f"U{n}"), range(60)))
    rows = works.ask_table("feed")
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    works.assert_clean()


def test_instants_increase_when_the_clock_runs_backwards(works: Company) -> None:
    stocked(works)
    for day in (date(2026, 6, 20), date(2026, 6, 1), date(2026, 6, 10)):
        works.gateway.clock = FixedClock(day)
        works.do("put_unit", code=f"D{day.day}", name="Day")
    instants = [row["recorded_at"] for row in works.ask_table("feed")]
    assert instants == sorted(set(instants))
    works.assert_clean()


def test_the_audit_shows_before_and_after_and_hides_secrets(works: Company) -> None:
    works.do("put_unit", code="A", name="Before")
    works.do("put_unit", code="A", name="After")
    works.do("put_user", login="li", name="Li", roles=["clerk"])
    works.do("set_password", login="li", password_hash="$argon2id$canary")
    audited = [row["before_after"] for row in works.ask_table("feed")]
    assert '"name":["Before","After"]' in audited[-3]
    assert "canary" not in "".join(audited)
