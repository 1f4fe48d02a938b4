"""The planning package's tables as data: names, columns, kinds of value, defaults; inputs and outputs.

The wire format is frozen: a column is added here, in one place, and read, checked, written and documented from here.
Leaves reading to planning/package and numbers to planning/mrp.
"""

from schemas.planning.columns import DAY_ZERO, QUANTITY_LIMIT, QUANTITY_SCALE, Column, Kind, Table
from schemas.planning.finance import ACCOUNT_CLASSES, FINANCE_TABLES, FINANCIAL_SETTINGS, VALUATIONS
from schemas.planning.inputs import INPUT_TABLES, LOT_POLICIES, PARAMETERS
from schemas.planning.outputs import ALERT_KINDS, OUTPUT_TABLES
from schemas.planning.policies import DEMAND_HISTORY, PROPOSAL_COLUMNS, RECEIPT_HISTORY
from schemas.planning.scenarios import (
    COST_COLUMNS,
    FAMILIES,
    KEYS,
    PATCH_KINDS,
    POLICY_COLUMNS,
    SCENARIOS,
    UNCERTAINTY,
    PatchKind,
)

__all__ = [
    "ACCOUNT_CLASSES",
    "ALERT_KINDS",
    "COST_COLUMNS",
    "DAY_ZERO",
    "DEMAND_HISTORY",
    "FAMILIES",
    "FINANCE_TABLES",
    "FINANCIAL_SETTINGS",
    "INPUT_TABLES",
    "KEYS",
    "LOT_POLICIES",
    "OUTPUT_TABLES",
    "PARAMETERS",
    "PATCH_KINDS",
    "POLICY_COLUMNS",
    "PROPOSAL_COLUMNS",
    "QUANTITY_LIMIT",
    "QUANTITY_SCALE",
    "RECEIPT_HISTORY",
    "SCENARIOS",
    "UNCERTAINTY",
    "VALUATIONS",
    "Column",
    "Kind",
    "PatchKind",
    "Table",
]
