/* The balance sheet in the form of the company's chart at the end of a day. Income and expense that were not closed stand in
   undistributed profit, so that both sides agree on any day.

   Grain    one row per line */
with
company as (select * from staging.company),
line as (select * from reference.statement_line where statement = 'balance_sheet'),
term as (select * from reference.statement_sum where statement = 'balance_sheet'),
amount as (select line, sum(debit_balance) as debit_balance from marts.balance_sheet_account(as_of) group by line),
leaf as (
    select
        line.chart,
        line.line,
        coalesce(case line.side when 'debit' then amount.debit_balance else -amount.debit_balance end, 0) as amount
    from line
    left join amount on line.line = amount.line
),
summed as (
    select term.chart, term.line, sum(case when term.factor > 0 then leaf.amount else -leaf.amount end) as amount
    from term
    inner join leaf on term.chart = leaf.chart and term.term = leaf.line
    group by all
)

select
    company.company,
    line.line,
    line.key,
    line.kind,
    line.side,
    line.indent,
    line.name_en,
    line.name_zh_hans,
    line.name_zh_hant,
    case line.kind
        when 'sum' then coalesce(summed.amount, 0)
        when 'line' then leaf.amount
        when 'memo' then leaf.amount
    end as amount
from line
inner join company on line.chart = company.chart
left join leaf on line.chart = leaf.chart and line.line = leaf.line
left join summed on line.chart = summed.chart and line.line = summed.line
