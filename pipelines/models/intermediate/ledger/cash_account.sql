/* The accounts of cash and cash equivalents: those behind the opening line of the cash flow statement.

   Grain    one row per account_id */
with
company as (select * from staging.company),
line as (select * from reference.statement_line where statement = 'cash_flow' and kind = 'opening'),
mapping as (select * from intermediate.statement_account where statement = 'cash_flow')

select distinct
    mapping.account_id,
    line.line
from mapping
cross join company
inner join line on company.chart = line.chart and mapping.line = line.line
