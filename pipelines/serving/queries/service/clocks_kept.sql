with
counted as (
    select
        strftime(opened_on, '%Y-%m') as month,
        level_code,
        clock,
        count(*) filter (where kept) as kept_count,
        count(*) filter (where not kept or (kept is null and due_at < $now)) as broken_count,
        count(*) filter (where kept is null and (due_at is null or due_at >= $now)) as open_count,
        control.quotient(
            count(*) filter (where kept),
            count(*) filter (where kept is not null or due_at < $now)
        ) as kept_share
    from marts.case_clock
    where opened_on between $from_on and $to_on
    group by all
)
select * from counted
order by month desc, level_code, case clock when 'answer' then 1 when 'decision' then 2 else 3 end
