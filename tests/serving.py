"""The whole server over a plant's store in a process of its own, as tests of sockets and browsers need it.

Run as `python -m tests.serving STORE PORT`; the log of it goes to the test's folder and is shown when a start fails.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

ROOT: Final = Path(__file__).resolve().parents[1]
_PATIENCE_SECONDS: Final = 60.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(address: str, folder: Path) -> Iterator[str]:
    """Serve a store on a free port; gives the address of the server and stops it at the end.

    Raises:
        RuntimeError: the server did not answer in time; its log is in the message.
    """
    port = free_port()
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.serving", address, str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    base = f"http://localhost:{port}"
    try:
        wait_until_served(base, process, log)
        yield base
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_served(
    base: str, process: subprocess.Popen[bytes], log: Path, *, patience_seconds: float = _PATIENCE_SECONDS
) -> None:
    """Wait until a server answers.

    Raises:
        RuntimeError: it ended or did not answer in time; its log is in the message.
    """
    deadline = time.monotonic() + patience_seconds
    with httpx.Client(base_url=base, timeout=2.0) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                if client.get("/api/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}")


def _serve(address: str, port: int) -> None:
    import uvicorn

    from app.api.server import create_server
    from tests.plant import opened

    plant = opened(address)
    server = create_server(plant.gateway, plant.sessions, plant.drafts, set_up_open=plant.sessions.set_up_open())
    uvicorn.run(server, host="127.0.0.1", port=port, proxy_headers=False, server_header=False, log_level="warning")


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
