==> 2026-11-23-141201-0002_alter_ticket_state_1_alter_column/up.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Alter column state of ticket
ALTER TABLE "ticket" ALTER COLUMN "state" TYPE varchar(20);

==> 2026-11-23-141201-0002_alter_ticket_state_1_alter_column/down.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE while its rows are rewritten, reads and writes wait
--
-- Going down can fail on:
--   values of ticket.state that do not fit from varchar(20) into varchar(9)

-- Alter column state of ticket
DO $$
DECLARE
    number bigint := (SELECT count(*) FROM "ticket" AS t WHERE length(rtrim(t."state"::text, ' ')) > 9);
BEGIN
    IF number > 0 THEN
        RAISE EXCEPTION '% of "ticket" with a value in "state" of more than 9 characters: shorten what is longer first', number || CASE number WHEN 1 THEN ' row' ELSE ' rows' END;
    END IF;
END
$$;
ALTER TABLE "ticket" ALTER COLUMN "state" TYPE varchar(9);

-- Collect the statistics that went with the old types
ANALYZE "ticket";

==> 2026-11-23-141202-0003_alter_ticket_state_2_analyze/up.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Collect the statistics of ticket
ANALYZE "ticket";

==> 2026-11-23-141202-0003_alter_ticket_state_2_analyze/down.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

