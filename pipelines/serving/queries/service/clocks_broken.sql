select *
from marts.case_clock
where opened_on between $from_on and $to_on and (not kept or (kept is null and due_at < $now))
order by stopped_at desc nulls first, due_at, case_clock_id
limit $limit offset $offset
