"""Makes the financial tables that lie beside a planning package: the books' rules, roles, prices, terms and opening position.

Read at the package's own version, so that stock, open orders and balances are of one moment: the books as they stand, whatever day
their entries bear. Tables and columns are those of schemas/planning/finance.py. What the books do and the projection does not is
read as what comes nearest: FIFO and month-end average as moving average, instalments as due at the last day of the term, documents
in foreign currencies at the company's amounts, which every document carries at its own rate (decision 0034).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipelines.serving.mart import PinnedReader
from pipelines.warehouse.reference import FOLDER, expanded

_RULES: Final = Path(__file__).parents[2] / "data" / "reference" / "posting_rules.json"


def financial_tables(reader: PinnedReader) -> dict[str, pl.DataFrame]:
    """The financial tables of the company.

    Args:
        reader: a pinned version of the warehouse.

    Returns:
        Tables by name as schemas/planning/finance.py describes them, rows in a fixed order.
    """
    decimals = int(reader.select("select currency_decimals from staging.company").item())
    tables = {name: reader.select(sql.replace(_DECIMALS, str(decimals))) for name, sql in _QUERIES.items()}
    settings = {"key": ["currency_decimals", "labour"], "value": [str(decimals), "none"]}
    return {**tables, "financial_settings": pl.DataFrame(settings)}


def posting_rules() -> pl.DataFrame:
    """The posting rules that a company is founded with, as the table `posting_rules`; for packages from elsewhere."""
    rules = json.loads(_RULES.read_text(encoding="utf-8"))
    rows = [
        {"fact": fact, "line": number, "side": rule[0], "role": rule[1], "amount": rule[2]}
        for fact, lines in rules.items()
        for number, rule in enumerate(lines, start=1)
    ]
    return pl.DataFrame(rows)


def statement_forms(chart: str) -> dict[str, pl.DataFrame]:
    """The tables `statement_lines` and `statement_sums` of a chart of accounts; for packages from elsewhere."""
    form = json.loads((FOLDER / f"{chart}.json").read_text(encoding="utf-8"))
    lines: list[dict[str, Any]] = []
    sums: list[dict[str, Any]] = []
    for statement, listed in form["statements"].items():
        for row in listed:
            names = {"name_en": row["en"], "name_zh_hans": row["zh_hans"], "name_zh_hant": row["zh_hant"]}
            head = {"statement": statement, "line": row["line"], "key": row["key"], "kind": row["kind"]}
            lines.append({**head, "side": row.get("side"), "indent": row.get("indent", 0), **names})
            sums += [
                {"statement": statement, "line": row["line"], "term": term, "factor": factor}
                for term, factor in expanded(row["line"], listed).items()
            ]
    return {"statement_lines": pl.DataFrame(lines), "statement_sums": pl.DataFrame(sums)}


_NUMBER: Final = "decimal(18, 6)"

_DECIMALS: Final = "$decimals"
"""Stands for the digits of the company's minor unit, as rounding takes a constant."""

_PRICE: Final = f"(line.unit_price * (1 - line.discount_rate))::{_NUMBER}"

