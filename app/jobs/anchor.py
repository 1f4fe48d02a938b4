"""Anchors the head of the feed at a second place, so that a shortened or rebuilt chain shows (I-13)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from app.kernel.gateway import Gateway
from schemas.operational import kernel


def write_anchor(gateway: Gateway, file: Path) -> int:
    """Append the head's position and hash to the anchor file, durably, and return the position."""
    with gateway.store.reading() as connection:
        head = connection.execute(select(kernel.store_head)).one()
    file.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": gateway.clock.now().isoformat(), "position": head.position, "hash": head.chain_hash})
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")
        out.flush()
        os.fsync(out.fileno())
    return head.position


def broken_anchors(connection: Connection, file: Path) -> Iterator[dict[str, Any]]:
    """Yield the anchors that the feed does not extend any more."""
    if not file.is_file():
        return
    feed = kernel.feed.c
    for line in file.read_text(encoding="utf-8").splitlines():
        anchor = json.loads(line)
        if anchor["position"] == 0:
            continue
        found = connection.execute(select(feed.chain_hash).where(feed.position == anchor["position"])).scalar()
        if found != anchor["hash"]:
            yield {
                "position": anchor["position"],
                "anchored_at": anchor["at"],
                "fault": "the feed does not extend this anchor",
            }
