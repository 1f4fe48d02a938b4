"""How planning compiles: numba on int64, machine code cached per state of the sources, no lock of the interpreter held.

numba looks only at a function's own file when it decides whether cached code is current, though that code contains its
callees. So the cache stands in a folder named by the fingerprint of every source file of planning: an upgrade of any
kernel recompiles all. The folder is beside the package, or under NUMBA_CACHE_DIR where that is set.
"""

import hashlib
import os
import shutil
from pathlib import Path

import numba as nb

ROOM = Path(__file__).parent
CACHE_PREFIX = "kernels-"


def _fingerprint() -> str:
    digest = hashlib.sha256(nb.__version__.encode())
    for path in sorted(ROOM.rglob("*.py")):
        body = path.read_bytes()
        if b"kernel" in body:
            digest.update(path.relative_to(ROOM).as_posix().encode() + b"\0" + body + b"\0")
    return digest.hexdigest()[:16]


def _place_cache() -> None:
    """Point numba at the folder of this fingerprint and remove those of earlier ones; read-only places are left
    alone."""
    base = Path(os.environ.get("NUMBA_CACHE_DIR", ROOM / "__pycache__"))
    folder = base / f"{CACHE_PREFIX}{_fingerprint()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    for old in base.glob(f"{CACHE_PREFIX}*"):
        if old != folder:
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
