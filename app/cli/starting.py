"""What `make run` does: checks the machine, builds the demo company where there is no store yet, and serves it."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from pathlib import Path

from app.kernel.gateway import Gateway
from app.kernel.opening import open_gateway, store_exists
from app.kernel.settings import Settings, load_settings
from app.kernel.store import StoreAddress

_DEMO_USERS = (
    ("clerk", "王丽 Wang Li", "clerk"),
    ("planner", "陈明 Chen Ming", "planner"),
    ("executive", "赵总 Zhao", "executive"),
    ("accountant", "孙会计 Sun", "accountant"),
    ("cashier", "出纳 Qian", "cashier"),
    ("quality", "质检 Wu", "quality"),
    ("personnel", "人事 Zhou", "personnel"),
    ("admin", "系统管理员 Administrator", "administrator"),
)


def problems(settings: Settings) -> list[str]:
    """List what would keep the server from starting, each with its remedy."""
    found: list[str] = []
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            found.append(
                f"Port {settings.port} on {settings.host} is taken: stop what uses it, or set TALLYWORKS_PORT to another port."
            )
    folder = settings.address.path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        found.append(f"{folder} cannot be written: change its owner, or set TALLYWORKS_STORE to another place.")
    return found


def run() -> None:
    """Start the company that the settings name."""
    settings = load_settings()
    found = problems(settings)
    if found:
        sys.exit("\n".join(found))
    address = settings.address
    if not store_exists(address):
        _build_demo(settings, address)
    os.execv(sys.executable, [sys.executable, "-m", "app.cli", "serve"])


def _build_demo(settings: Settings, address: StoreAddress) -> None:
    from app.bootstrap import build_bus
    from app.jobs.demo import build_demo
    from app.kernel.sessions import create_user

    print("Building the demo company (once) ...", flush=True)
    build_demo(address, size="small", seed=7)
    gateway = open_gateway(settings, build_bus())
    lines: list[str] = []
    for login, name, role in _DEMO_USERS:
        password = secrets.token_urlsafe(12)
        create_user(gateway, login, name, [role], password, language="zh-Hans" if role == "clerk" else "en")
        lines.append(f"{login:12} {password}")
    _ask_for_statistics(gateway)
    gateway.close()
    file = Path(address.path.parent) / "demo-users.txt"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    print("Demo users and their passwords (kept in", file, "):\n" + "\n".join(lines), flush=True)


def _ask_for_statistics(gateway: Gateway) -> None:
    """Queue a forecast and proposals for inventory policies: the server makes them in the background once it is up."""
    from app.jobs.running import ask_for_forecast, ask_for_policies
    from app.kernel.access import SYSTEM
    from app.kernel.jobs import JobQueue

    queue, today = JobQueue(gateway.store, gateway.clock), gateway.clock.today()
    ask_for_forecast(queue, SYSTEM, as_of=today)
    ask_for_policies(queue, SYSTEM, as_of=today, order_cost=80)


if __name__ == "__main__":
    run()
