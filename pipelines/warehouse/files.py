"""The warehouse's folder: versioned files, the pointer to the published ones, the lock of the one writer.

    CURRENT                 which two files are published, at which feed position (replaced atomically)
    base-000007.duckdb      rows up to a full load or fold
    recent-000042.duckdb    rows since, models, gate results
    fold.json               a base that was folded and waits to be adopted
    refused.json            the last red gate, until a later refresh is green
    damaged                 a reader met a damaged file; the next refresh loads in full
    refresh.lock            held by the one refresh that runs
    scratch/                temporary files; emptied by the next writer

A file name is never used twice: DuckDB keeps an open file's content for its name, so a reader would see old data.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

_POINTER: Final = "CURRENT"
_KEPT_VERSIONS: Final = 3
_LOCK_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Published:
    """What the pointer says.

    Attributes:
        version: counts publications.
        base: file name of the rows up to `base_position`.
        recent: file name of what came since.
        position: the feed position that both together are the store at.
        published_at: ISO instant, UTC.
        chain_hash: the feed's hash at `position`, to notice a replaced store.
        shape: hash of the tables that travel; another shape needs a full load.
    """

    version: int
    base: str
    recent: str
    position: int
    base_position: int
    published_at: str
    chain_hash: str
    shape: str

    @property
    def published(self) -> datetime:
        """When it was published, UTC."""
        return datetime.fromisoformat(self.published_at)


@dataclass(frozen=True)
class Fold:
    """A base that holds all rows of `of_base` and its recent rows up to `base_position`."""

    base: str
    base_position: int
    of_base: str


class BusyError(Exception):
    """Another refresh is running on this folder."""


class Folder:
    """One warehouse's files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scratch = path / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)

    def current(self) -> Published | None:
        """Return what is published; None where nothing is, or the pointer or a file it names is gone or unreadable."""
        try:
            published = Published(**json.loads((self.path / _POINTER).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        whole = (self.path / published.base).is_file() and (self.path / published.recent).is_file()
        return published if whole else None

    def stamp(self) -> tuple[int, int] | None:
        """Return a cheap mark that differs whenever the pointer was replaced."""
        try:
            status = (self.path / _POINTER).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def next_version(self) -> int:
        """Return a version number that no file of this folder has carried, published or not."""
        used = [int(file.stem.rsplit("-", 1)[1]) for file in self.path.glob("*-[0-9]*.duckdb")]
        current = self.current()
        return max([0, *used, current.version if current else 0]) + 1

    def base_file(self, version: int) -> Path:
        """Name a new base file."""
        return self.path / f"base-{version:06d}.duckdb"

    def recent_file(self, version: int) -> Path:
        """Name a new file of recent rows."""
        return self.path / f"recent-{version:06d}.duckdb"

    def publish(self, published: Published) -> None:
        """Make a version the current one: its files are flushed first, then the pointer is replaced atomically."""
        for name in (published.base, published.recent):
            _flush(self.path / name)
        self._replace(_POINTER, asdict(published))

    def report_damage(self) -> None:
        """Say that a published file cannot be read, so that the next refresh loads in full."""
        (self.path / "damaged").touch()

    def damaged(self) -> bool:
        """Whether a reader met a damaged file since the last full load."""
        return (self.path / "damaged").exists()

    def clear_damage(self) -> None:
        """Forget the damage; to be called when everything was built anew."""
        (self.path / "damaged").unlink(missing_ok=True)

    def write_refusal(self, refusal: dict[str, Any]) -> None:
        """Keep what a red gate refused."""
        self._replace("refused.json", refusal)

    def refusal(self) -> dict[str, Any] | None:
        """Return the last red gate, or None if the last refresh was green."""
        try:
            return json.loads((self.path / "refused.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def clear_refusal(self) -> None:
        """Forget the last red gate."""
        (self.path / "refused.json").unlink(missing_ok=True)

    def announce_fold(self, written: Path, current: Published) -> None:
        """Give a folded base its name, and offer it to the next refresh.

        Args:
            written: the finished file.
            current: the version that was folded.
        """
        base = self.base_file(current.version)
        _flush(written)
        written.replace(base)
        self._replace("fold.json", asdict(Fold(base.name, current.position, current.base)))

    def ready_fold(self) -> Fold | None:
        """Return the folded base that waits to be adopted, if there is one."""
        try:
            fold = Fold(**json.loads((self.path / "fold.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        current = self.current()
        waits = current is not None and fold.of_base == current.base and (self.path / fold.base).is_file()
        return fold if waits else None

    def sweep(self) -> None:
        """Delete files of versions that are neither current nor among the last few, and whatever a crash left behind.

        A reader that still has a deleted file open keeps it until it closes.
        """
        current = self.current()
        fold = self.ready_fold()
        kept = ({current.base, current.recent} if current else set[str]()) | ({fold.base} if fold else set[str]())
        for kind in ("base", "recent"):
            files = sorted(self.path.glob(f"{kind}-*.duckdb"))
            published = [file for file in files if current is None or file.name <= getattr(current, kind)]
            kept.update(file.name for file in published[-_KEPT_VERSIONS:])
        for file in self.path.glob("*-[0-9]*.duckdb*"):
            if file.name.removesuffix(".wal") not in kept:
                file.unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def writing(self, patience_seconds: float) -> Iterator[None]:
        """Hold the folder's lock; it is released by the system if this process dies.

        Raises:
            BusyError: another process or thread still holds it after `patience_seconds`.
        """
        descriptor = os.open(self.path / "refresh.lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + patience_seconds
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= deadline:
                        raise BusyError(f"another refresh is running in {self.path}") from error
                    time.sleep(_LOCK_PAUSE_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, name: str, content: dict[str, Any]) -> None:
        temporary = self.path / f"{name}.new"
        with temporary.open("w", encoding="utf-8") as out:
            json.dump(content, out)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self.path / name)
        _flush(self.path)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
