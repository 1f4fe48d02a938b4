"""The key file: the secrets that must not lie in the store (R13): the feed's chain key and the keys of encrypted columns.

Encrypted values are AES-256-GCM with a random nonce; table, column and row id are authenticated with them, so a value moved to
another row does not open. Every value names its key, so keys can be rotated while old ones still read.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kernel.errors import Refused

_NONCE_BYTES: Final = 12


@dataclass(frozen=True)
class Keys:
    """The secrets of one store."""

    chain: bytes
    columns: dict[str, bytes]
    current: str

    def encrypt(self, text: str, *, table: str, column: str, row_id: int) -> str:
        """Encrypt a value for one cell.

        >>> keys = Keys(b"c", {"1": bytes(32)}, "1")
        >>> cell = {"table": "employee", "column": "hourly_pay", "row_id": 7}
        >>> keys.decrypt(keys.encrypt("25.00", **cell), **cell)
        '25.00'
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.columns[self.current]).encrypt(nonce, text.encode(), _cell(table, column, row_id))
        return f"{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, value: str, *, table: str, column: str, row_id: int) -> str:
        """Open a value of one cell.

        Raises:
            Refused: the value was altered, moved from another cell, or its key is gone.
        """
        name, _, body = value.partition(":")
        try:
            raw = base64.b64decode(body, validate=True)
            opened = AESGCM(self.columns[name]).decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _cell(table, column, row_id)
            )
        except (InvalidTag, KeyError, ValueError) as error:
            raise Refused("cell_not_readable", table=table, column=column, row=row_id) from error
        return opened.decode()


def _cell(table: str, column: str, row_id: int) -> bytes:
    return f"{table}.{column}.{row_id}".encode()


def load_or_make_keys(file: Path, *, make: bool = True) -> Keys:
    """Read the key file, or make one that only its owner may read.

    Args:
        file: the key file.
        make: whether a missing file may be made; never beside a store that has been written with one.

    Raises:
        Refused: the file is there but not a key file, or is missing and may not be made.
    """
    if not file.exists():
        if not make:
            raise Refused("key_file_missing", file=str(file))
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {"chain": _random(), "columns": {"1": _random()}, "current": "1"}
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(content, out)
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        columns = {name: base64.b64decode(value) for name, value in content["columns"].items()}
        return Keys(base64.b64decode(content["chain"]), columns, content["current"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("key_file_invalid", file=str(file)) from error


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
