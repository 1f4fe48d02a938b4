"""Roles that accounts play. Posting rules name roles, never codes, so that one rule serves every chart of accounts."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account is for, in full words."""

    CASH = "cash"
    BANK = "bank"
    TRADE_RECEIVABLE = "trade_receivable"
    TRADE_PAYABLE = "trade_payable"
    CUSTOMER_ADVANCE = "customer_advance"
    SUPPLIER_ADVANCE = "supplier_advance"
    VAT_INPUT = "vat_input"
    VAT_OUTPUT = "vat_output"
    INVENTORY_RAW = "inventory_raw"
    INVENTORY_SEMI_FINISHED = "inventory_semi_finished"
    INVENTORY_FINISHED = "inventory_finished"
    INVENTORY_CONSUMABLE = "inventory_consumable"
    GOODS_RECEIVED_NOT_INVOICED = "goods_received_not_invoiced"
    WORK_IN_PROCESS = "work_in_process"
    PRODUCTION_OVERHEAD = "production_overhead"
    LABOUR_APPLIED = "labour_applied"
    REVENUE = "revenue"
    COST_OF_SALES = "cost_of_sales"
    WARRANTY_COST = "warranty_cost"
    PURCHASE_PRICE_VARIANCE = "purchase_price_variance"
    PRODUCTION_VARIANCE = "production_variance"
    COUNT_DIFFERENCE = "count_difference"
    SCRAP = "scrap"
    FREIGHT_IN = "freight_in"
    FREIGHT_OUT = "freight_out"
    FREIGHT_REVENUE = "freight_revenue"
    EXCHANGE_DIFFERENCE = "exchange_difference"
    ROUNDING_DIFFERENCE = "rounding_difference"
    CAPITAL = "capital"
    OPENING_BALANCE = "opening_balance"
    CURRENT_PROFIT = "current_profit"
    RETAINED_EARNINGS = "retained_earnings"
    SELLING_EXPENSE = "selling_expense"
    ADMINISTRATIVE_EXPENSE = "administrative_expense"
    FINANCE_EXPENSE = "finance_expense"


INVENTORY_ROLES = frozenset(
    {Role.INVENTORY_RAW, Role.INVENTORY_SEMI_FINISHED, Role.INVENTORY_FINISHED, Role.INVENTORY_CONSUMABLE}
)


CONTROL_ROLES = (
    *sorted(INVENTORY_ROLES),
    Role.GOODS_RECEIVED_NOT_INVOICED,
    Role.WORK_IN_PROCESS,
    Role.TRADE_RECEIVABLE,
    Role.TRADE_PAYABLE,
)
"""Roles whose accounts a ledger of their own explains: nobody posts to them by hand."""


class AccountClass(StrEnum):
    """The element of the financial statements an account belongs to."""

    ASSET = "asset"
    LIABILITY = "liability"
    COMMON = "common"
    EQUITY = "equity"
    COST = "cost"
    INCOME = "income"
    EXPENSE = "expense"


class ValuationMethod(StrEnum):
    """How the stock of an item category is valued."""

    MOVING_AVERAGE = "moving_average"
    FIFO = "fifo"
    STANDARD = "standard"
    MONTH_END_AVERAGE = "month_end_average"
