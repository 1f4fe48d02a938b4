"""Reads the published warehouse. One `Mart` serves all threads of a process and follows the pointer by itself.

A newly published version is opened at the next question; the old one is closed when its last question has ended. Answers carry the
version they come from (feed position, time of publishing), for caches and for "as of" on screens.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from pipelines.serving.catalog import NamedQuery, QuestionRefusedError, metrics, named_queries
from pipelines.warehouse.engine import WarehouseDamagedError, connect
from pipelines.warehouse.files import Folder, Published

_DAMAGE: Final = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
_TRIES: Final = 5


class NoWarehouseError(Exception):
    """Nothing is published yet: refresh first."""


@dataclass(frozen=True)
class MartVersion:
    """Which state of the store an answer shows."""

    position: int
    published_at: datetime


class PinnedReader:
    """Asks one version."""

    def __init__(self, session: duckdb.DuckDBPyConnection, version: MartVersion, place: Folder) -> None:
        self.version = version
        self._session = session
        self._place = place

    def frame(self, name: str, **values: Any) -> pl.DataFrame:
        """Answer a named query as a polars frame."""
        asked = named_queries().get(name)
        if asked is None:
            raise QuestionRefusedError(f"there is no query {name!r}")
        return self.answer(asked, values)

    def answer(self, asked: NamedQuery, values: dict[str, Any]) -> pl.DataFrame:
        """Answer a query or metric of the catalog."""
        bound = asked.bound(values)
        if asked.page is None:
            return self.select(asked.sql, bound)
        keys = self.select(asked.page, bound).to_series().to_list()
        return self.select(asked.sql.replace("$page", ", ".join(map(str, map(int, keys))) or "null"))

    def select(self, sql: str, values: dict[str, Any] | None = None) -> pl.DataFrame:
        """Run a statement of our own pipelines; what people type never comes here.

        Raises:
            WarehouseDamagedError: a file is damaged; the next refresh builds it anew.
        """
        cursor = self._session.cursor()
        try:
            cursor.execute("use recent")
            answer = pl.from_arrow(cursor.sql(sql, params=values or None).to_arrow_table())
        except _DAMAGE as error:
            self._place.report_damage()
            raise WarehouseDamagedError(f"a warehouse file is damaged and will be built anew: {error}") from error
        finally:
            cursor.close()
        assert isinstance(answer, pl.DataFrame)
        return answer


class _Opened:
    """One opened version and how many questions run on it."""

    def __init__(self, session: duckdb.DuckDBPyConnection, published: Published) -> None:
        self.session = session
        self.version = MartVersion(published.position, published.published)
        self.running = 0
        self.retired = False


class Mart:
    """The read-only door to one warehouse.

    Args:
        folder: the warehouse's folder.
        memory: DuckDB's memory limit for all questions together.
        threads: worker threads for all questions together.
    """

    def __init__(self, folder: Path, *, memory: str = "2GB", threads: int = 2) -> None:
        self._place = Folder(folder)
        self._memory, self._threads = memory, threads
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._stamp: tuple[int, int] | None = None

    def version(self) -> MartVersion:
        """Return the version that the next answer comes from.

        Raises:
            NoWarehouseError: nothing is published.
        """
        with self.pinned() as reader:
            return reader.version

    def query(self, name: str, **values: Any) -> list[dict[str, Any]]:
        """Answer a named query as rows.

        Raises:
            QuestionRefusedError: there is no such query, or a parameter does not fit it.
            NoWarehouseError: nothing is published.
            WarehouseDamagedError: a file is damaged; the next refresh builds it anew.
        """
        return self.frame(name, **values).to_dicts()

    def frame(self, name: str, **values: Any) -> pl.DataFrame:
        """Answer a named query as a polars frame; decimals stay decimals. Errors as `query`."""
        with self.pinned() as reader:
            return reader.frame(name, **values)

    def metric(self, name: str, **values: Any) -> pl.DataFrame:
        """Answer a metric of pipelines/models/metrics.yml. Errors as `query`."""
        asked = metrics().get(name)
        if asked is None:
            raise QuestionRefusedError(f"there is no metric {name!r}")
        with self.pinned() as reader:
            return reader.answer(asked, values)

    @contextmanager
    def pinned(self) -> Iterator[PinnedReader]:
        """Hold one version for several questions that must agree with each other."""
        with self._use() as opened:
            yield PinnedReader(opened.session, opened.version, self._place)

    def refusal(self) -> dict[str, Any] | None:
        """Return what the last red gate refused (position, instant, violations, samples), or None if the last refresh was green."""
        return self._place.refusal()

    def close(self) -> None:
        """Close what is open; questions that still run end first."""
        with self._lock:
            self._retire()

    @contextmanager
    def _use(self) -> Iterator[_Opened]:
        with self._lock:
            opened = self._current()
            opened.running += 1
        try:
            yield opened
        finally:
            with self._lock:
                opened.running -= 1
                if opened.retired and opened.running == 0:
                    opened.session.close()

    def _current(self) -> _Opened:
        stamp = self._place.stamp()
        if self._opened is not None and stamp == self._stamp:
            return self._opened
        fresh = self._open()
        self._retire()
        self._opened, self._stamp = fresh, stamp
        return fresh

    def _open(self) -> _Opened:
        """Open the current version; if it is replaced and deleted meanwhile, the one that replaced it."""
        failure: WarehouseDamagedError | None = None
        for _ in range(_TRIES):
            published = self._place.current()
            if published is None:
                raise NoWarehouseError("nothing is published yet; run tallyworks refresh")
            try:
                session = connect(
                    base=self._place.path / published.base,
                    recent=self._place.path / published.recent,
                    read_only=True,
                    scratch=self._place.path / "reading.tmp",
                    memory=self._memory,
                    threads=self._threads,
                )
            except WarehouseDamagedError as error:
                failure = error
                continue
            return _Opened(session, published)
        self._place.report_damage()
        assert failure is not None
        raise failure

    def _retire(self) -> None:
        opened, self._opened, self._stamp = self._opened, None, None
        if opened is not None:
            opened.retired = True
            if opened.running == 0:
                opened.session.close()
