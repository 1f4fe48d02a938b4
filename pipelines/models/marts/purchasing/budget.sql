/* Budgets of buying with what confirmed orders commit, what was billed of them, and what is left.

   Grain    one row per budget_id
   Watch    left is below zero where a budget is exceeded. Budgets overlap: of one family and of all goods, so they do not add up. */
with
company as (select * from staging.company),
budget as (select * from raw.budget),
category as (select * from staging.item_category),
drawn as (
    select budget_id, sum(committed_amount) as committed_amount, sum(billed_amount) as billed_amount, count(*) as order_count
    from marts.budget_order group by budget_id
)

select
    company.company,
    company.currency,
    budget.id as budget_id,
    budget.code as budget_code,
    budget.name as budget_name,
    budget.category_id,
    category.category_code,
    category.category_name,
    budget.starts_on,
    budget.ends_on,
    budget.active,
    budget.amount as budget_amount,
    coalesce(drawn.committed_amount, 0)::decimal(38, 4) as committed_amount,
    coalesce(drawn.billed_amount, 0)::decimal(38, 4) as billed_amount,
    (budget.amount - coalesce(drawn.committed_amount, 0))::decimal(38, 4) as left_amount,
    coalesce(drawn.order_count, 0) as order_count
from budget
cross join company
left join category on budget.category_id = category.category_id
left join drawn on budget.id = drawn.budget_id
