select * from marts.budget
where ($on_day::date is null or $on_day between starts_on and ends_on)
    and ($category_code::varchar is null or category_code = $category_code)
    and (not $exceeded_only or left_amount < 0)
order by starts_on desc, budget_code
limit $limit offset $offset
