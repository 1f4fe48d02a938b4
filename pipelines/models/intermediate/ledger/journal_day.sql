/* Debit and credit of each account and party in a day.

   Grain    account_id, party_id, posted_on (sum again: base and recent rows are summed apart)
   Watch    party_id is 0 where a line names none, so that rows without party meet in one group. */
select
    journal_line.account_id,
    coalesce(journal_line.party_id, 0) as party_id,
    journal_entry.posted_on,
    sum(journal_line.debit)::decimal(38, 4) as debit,
    sum(journal_line.credit)::decimal(38, 4) as credit,
    count(*) as line_count
from journal_line
inner join journal_entry on journal_line.entry_id = journal_entry.id
group by all
