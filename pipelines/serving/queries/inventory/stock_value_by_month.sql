with month as (
    select date_trunc('month', posted_on)::date as month, sum(value) as change
    from intermediate.stock_value_day
    where posted_on <= $to_on
    group by all
),
running as (select month, sum(change) over (order by month) as value from month)
select month, value from running where month >= date_trunc('month', $from_on::date) order by month
