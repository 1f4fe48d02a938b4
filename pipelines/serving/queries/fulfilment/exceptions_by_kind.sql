select
    source,
    kind,
    count(*) as exception_count,
    count(*) filter (where still) as still_count
from marts.fulfilment_exception
where happened_on between $from_on and $to_on
group by source, kind
order by exception_count desc, source, kind
