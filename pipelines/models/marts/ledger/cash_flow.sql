/* The cash flow statement in the form of the company's chart, over a span of days, both ends included; direct method.
   A line is positive in its own direction: a receipt when cash came in, a payment when it went out.

   Grain    one row per line */
with
company as (select * from staging.company),
line as (select * from reference.statement_line where statement = 'cash_flow'),
term as (select * from reference.statement_sum where statement = 'cash_flow'),
amount as (select line, sum(cash_amount) as cash_amount from marts.cash_flow_account(from_on, to_on) group by line),
leaf as (
    select
        line.chart,
        line.line,
        coalesce(case when line.kind = 'line' and line.side = 'debit' then -amount.cash_amount else amount.cash_amount end, 0) as amount
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
    line.indent,
    line.name_en,
    line.name_zh_hans,
    line.name_zh_hant,
    case line.kind
        when 'sum' then coalesce(summed.amount, 0)
        when 'line' then leaf.amount
        when 'opening' then leaf.amount
    end as amount
from line
inner join company on line.chart = company.chart
left join leaf on line.chart = leaf.chart and line.line = leaf.line
left join summed on line.chart = summed.chart and line.line = summed.line
