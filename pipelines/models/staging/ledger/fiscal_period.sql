/* Fiscal periods with their year.

   Grain    one row per period_id */
with
period as (select * from raw.fiscal_period),
year as (select * from raw.fiscal_year)

select
    period.id as period_id,
    period.code as period_code,
    period.starts_on,
    period.ends_on,
    period.state,
    year.code as year_code,
    year.starts_on as year_starts_on
from period
inner join year on period.fiscal_year_id = year.id
