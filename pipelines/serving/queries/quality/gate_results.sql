select * from control.gate_result
order by evaluated_at desc
limit $limit offset $offset
