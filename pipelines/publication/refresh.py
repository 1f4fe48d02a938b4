"""One refresh: read, load, build, gate, publish. Whatever stops it in between leaves the last published version whole.

The next version is prepared in new files that nobody reads; the pointer moves last. A refresh that finds nothing new
publishes nothing. It loads in full where there is nothing to continue from: no warehouse yet, a damaged one, another
shape of tables, or a store whose history is not the one that was loaded.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.feed.changes import Changes, TooManyChangesError, read_changes, read_horizon
from pipelines.feed.errors import HistoryReplacedError
from pipelines.feed.full import full_read
from pipelines.feed.source import Source
from pipelines.quality.gate import GateResult, JudgeProcess, Judging, run_gate
from pipelines.quality.reconciliation import count_differences
from pipelines.warehouse.engine import WarehouseDamagedError, connect, transaction
from pipelines.warehouse.files import Folder, Published
from pipelines.warehouse.fold import drop_folded_rows
from pipelines.warehouse.layout import create_recent, shape_hash
from pipelines.warehouse.load import apply_changes, load_base, read_watermark, set_watermark
from pipelines.warehouse.models import build_models, build_totals

ROWS_READ_ONE_BY_ONE: Final = 300_000
_RESULTS_KEPT: Final = 20
_LOG = logging.getLogger("tallyworks.refresh")

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did.

    Attributes:
        outcome: `published`, `nothing_new`, or `refused` by a gate (the last good version stays).
        position: the feed position of what is published now.
        rows: rows loaded, by table.
        gate: what the gate found; None where nothing was checked.
        seconds: duration of each step.
        full: whether everything was loaded anew.
    """

    outcome: str
    position: int
    rows: dict[str, int] = field(default_factory=dict)
    gate: GateResult | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    full: bool = False

    @property
    def quarantined(self) -> int:
        """Rows put into quarantine by this refresh."""
        return self.gate.quarantined if self.gate else 0


