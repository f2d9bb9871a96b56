==> 2026-11-23-141201-0002_alter_ticket_owner_1_drop_not_null/up.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add check constraint ticket_owner_not_null to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_owner_not_null" CHECK ("owner" IS NOT NULL) NOT VALID;

-- Alter column owner of ticket
ALTER TABLE "ticket" ALTER COLUMN "owner" DROP NOT NULL;

==> 2026-11-23-141201-0002_alter_ticket_owner_1_drop_not_null/down.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   rows with NULL in ticket.owner

-- Alter column owner of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_owner_not_null";
ALTER TABLE "ticket" ALTER COLUMN "owner" SET NOT NULL;

-- Drop check constraint ticket_owner_not_null of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_owner_not_null";

==> 2026-11-23-141202-0003_alter_ticket_owner_2_drop_check/up.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop check constraint ticket_owner_not_null of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_owner_not_null";

==> 2026-11-23-141202-0003_alter_ticket_owner_2_drop_check/down.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   rows of ticket that violate ticket_owner_not_null

-- Add check constraint ticket_owner_not_null to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_owner_not_null" CHECK ("owner" IS NOT NULL) NOT VALID;

