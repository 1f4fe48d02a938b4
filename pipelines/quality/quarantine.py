"""Quarantine: rows that broke a rule, with rule, reason and values, until they are corrected or a person releases them.

It is derived: checking a row again replaces what was said of it. A person's decision is a command in the operational
store and comes with the feed (`quarantine_decision`); `control.withheld` puts both together.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from pipelines.quality.rules import Suite
from pipelines.warehouse.engine import transaction
from schemas.marts import travelling_tables


def renew_quarantine(
    session: duckdb.DuckDBPyConnection, suites: Sequence[Suite], counts: dict[str, int], position: int
) -> int:
    """Replace what quarantine says of the checked rows.

    Args:
        session: a session in which `checked_<table>` is defined.
        suites: the suites that were run.
        counts: violations by rule.
        position: the feed position of the refresh.

    Returns:
        Rows that were put into quarantine.
    """
    found = 0
    with transaction(session):
        for suite in suites:
            key = travelling_tables()[suite.table].key
            for rule in suite.rules:
                if rule.action != "quarantine":
                    continue
                session.execute(
                    f"""delete from control.quarantine where rule = ? and table_name = ?
                    and row_key in (select "{key}" from checked_{suite.table})""",
                    [rule.name, suite.table],
                )
                if counts[rule.name]:
                    session.execute(
                        f"""insert into control.quarantine
                        select ?, row_key, ?, ?, to_json(checked_row), ?
                        from ({suite.rows}) as checked_row where {rule.violation}""",
                        [suite.table, rule.name, rule.reason, position],
                    )
                    found += counts[rule.name]
    return found
