/* Accounts with the role each plays; an account may play several, the first by name is shown.

   Grain    one row per account_id */
with
account as (select * from raw.account),
role as (select account_id, min(role) as role, list(role order by role) as roles from raw.account_role group by account_id)

select
    account.id as account_id,
    account.code as account_code,
    account.name_en,
    account.name_zh_hans,
    account.name_zh_hant,
    account.class as account_class,
    account.normal_side,
    role.role,
    coalesce(role.roles, []) as roles
from account
left join role on account.id = role.account_id
