/* What customers gave, without their words; days are those of the company's clock.

   Grain    one row per feedback_id */
with
company as (select time_zone from raw.company)

select
    said.id as feedback_id,
    said.about_id,
    said.satisfaction,
    said.recommendation,
    timezone(company.time_zone, timezone('UTC', said.given_at))::date as given_on
from raw.customer_feedback as said
cross join company
