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

from tests.serving import ROOT, free_port, wait_until_served

CELLS: Final[list[dict[str, Any]]] = [{}]
SMALL: Final[list[dict[str, Any]]] = []
_PATIENCE_SECONDS: Final = 600.0


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
        base = f"http://localhost:{port}"
        wait_until_served(base, process, log, patience_seconds=_PATIENCE_SECONDS)
        page = httpx.get(f"{base}/login", timeout=_PATIENCE_SECONDS)
        assert page.status_code == 200, page.status_code
        assert 'name="password"' in page.text, page.text[:2000]
        return time.perf_counter() - began
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
