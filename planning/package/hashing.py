"""The content hash of a package: which tables and rows it holds, whatever the file form and the row order.

Each row is mixed into two 64-bit lanes (splitmix64 finaliser, values in declared column order, nulls marked); the lanes
of a table's rows are added, so that order does not matter and duplicates do; SHA-256 over the tables' names, row counts
and lanes gives the name. It tells packages apart; it is no defence against somebody who wants two to look alike.
"""

import hashlib
from collections.abc import Mapping

import numpy as np
import polars as pl

from planning.compiled import inlined_kernel, kernel
from planning.package.model import Parameters
from schemas.planning import INPUT_TABLES

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LANE = np.uint64(0xD6E8FEB86659FD93)


@inlined_kernel
def _mixed(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * _MIX_1
    value = (value ^ (value >> np.uint64(27))) * _MIX_2
    return value ^ (value >> np.uint64(31))


@kernel
def _mix_numbers(lanes: np.ndarray, values: np.ndarray, present: np.ndarray, salt: np.uint64) -> None:
    for i in range(values.shape[0]):
        value = _mixed(np.uint64(values[i]) + salt + _GOLDEN) if present[i] else salt
        lanes[i, 0] = _mixed(lanes[i, 0] * _LANE + value)
        lanes[i, 1] = _mixed(lanes[i, 1] + value * _GOLDEN + salt)


@kernel
def _mix_texts(lanes: np.ndarray, offsets: np.ndarray, body: np.ndarray, present: np.ndarray, salt: np.uint64) -> None:
    for i in range(offsets.shape[0] - 1):
        value = salt
        if present[i]:
            value = _mixed(np.uint64(offsets[i + 1] - offsets[i]) + salt + _GOLDEN)
            word = np.uint64(0)
            filled = 0
            for k in range(offsets[i], offsets[i + 1]):
                word = (word << np.uint64(8)) | np.uint64(body[k])
                filled += 1
                if filled == 8:
                    value = _mixed(value * _LANE + word)
                    word = np.uint64(0)
                    filled = 0
            value = _mixed(value * _LANE + word)
        lanes[i, 0] = _mixed(lanes[i, 0] * _LANE + value)
        lanes[i, 1] = _mixed(lanes[i, 1] + value * _GOLDEN + salt)


def _mix_column(lanes: np.ndarray, series: pl.Series, salt: int) -> None:
    present = np.ascontiguousarray(series.is_not_null().to_numpy())
    if series.dtype == pl.String:
        array = series.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        _, offset_buffer, body_buffer = array.buffers()
        offsets = np.frombuffer(offset_buffer, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
        body = np.frombuffer(body_buffer, dtype=np.uint8) if body_buffer else np.zeros(0, dtype=np.uint8)
        _mix_texts(lanes, offsets, body, present, np.uint64(salt))
    else:
        values = series.cast(pl.Int64).fill_null(0).to_numpy()
        _mix_numbers(lanes, np.ascontiguousarray(values).view(np.uint64), present, np.uint64(salt))


def content_hash(parameters: Parameters, tables: Mapping[str, pl.DataFrame], rejects: pl.DataFrame) -> str:
    """Name the content: 32 hex digits over parameters, tables and what was rejected (without its row numbers)."""
    digest = hashlib.sha256(repr(parameters).encode())
    columns = {name: [column.name for column in table.columns] for name, table in INPUT_TABLES.items()}
    columns["rejects"] = ["table", "column", "value", "reason"]
    for name, frame in (*((name, tables[name]) for name in INPUT_TABLES), ("rejects", rejects)):
        if frame.height == 0:
            continue
        lanes = np.zeros((frame.height, 2), dtype=np.uint64)
        for salt, column in enumerate(columns[name], start=1):
            _mix_column(lanes, frame[column], salt)
        sums = lanes.sum(axis=0, dtype=np.uint64)
        digest.update(f"{name}:{frame.height}:{int(sums[0]):016x}{int(sums[1]):016x};".encode())
    return digest.hexdigest()[:32]
