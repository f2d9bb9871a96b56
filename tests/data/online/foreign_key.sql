==> 2026-11-23-141201-0002_ticket_ticket_owner_fkey_1_foreign_key/up.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks person: SHARE ROW EXCLUSIVE for a moment, writes wait
-- locks ticket: SHARE ROW EXCLUSIVE for a moment, writes wait

-- Add foreign key ticket_owner_fkey to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_owner_fkey" FOREIGN KEY ("owner") REFERENCES "person" ("id") NOT VALID;

==> 2026-11-23-141201-0002_ticket_ticket_owner_fkey_1_foreign_key/down.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks person: ACCESS EXCLUSIVE for a moment, reads and writes wait
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop foreign key ticket_owner_fkey of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_owner_fkey";

==> 2026-11-23-141202-0003_ticket_ticket_owner_fkey_2_validate/up.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks person: ROW SHARE while its rows are checked, nobody waits
-- locks ticket: SHARE UPDATE EXCLUSIVE while its rows are checked, nobody waits

-- Validate ticket_owner_fkey of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_owner_fkey";

==> 2026-11-23-141202-0003_ticket_ticket_owner_fkey_2_validate/down.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.

-- Leave ticket_owner_fkey of ticket as it is, validated or not

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

