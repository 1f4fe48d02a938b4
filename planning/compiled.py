"""How planning compiles: numba on int64, machine code cached per state of the sources, no lock of the interpreter held.

numba looks only at a function's own file when it decides whether cached code is current, though that code contains its
callees. So the cache stands in a folder named by the fingerprint of every source file of planning that has kernels: an
upgrade of any of them recompiles all. The folder is in the virtual environment (beside the package where there is none),
or under NUMBA_CACHE_DIR where that is set. `python -m planning.warming` fills it.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import numba as nb

ROOM = Path(__file__).parent
CACHE_PREFIX = "kernels-"
CACHES_KEPT = 4
"""Checkouts that share an environment keep their machine code beside one another's."""


def _fingerprint() -> str:
    digest = hashlib.sha256(nb.__version__.encode())
    for path in sorted(ROOM.rglob("*.py")):
        body = path.read_bytes()
        if b"kernel" in body:
            digest.update(path.relative_to(ROOM).as_posix().encode() + b"\0" + body + b"\0")
    return digest.hexdigest()[:16]


def _cache_base() -> Path:
    """Where folders of machine code are kept."""
    stated = os.environ.get("NUMBA_CACHE_DIR")
    if stated:
        return Path(stated)
    environment = Path(sys.prefix)
    in_environment = sys.prefix != sys.base_prefix and os.access(environment, os.W_OK)
    return environment / "cache" / "planning" if in_environment else ROOM / "__pycache__"


def _place_cache() -> None:
    """Point numba at the folder of this fingerprint and remove the oldest of the others; read-only places are left
    alone."""
    base = _cache_base()
    folder = base / f"{CACHE_PREFIX}{_fingerprint()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        by_use = sorted(base.glob(f"{CACHE_PREFIX}*"), key=lambda found: found.stat().st_mtime)
    except OSError:
        return
    for old in by_use[:-CACHES_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    nb.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]


_place_cache()

kernel = nb.njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
"""A function that works on arrays it is given. Without the runtime's reference counts, which two threads would fight
over; so it must not allocate."""

allocating_kernel = nb.njit(cache=True, nogil=True)
"""A function that makes arrays of its own."""

inlined_kernel = nb.njit(  # type: ignore[call-overload]
    cache=True, nogil=True, _nrt=False, inline="always"
)
"""A small function that belongs into its caller."""