_QUERIES: Final[dict[str, str]] = {
    "posting_rules": "select fact, line, side, role, amount from raw.posting_rule order by fact, line",
    "roles": """with
account as (
    select
        account_id, account_code, account_class,
        unnest(case when len(roles) = 0 then ['account ' || account_code] else roles end) as role,
        len(roles) > 0 as has_role
    from staging.account
),
line as (
    select
        statement, account_id,
        max(line) filter (where balance <> 'credit') as debit_line,
        max(line) filter (where balance <> 'debit') as credit_line,
        max(balance_group) as balance_group
    from intermediate.statement_account
    group by statement, account_id
),
cash_account as (select account_id from intermediate.cash_account),
used as (select distinct account_id from intermediate.journal_day)
select
    account.role,
    account.account_code as account,
    account.account_class as class,
    account.account_id in (select account_id from cash_account) as cash,
    sheet.debit_line,
    sheet.credit_line,
    sheet.balance_group,
    income.debit_line as income_line,
    flow.credit_line as received_line,
    flow.debit_line as paid_line
from account
left join line as sheet on account.account_id = sheet.account_id and sheet.statement = 'balance_sheet'
left join line as income on account.account_id = income.account_id and income.statement = 'income_statement'
left join line as flow on account.account_id = flow.account_id and flow.statement = 'cash_flow'
where account.has_role or account.account_id in (select account_id from used)
order by account.role""",
    "statement_lines": """select statement, line, key, kind, side, indent, name_en, name_zh_hans, name_zh_hant
from reference.statement_line where chart = (select chart from staging.company) order by statement, line""",
    "statement_sums": """select statement, line, term, factor
from reference.statement_sum where chart = (select chart from staging.company) order by statement, line, term""",
    "item_accounts": f"""select
    item.item_code as item,
    item.inventory_role,
    case item.valuation_method when 'standard' then 'standard' else 'moving_average' end as valuation,
    case when item.valuation_method = 'standard' then item.standard_cost end::{_NUMBER} as standard_cost,
    coalesce(held.quantity, 0)::{_NUMBER} as stock_quantity,
    coalesce(held.value, 0)::{_NUMBER} as stock_value
from staging.item
left join marts.stock_value as held on item.item_id = held.item_id
where item.active and not item.withheld
order by item.item_code""",
    "prices": f"""select item_code as item, null::varchar as customer_group, list_price::{_NUMBER} as unit_price
from staging.item where active and not withheld and list_price > 0 order by item_code""",
    "demand_prices": f"""with
line as (
    select document.number || '/' || line.line_number as key, {_PRICE} as unit_price
    from staging.document_line as line
    inner join staging.document on line.document_id = document.document_id
    where document.kind = 'sales_order'
)
select
    demand.demand,
    case when demand.order_kind = 'sales_order' then 'sale' else 'production' end as use,
    case when demand.order_kind <> 'sales_order' then split_part(demand.demand, '/', 1) end as "order",
    line.unit_price
from marts.planning_demand as demand
left join line
    on demand.order_kind = 'sales_order' and regexp_replace(demand.demand, '\\.2$', '') = line.key
order by demand.demand""",
    "order_values": f"""with
line as (
    select document.number as order_number, line.line_number, {_PRICE} as unit_price
    from staging.document_line as line
    inner join staging.document on line.document_id = document.document_id
    where document.kind = 'purchase_order'
),
process as (select order_number, value_in_process from marts.production_order)
select
    receipt.receipt as "order",
    line.unit_price,
    greatest(process.value_in_process, 0)::{_NUMBER} as work_in_process
from marts.planning_receipt as receipt
left join line
    on receipt.order_kind = 'purchase_order'
    and receipt.order_number = line.order_number
    and receipt.line_number = line.line_number
left join process on receipt.order_kind = 'production_order' and receipt.order_number = process.order_number
where receipt.order_kind in ('purchase_order', 'production_order')
order by receipt.receipt""",
    "terms": """with
side as (
    select 'customer' as side, * from raw.party where is_customer
    union all
    select 'supplier', * from raw.party where is_supplier
)
select
    side.side,
    side.code as party,
    side.customer_class as customer_group,
    coalesce(term.due_days, 0) as payment_days,
    0 as invoice_days
from side
left join raw.payment_term as term on side.payment_term_id = term.id
order by side.side, side.code""",
    "tax": f"""select side.side, item.code as item, tax.rate::{_NUMBER} as rate
from raw.item as item
inner join staging.item as seen on item.id = seen.item_id and seen.active and not seen.withheld
inner join raw.tax_code as tax on item.tax_code_id = tax.id
cross join (values ('output'), ('input')) as side(side)
order by all""",
    "opening_balances": f"""with
balance as (
    select account_id, sum(debit - credit) as balance from intermediate.journal_day group by account_id
)
select
    coalesce(account.role, 'account ' || account.account_code) as role,
    greatest(balance.balance, 0)::{_NUMBER} as debit,
    greatest(-balance.balance, 0)::{_NUMBER} as credit
from balance
inner join staging.account on balance.account_id = account.account_id
where balance.balance <> 0
order by role""",
    "open_items": f"""with
settled as (select open_item_id, sum(amount) as amount from raw.settlement group by open_item_id),
debt as (
    select item.id, item.side, item.due_on, item.party_id, item.amount - coalesce(settled.amount, 0) as amount
    from raw.open_item as item
    left join settled on item.id = settled.open_item_id
),
owed as (
    select
        document.kind,
        document.party_id,
        document.number || '/' || line.line_number as name,
        (line.fulfilled_quantity - line.returned_quantity - line.invoiced_quantity) * line.unit_price
        * (1 - line.discount_rate) as net,
        coalesce(tax.rate, 0) as rate
    from staging.document_line as line
    inner join staging.document on line.document_id = document.document_id
    inner join raw.document_line as told on line.document_line_id = told.id
    left join raw.tax_code as tax on told.tax_code_id = tax.id
    where document.kind in ('purchase_order', 'sales_order') and document.state in ('confirmed', 'closed')
        and line.fulfilled_quantity - line.returned_quantity > line.invoiced_quantity
)
select
    debt.id::varchar as open_item, debt.side as kind, party.code as party, debt.due_on,
    abs(debt.amount)::{_NUMBER} as amount, 0::{_NUMBER} as tax, debt.amount < 0 as reduces
from debt
left join raw.party as party on debt.party_id = party.id
where debt.amount <> 0
union all
select
    owed.name, case owed.kind when 'purchase_order' then 'accrued' else 'delivered' end, party.code, date '1970-01-01',
    round(owed.net, {_DECIMALS})::{_NUMBER},
    round(round(owed.net, {_DECIMALS}) * owed.rate, {_DECIMALS})::{_NUMBER}, false
from owed
left join raw.party as party on owed.party_id = party.id
where round(owed.net, {_DECIMALS}) > 0
order by all""",
}
"""What each table is read with."""
