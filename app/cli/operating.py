"""Commands of the line that run a store: init, demo, serve, import, refresh, verify, backup, restore, keys."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.context import EXIT_FAILED, Line, line_of, opened, print_json, say
from app.jobs import backup as backups
from app.jobs.verify import verify as verify_store
from app.kernel.access import SYSTEM
from app.kernel.errors import Refused
from app.kernel.gateway import new_command_id
from app.kernel.opening import create_store, key_file_of

cli = typer.Typer()


@cli.command()
def init(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="Name of the company")],
    chart: Annotated[str, typer.Option(help="cas, small_enterprise or generic")] = "cas",
    currency: str = "CNY",
    country: str = "CN",
    time_zone: str = "Asia/Shanghai",
    language: str = "zh-Hans",
    first_year: Annotated[int | None, typer.Option(help="First fiscal year; this year unless given")] = None,
) -> None:
    """Create a new store and found its company."""
    line = line_of(context)
    create_store(line.settings.address)
    with opened(line) as gateway:
        year = first_year or gateway.clock.today().year
        data = {
            "name": name,
            "chart": chart,
            "currency": currency,
            "country": country,
            "time_zone": time_zone,
            "language": language,
            "first_fiscal_year": year,
            "last_fiscal_year": max(year, gateway.clock.today().year) + 1,
        }
        receipt = gateway.submit("found_company", data, command_id=new_command_id(), principal=SYSTEM)
    if receipt.status != "done":
        raise Refused(receipt.message_key.removeprefix("refusal."), **receipt.values)
    say(line, "receipt.founded", name=name)


@cli.command()
def verify(context: typer.Context) -> None:
    """Derive every balance and invariant again by another road; status 1 on the first difference, which is named."""
    line = line_of(context)
    with opened(line) as gateway:
        result = verify_store(gateway, anchor=line.settings.anchor_file)
    findings = [{"code": f.code, "says": f.says, **{str(k): v for k, v in f.row.items()}} for f in result.findings]
    if line.as_json:
        print_json(
            {"position": result.position, "clean": result.clean, "checked": result.checked, "findings": findings}
        )
    elif result.clean:
        say(line, "cli.verified", count=len(result.checked), position=result.position)
    else:
        for finding in findings:
            typer.echo(" ".join(f"{key}={value}" for key, value in finding.items()))
    raise typer.Exit(0 if result.clean else EXIT_FAILED)


@cli.command()
def refresh(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Load everything anew")] = False,
) -> None:
    """Bring the warehouse up to the store: changed rows through the gates, then published."""
    from app.jobs.warehouse import refresh_store

    line = line_of(context)
    with opened(line) as gateway:
        report = refresh_store(gateway.store, full=full, whole_gate=full)
    seconds = round(sum(report.seconds.values()), 3)
    values = {
        "position": report.position,
        "rows": sum(report.rows.values()),
        "seconds": seconds,
        "quarantined": report.quarantined,
    }
    say(line, "cli.refreshed", **values)
    raise typer.Exit(EXIT_FAILED if report.outcome == "refused" else 0)


@cli.command()
def backup(context: typer.Context, folder: Annotated[Path, typer.Argument(help="New folder for the backup")]) -> None:
    """Back the store up into a new folder, and prove the copy by opening and verifying it."""
    from app.jobs.running import findings_in_copy

    line = line_of(context)
    with opened(line) as gateway:
        made = backups.back_up(gateway, folder, lambda address: findings_in_copy(line.settings, address))
    say(line, "cli.backed_up", folder=str(made.folder), position=made.position)


@cli.command()
def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of the backup")],
    check: Annotated[
        bool, typer.Option("--check", help="Only rehearse: restore aside, verify, and clear away")
    ] = False,
) -> None:
    """Restore a backup into the place that --store names, which must be empty."""
    from app.jobs.running import findings_in_copy

    line = line_of(context)
    address = line.settings.address
    position = backups.restore(folder, address, lambda placed: findings_in_copy(line.settings, placed), rehearse=check)
    say(line, "cli.rehearsed" if check else "cli.restored", folder=str(folder), position=position)


@cli.command("export-keys")
def export_keys(context: typer.Context, target: Annotated[Path, typer.Argument(help="New file for the keys")]) -> None:
    """Export the key file, without which no backup can be read; keep it apart from the backups."""
    line = line_of(context)
    address = line.settings.address
    with opened(line) as gateway:
        key_file = line.settings.key_file or key_file_of(address)
        backups.export_keys(key_file, target, address.folder, at=gateway.clock.now())
    say(line, "cli.keys_exported", file=str(target))


def as_of_day(line: Line) -> date | None:
    """The fixed business day of the call, if one was given."""
    return date.fromisoformat(line.settings.as_of) if line.settings.as_of else None
