/* The income statement in the form of the company's chart, over a span of days, both ends included.
   A line is positive in its own direction: revenue when credited, a cost when debited; sums add and subtract as the form says.

   Grain    one row per line */
with
company as (select * from staging.company),
line as (select * from reference.statement_line where statement = 'income_statement'),
term as (select * from reference.statement_sum where statement = 'income_statement'),
account_amount as (select * from marts.income_statement_account(from_on, to_on)),
memo_account as (select * from reference.statement_account where statement = 'income_statement'),
amount as (select line, sum(credit_amount) as credit_amount from account_amount group by line),
leaf as (
    select
        line.chart,
        line.line,
        coalesce(case line.side when 'credit' then amount.credit_amount else -amount.credit_amount end, 0) as amount
    from line
    left join amount on line.line = amount.line
),
summed as (
    select term.chart, term.line, sum(case when term.factor > 0 then leaf.amount else -leaf.amount end) as amount
    from term
    inner join leaf on term.chart = leaf.chart and term.term = leaf.line
    group by all
),
memo as (
    select
        line.chart,
        line.line,
        sum(case line.side when 'credit' then account_amount.credit_amount else -account_amount.credit_amount end) as amount
    from line
    inner join memo_account on line.chart = memo_account.chart and line.line = memo_account.line
    inner join account_amount on starts_with(account_amount.account_code, memo_account.code_prefix)
    where line.kind = 'memo'
    group by all
)

select
    company.company,
    line.line,
    line.key,
    line.kind,
    line.indent,
    line.name_en,
    line.name_zh_hans,
    line.name_zh_hant,
    case line.kind
        when 'sum' then coalesce(summed.amount, 0)
        when 'memo' then coalesce(memo.amount, 0)
        when 'line' then leaf.amount
        when 'outside' then leaf.amount
    end as amount
from line
inner join company on line.chart = company.chart
left join leaf on line.chart = leaf.chart and line.line = leaf.line
left join summed on line.chart = summed.chart and line.line = summed.line
left join memo on line.chart = memo.chart and line.line = memo.line
