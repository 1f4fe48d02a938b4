with
touched as (
    select
        case $by when 'month' then strftime(document_on, '%Y-%m') else promotion_code end as code,
        case when $by = 'promotion' then promotion_name end as name,
        document_line_id,
        document_id,
        sum(given_amount) as given_amount,
        any_value(net_amount) as net_amount,
        any_value(cost) as cost
    from marts.promoted_line
    where document_on between $from_on and $to_on
    group by all
),
used as (
    select
        case when $by = 'month' then strftime(ordered.document_on, '%Y-%m') else promotion.code end as code,
        sum(promotion_use.uses)::bigint as use_count
    from raw.promotion_use as promotion_use
    inner join raw.promotion as promotion on promotion_use.promotion_id = promotion.id
    inner join staging.document as ordered on promotion_use.order_id = ordered.document_id
    where ordered.document_on between $from_on and $to_on
    group by all
)
select
    touched.code,
    touched.name,
    coalesce(any_value(used.use_count), 0) as use_count,
    count(distinct touched.document_id) as order_count,
    count(*) as line_count,
    sum(touched.given_amount) as given_amount,
    sum(touched.net_amount) as net_amount,
    (sum(touched.net_amount) - sum(touched.cost))::decimal(38, 4) as margin_amount,
    control.quotient(
        sum(touched.net_amount) + sum(touched.given_amount) - sum(touched.cost),
        sum(touched.net_amount) + sum(touched.given_amount)
    ) as margin_before,
    control.quotient(sum(touched.net_amount) - sum(touched.cost), sum(touched.net_amount)) as margin
from touched
left join used on touched.code = used.code
group by touched.code, touched.name
order by touched.code, touched.name
