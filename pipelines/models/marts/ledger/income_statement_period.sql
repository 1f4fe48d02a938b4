/* The income statement by fiscal period, for trends: the same lines and signs as the statement of a span.

   Grain    period_id, line */
with
company as (select * from staging.company),
period as (select * from staging.fiscal_period),
line as (select * from reference.statement_line where statement = 'income_statement' and kind in ('line', 'sum', 'outside')),
term as (select * from reference.statement_sum where statement = 'income_statement'),
mapping as (select account_id, line from intermediate.statement_account where statement = 'income_statement'),
movement as (
    select account_id, posted_on, credit - debit as amount from intermediate.journal_day
    union all
    select account_id, posted_on, debit - credit from intermediate.closing_line
),
by_period as (
    select period.period_id, mapping.line, sum(movement.amount) as credit_amount
    from movement
    inner join mapping on movement.account_id = mapping.account_id
    inner join period on movement.posted_on between period.starts_on and period.ends_on
    group by all
),
used as (select distinct period_id from by_period),
leaf as (
    select
        used.period_id,
        line.line,
        coalesce(case line.side when 'credit' then by_period.credit_amount else -by_period.credit_amount end, 0) as amount
    from used
    cross join company
    inner join line on company.chart = line.chart
    left join by_period on used.period_id = by_period.period_id and line.line = by_period.line
    where line.kind <> 'sum'
),
summed as (
    select leaf.period_id, term.line, sum(case when term.factor > 0 then leaf.amount else -leaf.amount end) as amount
    from leaf
    cross join company
    inner join term on company.chart = term.chart and leaf.line = term.term
    group by all
),
both_kinds as (
    select * from leaf
    union all
    select * from summed
)

select
    company.company,
    period.period_id,
    period.period_code,
    period.starts_on,
    period.ends_on,
    line.line,
    line.key,
    line.kind,
    line.name_en,
    line.name_zh_hans,
    line.name_zh_hant,
    both_kinds.amount
from both_kinds
cross join company
inner join line on company.chart = line.chart and both_kinds.line = line.line
inner join period on both_kinds.period_id = period.period_id
