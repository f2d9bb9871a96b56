==> 2026-11-23-141201-0002_ticket_ticket_title_key_1_index/up.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits

-- Add index ticket_title_key to ticket
CREATE UNIQUE INDEX CONCURRENTLY "ticket_title_key" ON "ticket" ("title");

==> 2026-11-23-141201-0002_ticket_ticket_title_key_1_index/down.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Drop index ticket_title_key of ticket
DROP INDEX CONCURRENTLY IF EXISTS "ticket_title_key";

==> 2026-11-23-141202-0003_ticket_ticket_title_key_2_unique/up.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop index ticket_title_key of ticket

-- Add unique constraint ticket_title_key to ticket
DO $$
BEGIN
    IF to_regclass('"ticket_title_key"') IS NOT NULL THEN
        ALTER TABLE "ticket" ADD CONSTRAINT "ticket_title_key" UNIQUE USING INDEX "ticket_title_key";
    ELSE
        RAISE WARNING 'index "ticket_title_key" went with its constraint: it is built again, and "ticket" is locked meanwhile';
        ALTER TABLE "ticket" ADD CONSTRAINT "ticket_title_key" UNIQUE ("title");
    END IF;
END
$$;

==> 2026-11-23-141202-0003_ticket_ticket_title_key_2_unique/down.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   duplicates in ticket under ticket_title_key

-- Drop unique constraint ticket_title_key of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_title_key";

-- Add index ticket_title_key to ticket

