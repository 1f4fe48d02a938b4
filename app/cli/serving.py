"""Serves a store: one process with the gate, the API, the screens and the jobs, and the refresh worker beside it."""

from __future__ import annotations

import ipaddress
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from socket import socket
from typing import Annotated

import typer

from app.bootstrap import build_bus
from app.cli.context import EXIT_USAGE, line_of, say
from app.kernel.drafts import Drafts
from app.kernel.gateway import Gateway
from app.kernel.jobs import JobQueue, Worker
from app.kernel.opening import open_gateway
from app.kernel.resident import Resident
from app.kernel.served import Notice, announce, new_token, serving
from app.kernel.sessions import Sessions
from app.kernel.settings import Settings

cli = typer.Typer()


@cli.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback unless given")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate, needed beyond loopback")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key of the certificate")] = None,
    public_host: Annotated[
        list[str] | None, typer.Option(help="Name this server answers to, e.g. erp.example.com")
    ] = None,
    trusted_proxy: Annotated[
        str | None, typer.Option(help="Address of a proxy that ends TLS in front of this server")
    ] = None,
) -> None:
    """Serve the store to browsers and programs."""
    from app.api.server import create_server

    line = line_of(context)
    address, number = host or line.settings.host, port or line.settings.port
    if not _is_loopback(address) and tls_cert is None and trusted_proxy is None:
        typer.echo(f"{address} is not loopback: give --tls-cert and --tls-key, or --trusted-proxy", err=True)
        raise typer.Exit(EXIT_USAGE)
    gateway = open_gateway(line.settings, build_bus())
    sessions = Sessions(gateway, line.settings)
    scheme = "https" if tls_cert else "http"
    notice = Notice(
        f"{scheme}://{_reached_at(address)}:{number}", new_token(), str(tls_cert.resolve()) if tls_cert else None
    )
    server = create_server(
        gateway,
        sessions,
        Drafts(gateway.store, gateway.clock),
        public_hosts=[*(public_host or []), *([address] if not _is_loopback(address) else [])],
        set_up_open=sessions.set_up_open(),
        local_token=notice.token,
        public_address=line.settings.public_address,
    )
    say(line, "cli.serving", address=f"{scheme}://{address}:{number}/")
    if sessions.set_up_open():
        say(line, "cli.set_up_token", token=sessions.new_setup_token())
    sys.stdout.flush()
    try:
        with serving(gateway.store.folder) as first, _working(gateway, line.settings):
            listening = partial(announce, gateway.store.folder, notice) if first else None
            _run(server, address, number, tls_cert, tls_key, trusted_proxy, listening)
    finally:
        gateway.close()


@contextmanager
def _working(gateway: Gateway, settings: Settings) -> Iterator[None]:
    """Keep the warehouse fresh, run jobs, book what shops send, follow parcels, watch cases and reservations while serving."""
    from app.jobs.carriers import CarrierDesk, Sender
    from app.jobs.order_drop import OrderDrop
    from app.jobs.reservations import ReservationWatch
    from app.jobs.running import runners
    from app.jobs.schedule import Schedule, time_zone_of
    from app.jobs.service_levels import ServiceWatch
    from app.jobs.shops import ShopBooker
    from app.jobs.warehouse import refresh_worker

    queue = JobQueue(gateway.store, gateway.clock)
    refreshing = refresh_worker(settings.address, settings.refresh_seconds)
    residents: list[Resident] = [
        Worker(queue, runners(gateway, settings)),
        Schedule(queue, gateway.clock, time_zone_of(gateway)),
        ShopBooker(gateway),
        CarrierDesk(gateway, Sender(gateway, settings.public_address)),
        ServiceWatch(gateway),
        ReservationWatch(gateway),
    ]
    if settings.order_drop is not None:
        residents.append(OrderDrop(gateway, settings.order_drop))
    refreshing.start()
    for resident in residents:
        resident.start()
    try:
        yield
    finally:
        for resident in reversed(residents):
            resident.stop()
        refreshing.stop()


def _run(
    server: object,
    host: str,
    port: int,
    cert: Path | None,
    key: Path | None,
    proxy: str | None,
    listening: Callable[[], None] | None,
) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Tells when it has begun to listen."""

        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and listening is not None:
                listening()

    config = uvicorn.Config(
        server,  # pyright: ignore[reportArgumentType]
        host=host,
        port=port,
        log_level="warning",
        ssl_certfile=str(cert) if cert else None,
        ssl_keyfile=str(key) if key else None,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy or "",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Server(config).run()


def _reached_at(host: str) -> str:
    """The address under which this machine reaches a server that listens on a host."""
    if host in {"0.0.0.0", "::"}:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
