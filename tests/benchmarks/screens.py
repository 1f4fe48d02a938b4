"""How long a page takes and what it costs: 40 clerks with five seconds of thinking time over real sockets against one server.

Each clerk is a socket of his own that speaks the screens' protocol as a browser does: he asks for a page, reads every
message until the script has finished, thinks, and asks for the next. The server is `tallyworks serve` over the demo
company, with its refresh and its jobs beside it. The clerks run on the same machine and take their share of it.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.bootstrap import build_bus
from app.jobs.demo import build_demo
from app.kernel.access import SYSTEM
from app.kernel.opening import open_gateway
from app.kernel.sessions import Sessions, create_user
from app.kernel.settings import Settings
from app.kernel.store import StoreAddress
from tests.serving import ROOT, free_port, wait_until_served

CELLS: Final[list[dict[str, Any]]] = [{"clerks": 40, "seconds": 120}]
SMALL: Final[list[dict[str, Any]]] = [{"clerks": 3, "seconds": 8, "thinking": 1.0}]
_PASSWORD: Final = "seven brass kettles sing"
_FINISHED: Final = "script_finished"
_PATIENCE_SECONDS: Final = 60.0


@dataclass
class Seen:
    """What the clerks saw: seconds by page, the first page of each, and the server's MiB when all had theirs."""

    pages: list[tuple[str, float]] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    resident_at_first: float = 0.0


def run(clerks: int = 40, seconds: float = 120, thinking: float = 5.0) -> list[dict[str, Any]]:
    """Measure.

    Args:
        clerks: people at work.
        seconds: for how long, after all of them have their first page.
        thinking: seconds between a page and the next request, half as much to half as much again.

    Returns:
        One row for all pages and one for each kind of page: milliseconds, and processor milliseconds of the server a page.
    """
    with tempfile.TemporaryDirectory(prefix="tallyworks-screens-") as folder:
        settings = Settings(store=str(Path(folder) / "store.db"))
        tokens, walks = _prepared(settings, clerks)
        with _served(settings, Path(folder)) as (base, process):
            seen, processor, wall = asyncio.run(_work(base, process, tokens, walks, seconds, thinking))
            resident = process.memory_info().rss / 2**20
    return [
        {
            "page": "all",
            **_times([taken for _, taken in seen.pages]),
            "processor ms a page": round(processor / len(seen.pages) * 1000, 1),
            "pages a second": round(len(seen.pages) / wall, 1),
            "first page p95 ms": _times(seen.first)["p95 ms"],
            "server memory MiB at the first page": round(seen.resident_at_first),
            "server memory MiB at the end": round(resident),
            "clerks": clerks,
            "thinking s": thinking,
        },
        *(
            {"page": page, **_times([taken for name, taken in seen.pages if name == page])}
            for page in sorted({name for name, _ in seen.pages})
        ),
    ]


def _times(taken: list[float]) -> dict[str, Any]:
    ordered = sorted(value * 1000 for value in taken)
    return {
        "pages": len(ordered),
        "median ms": round(statistics.median(ordered)),
        "p95 ms": round(ordered[int(len(ordered) * 0.95)]),
        "longest ms": round(ordered[-1]),
    }


def _prepared(settings: Settings, clerks: int) -> tuple[list[str], list[tuple[str, str]]]:
    """The demo company with as many clerks, a session for each, and the pages that they go round."""
    build_demo(StoreAddress(settings.store), settings=settings)
    gateway = open_gateway(settings, build_bus())
    try:
        sessions = Sessions(gateway, settings)
        tokens = []
        for number in range(clerks):
            login = f"clerk{number}"
            create_user(gateway, login, f"Clerk {number}", ["clerk"], _PASSWORD)
            tokens.append(sessions.sign_in(login, _PASSWORD, address=f"10.0.0.{number}"))
        order = gateway.query("sales_orders", {"limit": 1, "offset": 20}, principal=SYSTEM)[0]["id"]
        shipment = gateway.query("shipments", {"limit": 1}, principal=SYSTEM)[0]["id"]
        party = gateway.query("parties", {"limit": 1, "role": "customer"}, principal=SYSTEM)[0]["id"]
    finally:
        gateway.close()
    walks = [
        ("home", ""),
        ("sales_orders", ""),
        ("sales_orders", "sort=-total_amount"),
        ("sales_order", f"id={order}"),
        ("new_sales_order", ""),
        ("stock_on_hand", ""),
        ("shipment", f"id={shipment}"),
        ("party", f"id={party}"),
        ("purchase_orders", ""),
        ("open_receivables", ""),
    ]
    return tokens, walks


@contextmanager
def _served(settings: Settings, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    port, log = free_port(), folder / "server.log"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TALLYWORKS_STORE": settings.store,
        "TALLYWORKS_PORT": str(port),
    }
    with log.open("wb") as out:
        command = [sys.executable, "-m", "app.cli", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment)
    base = f"http://localhost:{port}"
    try:
        wait_until_served(base, process, log)
        yield base, psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _work(
    base: str,
    process: psutil.Process,
    tokens: list[str],
    walks: list[tuple[str, str]],
    seconds: float,
    thinking: float,
) -> tuple[Seen, float, float]:
    """Seat all clerks, let them work, and give what they saw, the server's processor seconds and the seconds that passed."""
    seen, seated, begin = Seen(), asyncio.Semaphore(4), asyncio.Event()
    waiting = [len(tokens)]
    end = [0.0]

    async def clerk(number: int, token: str) -> None:
        chance = random.Random(number)
        headers = {"cookie": f"tallyworks={token}; tallyworks-language=en"}
        address = base.replace("http://", "ws://") + "/_stcore/stream"
        async with websockets.connect(address, origin=base, additional_headers=headers, max_size=None) as socket:  # pyright: ignore[reportArgumentType]
            async with seated:
                seen.first.append(await _page(socket, *walks[number % len(walks)]))
            waiting[0] -= 1
            if waiting[0] == 0:
                begin.set()
            await begin.wait()
            at = number
            await asyncio.sleep(chance.uniform(0, thinking))
            while time.perf_counter() < end[0]:
                at += 1
                path, query = walks[at % len(walks)]
                seen.pages.append((path, await _page(socket, path, query)))
                await asyncio.sleep(chance.uniform(0.5 * thinking, 1.5 * thinking))

    end[0] = float("inf")
    working = [asyncio.create_task(clerk(number, token)) for number, token in enumerate(tokens)]
    await asyncio.wait({asyncio.create_task(begin.wait()), *working}, return_when=asyncio.FIRST_COMPLETED)
    seen.resident_at_first = process.memory_info().rss / 2**20
    start, before = time.perf_counter(), _processor(process)
    end[0] = start + seconds
    await asyncio.gather(*working)
    return seen, _processor(process) - before, time.perf_counter() - start


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def _page(socket: Any, path: str, query: str) -> float:
    """Ask for a page and read it to its end; gives the seconds it took."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = "" if path == "home" else path
    start = time.perf_counter()
    await socket.send(asked.SerializeToString())
    drawn = 0
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            frame = await socket.recv()
            message = ForwardMsg()
            message.ParseFromString(frame)
            kind = message.WhichOneof("type")
            drawn += kind == "delta"
            if kind == _FINISHED:
                assert drawn or message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY, path
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return time.perf_counter() - start