class _Timer:
    """Seconds of each step of one refresh."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the time of a block to a step."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 4)


def refresh(
    source: Source,
    folder: Path,
    full: bool = False,
    *,
    whole_gate: bool = False,
    judge: Judging | None = None,
    patience_seconds: float = 120.0,
    clock: Clock = lambda: datetime.now(UTC),
) -> RefreshReport:
    """Bring a warehouse up to the store.

    Args:
        source: the operational store.
        folder: the warehouse's folder; made if it is not there.
        full: load everything anew instead of what changed.
        whole_gate: run every rule over all rows and reconcile with the store, as before planning and closing.
        judge: what holds counts against thresholds; by default a process is started for this refresh.
        patience_seconds: how long to wait for another refresh of the same folder to end.
        clock: the present instant, UTC.

    Raises:
        BusyError: another refresh is running on the folder.
        FeedBrokenError: the store contradicts its feed.
        GateUnavailableError: the judging process does not answer.
    """
    place = Folder(folder)
    with place.writing(patience_seconds):
        if judge is not None:
            return _refresh(source, place, judge, clock, full=full, whole_gate=whole_gate)
        with JudgeProcess() as process:
            return _refresh(source, place, process, clock, full=full, whole_gate=whole_gate)


def _refresh(
    source: Source, place: Folder, judge: Judging, clock: Clock, *, full: bool, whole_gate: bool
) -> RefreshReport:
    place.sweep()
    current = place.current()
    if not full and current is not None and current.shape == shape_hash() and not place.damaged():
        try:
            return _Refresh(source, place, judge, clock).continue_from(current, whole_gate=whole_gate)
        except (HistoryReplacedError, TooManyChangesError, WarehouseDamagedError, duckdb.Error) as error:
            _LOG.warning("loading in full: %s: %s", type(error).__name__, error)
    return _Refresh(source, place, judge, clock).load_in_full(current)


class _Refresh:
    """The steps of one refresh, with what they share."""

    def __init__(self, source: Source, place: Folder, judge: Judging, clock: Clock) -> None:
        self.source = source
        self.place = place
        self.judge = judge
        self.clock = clock
        self.timer = _Timer()
        self.version = place.next_version()

    def continue_from(self, current: Published, *, whole_gate: bool) -> RefreshReport:
        """Load what changed since a published version, and publish the next."""
        target = self.place.recent_file(self.version)
        adopted = self._folded_base(current)
        with self.source.reading(seconds=None) as connection:
            if not whole_gate and adopted is None and read_horizon(connection).position == current.position:
                return RefreshReport("nothing_new", current.position)
            self.judge.start()
            with self.timer.step("copy"):
                shutil.copyfile(self.place.path / current.recent, target)
            base = adopted or current
            with self._session(base.base, target) as session:
                with self.timer.step("read"):
                    changes = read_changes(connection, read_watermark(session), at_most=ROWS_READ_ONE_BY_ONE)
                with self.timer.step("load"):
                    if adopted is not None:
                        drop_folded_rows(session, adopted.base_position)
                    rows = apply_changes(session, changes)
                built = self._build(session)
                checked = None if whole_gate or built else set(rows)
                with self.timer.step("gate"):
                    differences = count_differences(session, connection) if whole_gate else None
                    gate = self._gate(session, changes.horizon.position, checked, differences)
                if not gate.green:
                    return self._refused(gate, changes, current, rows)
                self._finish(session)
        next_one = replace(
            current,
            version=self.version,
            base=base.base,
            base_position=base.base_position,
            recent=target.name,
            position=changes.horizon.position,
            chain_hash=changes.horizon.chain_hash,
        )
        return self._publish(next_one, rows, gate, full=False)

    def load_in_full(self, current: Published | None) -> RefreshReport:
        """Load everything into new files, check everything, and publish."""
        self.judge.start()
        base, recent = self.place.base_file(self.version), self.place.recent_file(self.version)
        with ExitStack() as opened:
            with self.timer.step("snapshot"):
                full = opened.enter_context(full_read(self.source, self.place.scratch))
            horizon = full.horizon
            session = opened.enter_context(self._base_session(base))
            with self.timer.step("load"):
                rows = load_base(session, full)
        with self._base_session(base) as session, self.timer.step("totals"):
            build_totals(session)
            session.execute("checkpoint base")
        with self._session(base.name, recent) as session:
            with transaction(session):
                create_recent(session)
                set_watermark(session, horizon)
            self._build(session)
            with self.timer.step("gate"):
                gate = self._gate(session, horizon.position, None, None)
            if not gate.green:
                return self._refused(gate, Changes(0, horizon, 0, {}), current, rows, full=True)
            self._finish(session)
        published = Published(
            version=self.version,
            base=base.name,
            recent=recent.name,
            position=horizon.position,
            base_position=horizon.position,
            published_at="",
            chain_hash=horizon.chain_hash,
            shape=shape_hash(),
        )
        return self._publish(published, rows, gate, full=True)

    def _folded_base(self, current: Published) -> Published | None:
        """Return the published version with the base that was folded for it, if one is ready."""
        fold = self.place.ready_fold()
        if fold is None or fold.of_base != current.base:
            return None
        return replace(current, base=fold.base, base_position=fold.base_position)

    def _build(self, session: duckdb.DuckDBPyConnection) -> bool:
        with self.timer.step("build"):
            return build_models(session)

    def _gate(
        self,
        session: duckdb.DuckDBPyConnection,
        position: int,
        changed: set[str] | None,
        differences: dict[str, int] | None,
    ) -> GateResult:
        gate = run_gate(session, self.judge, position=position, changed=changed, differences=differences)
        record_gate(session, gate, position, self.clock())
        return gate

    def _finish(self, session: duckdb.DuckDBPyConnection) -> None:
        with self.timer.step("checkpoint"):
            session.execute("checkpoint recent")

    def _refused(
        self, gate: GateResult, changes: Changes, current: Published | None, rows: dict[str, int], *, full: bool = False
    ) -> RefreshReport:
        """A red gate: nothing is published; what was found is kept where people can see it."""
        self.place.write_refusal(
            {
                "position": changes.horizon.position,
                "at": self.clock().isoformat(),
                "violations": gate.violations,
                "samples": gate.samples,
                "document": gate.document,
            }
        )
        position = current.position if current else 0
        return RefreshReport("refused", position, rows, gate, self.timer.seconds, full)

    def _publish(self, published: Published, rows: dict[str, int], gate: GateResult, *, full: bool) -> RefreshReport:
        with self.timer.step("publish"):
            self.place.publish(replace(published, published_at=self.clock().isoformat()))
            self.place.clear_refusal()
            if full:
                self.place.clear_damage()
        return RefreshReport("published", published.position, rows, gate, self.timer.seconds, full)

    @contextmanager
    def _session(self, base: str, recent: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        session = connect(base=self.place.path / base, recent=recent, read_only=False, scratch=self.place.scratch)
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def _base_session(self, base: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        session = connect(base=base, recent=None, read_only=False, scratch=self.place.scratch)
        try:
            yield session
        finally:
            session.close()


def record_gate(session: duckdb.DuckDBPyConnection, gate: GateResult, position: int, at: datetime) -> None:
    """Keep a gate's result document in the warehouse, and the last few before it."""
    document: dict[str, Any] = {**gate.document, "samples": gate.samples}
    with transaction(session):
        session.execute(
            "insert into control.gate_result values (?, ?, ?, ?, ?)",
            [
                position,
                gate.scope,
                at.astimezone(UTC).replace(tzinfo=None),
                gate.green,
                json.dumps(document, ensure_ascii=False),
            ],
        )
        session.execute(
            """delete from control.gate_result where scope = $scope and evaluated_at not in (
                select evaluated_at from control.gate_result where scope = $scope order by evaluated_at desc limit $kept
            )""",
            {"scope": gate.scope, "kept": _RESULTS_KEPT},
        )
