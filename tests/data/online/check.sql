==> 2026-11-23-141201-0002_ticket_ticket_owner_check_1_check/up.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add check constraint ticket_owner_check to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_owner_check" CHECK (owner > 0) NOT VALID;

==> 2026-11-23-141201-0002_ticket_ticket_owner_check_1_check/down.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop check constraint ticket_owner_check of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_owner_check";

==> 2026-11-23-141202-0003_ticket_ticket_owner_check_2_validate/up.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while its rows are checked, nobody waits

-- Validate ticket_owner_check of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_owner_check";

==> 2026-11-23-141202-0003_ticket_ticket_owner_check_2_validate/down.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.

-- Leave ticket_owner_check of ticket as it is, validated or not

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

