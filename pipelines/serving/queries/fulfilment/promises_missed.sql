select *
from marts.order_line_delivery
where promised_on between $from_on and $to_on and not (on_time and in_full)
    and ($open_from::date is null or promised_on < $open_from or on_time)
    and ($warehouse_code::varchar is null or warehouse_code = $warehouse_code)
    and ($carrier_code::varchar is null or carrier_code = $carrier_code)
    and ($party_code::varchar is null or party_code = $party_code)
order by promised_on desc, document_id desc, line_number
limit $limit offset $offset
