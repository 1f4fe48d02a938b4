"""How soon a newcomer can sign in: `make run` in a fresh clone up to a usable sign-in page, and the second start.

The clone is of the committed state and has a virtual environment of its own; packages come from the machine's cache where they are
there already. A page is usable when it answers with its form.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx

from tests.serving import ROOT, free_port

CELLS: Final[list[dict[str, Any]]] = [{}]
SMALL: Final[list[dict[str, Any]]] = []
_PATIENCE_SECONDS: Final = 600.0
_LOOK_SECONDS: Final = 0.05


def run() -> list[dict[str, Any]]:
    """Measure both starts.

    Returns:
        A row a start: seconds to the sign-in page, and what it had to make.
    """
    with tempfile.TemporaryDirectory(prefix="tallyworks-starting-") as name:
        clone = Path(name) / "tallyworks"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        return [
            {"start": start, "seconds to the sign-in page": round(_start(clone), 1), "made": made}
            for start, made in (
                ("first", "environment from cached packages, the planner's machine code, demo company"),
                ("second", "nothing"),
            )
        ]


def _start(clone: Path) -> float:
    """Run `make run` until the sign-in page is there, and stop it."""
    port, log = free_port(), clone.parent / "run.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TALLYWORKS_", "PYTHON"))}
    environment |= {"TALLYWORKS_PORT": str(port)}
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "run"], cwd=clone, stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
    try:
        while time.perf_counter() - began < _PATIENCE_SECONDS:
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-4000:]
            try:
                page = httpx.get(f"http://localhost:{port}/login", timeout=5.0)
            except httpx.TransportError:
                time.sleep(_LOOK_SECONDS)
                continue
            assert page.status_code == 200, page.status_code
            assert 'name="password"' in page.text or 'name="token"' in page.text, page.text[:2000]
            return time.perf_counter() - began
        raise AssertionError("the sign-in page did not come")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
