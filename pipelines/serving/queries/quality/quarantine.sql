with decision as (
    select table_name, row_key::bigint as row_key, rule, arg_max(decision, id) as decision, arg_max(reason, id) as decision_reason
    from raw.quarantine_decision
    group by all
)
select
    quarantine.table_name,
    quarantine.row_key,
    quarantine.rule,
    quarantine.reason,
    quarantine.row_values,
    quarantine.position,
    decision.decision,
    decision.decision_reason
from control.quarantine
left join decision using (table_name, row_key, rule)
where ($table_name::varchar is null or quarantine.table_name = $table_name)
order by quarantine.table_name, quarantine.rule, quarantine.row_key
limit $limit offset $offset
