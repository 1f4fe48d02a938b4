"""One command, one effect: the same id answers the same receipt, another body is refused, and any failure leaves nothing behind."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from sqlalchemy import event

from app.kernel.access import SYSTEM
from app.kernel.bus import Receipt
from app.kernel.driver import Driver
from app.kernel.gateway import Submission, new_command_id
from schemas.operational import METADATA
from tests.company import Company
from tests.makers import stocked
from tests.specimens import FOUNDING, SPECIMENS

COMMANDS = sorted(SPECIMENS)
_OUTSIDE = {"store_head": ("last_id",)}


def content(works: Company) -> str:
    """A digest of everything in the store but the counter of ids, which may have holes."""
    digest = hashlib.sha256()
    with works.gateway.store.reading() as connection:
        for name, query in everything():
            for row in connection.exec_driver_sql(query):
                digest.update(f"{name}{tuple(row)}".encode())
    return digest.hexdigest()


@cache
def everything() -> list[tuple[str, str]]:
    """Each table with the query that reads all of it in the order of its key, as the database keeps it."""
    queries = []
    for table in METADATA.sorted_tables:
        columns = [c.name for c in table.columns if c.name not in _OUTSIDE.get(table.name, ())]
        key = [c.name for c in table.primary_key]
        quoted = [", ".join(f'"{name}"' for name in names) for names in (columns, key)]
        queries.append((table.name, f"select {quoted[0]} from {table.name} order by {quoted[1]}"))
    return queries


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_command_twice_has_one_effect(works: Company, command: str) -> None:
    specimen = SPECIMENS[command]
    data, command_id = specimen.prepare(works), new_command_id()
    first = works.submit(command, principal=specimen.principal, command_id=command_id, **data)
    assert first.status == "done", first
    after = content(works)
    second = works.submit(command, principal=specimen.principal, command_id=command_id, **data)
    assert (second.status, second.document, second.number, second.position) == (
        "done",
        first.document,
        first.number,
        first.position,
    )
    assert content(works) == after
    works.assert_clean()


def test_the_same_id_with_another_body_is_refused(works: Company) -> None:
    command_id = new_command_id()
    works.do("put_unit", code="A", name="A", command_id=command_id)
    assert works.refused("put_unit", code="B", name="B", command_id=command_id) == "command_id_reused"
    assert works.refused("put_site", code="A", name="A", command_id=command_id) == "command_id_reused"


def test_two_people_may_mint_the_same_id(works: Company) -> None:
    command_id = new_command_id()
    works.do("put_unit", code="A", name="A", command_id=command_id)
    other = SPECIMENS["decide_approval"].principal
    assert works.submit("put_unit", principal=other, command_id=command_id, code="B", name="B").status == "done"
    assert {row["code"] for row in works.ask_table("unit")} >= {"A", "B"}


def test_sixteen_submissions_of_one_command_make_one_document(works: Company) -> None:
    command_id = new_command_id()
    lines = [{"item": "PART", "quantity": 1, "unit_price": "3"}]

    def submit(_: int) -> Receipt:
        return works.submit("create_purchase_order", command_id=command_id, supplier="SUP", lines=lines)

    with ThreadPoolExecutor(16) as clerks:
        receipts = list(clerks.map(submit, range(16)))
    assert {(r.status, r.number) for r in receipts} == {("done", "PO-2026-00001")}
    assert len(works.ask_table("document")) == 1


def test_an_asker_who_lost_the_answer_finds_out(works: Company) -> None:
    command_id = new_command_id()
    assert works.gateway.landed(command_id, SYSTEM) is None
    receipt = works.do("create_purchase_order", supplier="SUP", command_id=command_id, lines=ONE_LINE)
    landed = works.gateway.landed(command_id, SYSTEM)
    assert landed is not None
    assert (landed.document, landed.number, landed.position) == (receipt.document, receipt.number, receipt.position)


ONE_LINE = [{"item": "PART", "quantity": 1, "unit_price": "3"}]


def test_a_refusal_leaves_nothing_and_its_id_free(works: Company) -> None:
    works.do("put_location", code="SHELF", name="Shelf", site="MAIN")
    before, command_id = content(works), new_command_id()
    data = {"lines": [{"item": "PART", "quantity": 5, "from_location": "MAIN", "to_location": "SHELF"}]}
    assert works.refused("transfer_stock", command_id=command_id, **data) == "stock_short"
    assert content(works) == before
    stocked(works)
    works.do("transfer_stock", command_id=command_id, **data)
    works.assert_clean()


class Crash(Exception):
    """What happens in the middle of a command."""


@contextmanager
def crash_after(works: Company, statements: int) -> Iterator[list[str]]:
    """Let the nth statement of the writing side be the last one, whether SQLAlchemy or the kernel's driver runs it."""
    seen: list[str] = []

    def count(statement: str) -> None:
        seen.append(statement)
        if len(seen) == statements:
            raise Crash(statement)

    def count_of_engine(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        count(statement)

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def run(driver: Driver, statement: Any, *rest: Any) -> Any:
            answer = method(driver, statement, *rest)
            count(str(getattr(statement, "text", statement)))
            return answer

        return run

    engine = works.gateway.store.write_engine
    event.listen(engine, "after_cursor_execute", count_of_engine)
    with pytest.MonkeyPatch.context() as patched:
        for name in ("do", "_sent", "_run") if works.gateway.store.dialect == "postgresql" else ("do", "read", "_run"):
            patched.setattr(Driver, name, counted(getattr(Driver, name)))
        try:
            yield seen
        finally:
            event.remove(engine, "after_cursor_execute", count_of_engine)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_crash_after_any_statement_leaves_nothing(
    works: Company, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    specimen = SPECIMENS[command]
    data, before = specimen.prepare(works), content(works)
    for statement in range(1, 200):
        with crash_after(works, statement) as seen:
            receipt = works.submit(command, principal=specimen.principal, **data)
        if len(seen) < statement:
            assert receipt.status == "done", receipt
            break
        assert receipt.status == "error", (statement, receipt)
        assert content(works) == before, seen
    else:
        pytest.fail("the command never ended")
    assert statement > 3
    works.assert_clean()


def test_a_crash_while_founding_leaves_an_empty_store(store_address: str, tmp_path: object) -> None:
    from pathlib import Path

    from app.kernel.opening import create_store
    from app.kernel.store import StoreAddress
    from tests.company import reopened

    create_store(StoreAddress(store_address))
    with reopened(store_address, key_file=Path(str(tmp_path)) / "store.key") as empty:
        before = content(empty)
        for statement in range(1, 80, 5):
            with crash_after(empty, statement) as seen:
                receipt = empty.submit("found_company", **FOUNDING)
            if len(seen) < statement:
                break
            assert receipt.status == "error"
            assert content(empty) == before
        assert receipt.status == "done"
        empty.assert_clean()


def test_a_commit_that_fails_acknowledges_nobody(works: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    before = content(works)

    def fail(_connection: object) -> None:
        raise Crash("commit")

    engine = works.gateway.store.write_engine
    event.listen(engine, "commit", fail)
    try:
        with ThreadPoolExecutor(4) as clerks:
            receipts = list(clerks.map(lambda n: works.submit("put_unit", code=f"U{n}", name="U"), range(4)))
    finally:
        event.remove(engine, "commit", fail)
    assert {r.status for r in receipts} == {"error"}
    assert content(works) == before


def test_an_incident_is_named_and_tells_nothing_else(works: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with crash_after(works, 2):
        receipt = works.submit("put_unit", code="A", name="A")
    assert receipt.message_key == "refusal.internal"
    assert set(receipt.values) == {"incident"}


def test_one_bad_command_does_not_harm_its_group(works: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    good = [Submission("put_unit", {"code": f"U{n}", "name": "U"}, new_command_id(), SYSTEM) for n in range(6)]
    bad = [
        Submission("put_unit", {"code": "X"}, new_command_id(), SYSTEM),
        Submission("put_item", {"code": "X", "name": "X", "category": "NONE", "unit": "EA"}, new_command_id(), SYSTEM),
        Submission("no_such_command", {}, new_command_id(), SYSTEM),
    ]
    mixed = [good[0], bad[0], good[1], bad[1], good[2], bad[2], *good[3:]]
    receipts = list(works.gateway.submit_many(mixed))
    assert [r.status for r in receipts] == [
        "done", "refused", "done", "refused", "done", "refused", "done", "done", "done",
    ]  # fmt: skip
    assert len([row for row in works.ask_table("unit") if row["code"].startswith("U")]) == 6
    works.assert_clean()


def test_bulk_and_single_submission_write_the_same_books(works: Company) -> None:
    """Replay equals live: the same commands with the same ids leave the same ledgers, one by one or in one batch."""
    stocked(works)
    order = {"customer": "CUS", "lines": [{"item": "PART", "quantity": 3, "unit_price": "5"}] * 2}
    many = [("create_sales_order", order, "so"), ("ship_goods", {"order": "cmd:so"}, "sh")]
    many += [("issue_customer_invoice", {"order": "cmd:so"}, "ci"), ("no_such", {}, "no")]
    receipts = list(works.gateway.submit_many(Submission(name, data, key, SYSTEM) for name, data, key in many))
    assert [r.status for r in receipts] == ["done", "done", "done", "refused"]
    single = [works.submit(name, command_id="x" + key, **{
        k: v.replace("cmd:", "cmd:x") if isinstance(v, str) else v for k, v in data.items()
    }) for name, data, key in many]  # fmt: skip
    assert [r.status for r in single] == ["done", "done", "done", "refused"]
    lines = works.ask_table("journal_line")
    size = len(lines) - 2
    keys = ("line", "account_id", "debit", "credit", "party_id")
    halves = [
        [tuple(row[k] for k in keys) for row in part] for part in (lines[2 : 2 + size // 2], lines[2 + size // 2 :])
    ]
    assert halves[0] == halves[1]
    works.assert_clean()


def test_a_batch_sees_what_its_earlier_commands_did(works: Company) -> None:
    receipts = list(
        works.gateway.submit_many(
            Submission("lock_period", {"period": f"2025-{month:02d}"}, new_command_id(), SYSTEM) for month in (1, 2, 3)
        )
    )
    assert [r.status for r in receipts] == ["done"] * 3, receipts
    works.assert_clean()


def test_an_unknown_field_is_refused(works: Company) -> None:
    assert works.refused("put_unit", code="A", name="A", version=7) == "input_unknown"


@pytest.mark.parametrize(
    ("quantity", "answer"),
    [("999999999999.999999", "done"), ("1000000000000", "refused"), ("0", "refused"), ("0.0000001", "refused"),
     ("NaN", "refused"), ("Infinity", "refused"), (0.1, "done"), ("1e400", "refused")],
)  # fmt: skip
def test_a_number_is_taken_up_to_its_limit_and_not_beyond(small_works: Company, quantity: object, answer: str) -> None:
    small_works.do("put_unit", code="FINE", name="Fine", decimals=6)
    small_works.do("put_item", code="DUST", name="Dust", category="RAW", unit="FINE")
    line = {"item": "DUST", "quantity": quantity, "unit_price": "0.00000001"}
    receipt = small_works.submit("create_purchase_order", supplier="SUP", lines=[line])
    assert receipt.status == answer, receipt


@pytest.mark.parametrize(("count", "answer"), [(5000, "done"), (5001, "refused")])
def test_an_order_takes_five_thousand_lines_and_not_one_more(small_works: Company, count: int, answer: str) -> None:
    lines = [{"item": "PART", "quantity": 1, "unit_price": "1"}] * count
    assert small_works.submit("create_purchase_order", supplier="SUP", lines=lines).status == answer


@pytest.mark.parametrize(("length", "answer"), [(64, "done"), (65, "refused")])
def test_a_code_takes_sixty_four_characters_and_not_one_more(works: Company, length: int, answer: str) -> None:
    assert works.submit("put_unit", code="长" * length, name="Long").status == answer
