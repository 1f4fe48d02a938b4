"""Faulty rows of a package, gathered while it is read: which table, row, column and value, and why.

A finding never stops the reading; the gathered table is the plan's `rejects`.
"""

from dataclasses import dataclass, field

import polars as pl

REJECT_SCHEMA = {"table": pl.String, "row": pl.Int32, "column": pl.String, "value": pl.String, "reason": pl.String}
VALUE_LENGTH_LIMIT = 200


@dataclass
class Findings:
    """Rejects and notices so far."""

    rejects: list[pl.DataFrame] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def reject(self, table: str, row: int, column: str, value: object, reason: str) -> None:
        """Reject one row, or with row 0 the table as a whole."""
        text = None if value is None else str(value)[:VALUE_LENGTH_LIMIT]
        rows = [(table, row, column, text, reason)]
        self.rejects.append(pl.DataFrame(rows, schema=REJECT_SCHEMA, orient="row"))

    def reject_rows(self, table: str, rows: pl.Series, column: str, values: pl.Series, reason: str | pl.Series) -> None:
        """Reject many rows of one column, with one reason or a reason each."""
        if values.dtype == pl.Binary:
            values = values.cast(pl.String, strict=False)
        text = pl.Series([None if v is None else str(v) for v in values.to_list()], dtype=pl.String)
        frame = pl.DataFrame({"row": rows.cast(pl.Int32), "value": text.str.slice(0, VALUE_LENGTH_LIMIT)})
        frame = frame.with_columns(
            pl.lit(table).alias("table"),
            pl.lit(column).alias("column"),
            reason.alias("reason") if isinstance(reason, pl.Series) else pl.lit(reason).alias("reason"),
        )
        self.rejects.append(frame.select(list(REJECT_SCHEMA)))

    def notice(self, sentence: str) -> None:
        """Tell the reader something that is no fault; the same sentence once."""
        if sentence not in self.notices:
            self.notices.append(sentence)

    def table(self) -> pl.DataFrame:
        """All rejects, in fixed order."""
        if not self.rejects:
            return pl.DataFrame(schema=REJECT_SCHEMA)
        return pl.concat(self.rejects).sort(["table", "row", "column", "reason", "value"], nulls_last=True)
