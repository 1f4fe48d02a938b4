select *
from marts.return_rate($from_on, $to_on)
where returned_quantity > 0 or $all
order by return_rate desc nulls first, returned_quantity desc, item_code
limit $limit offset $offset
