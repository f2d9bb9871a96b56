==> 2026-11-23-141201-0002_alter_ticket_ticket_state_idx_1_index/up.sql
-- Step 1 of 3 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits

-- Add index ticket_state_idx_new to ticket
CREATE INDEX CONCURRENTLY "ticket_state_idx_new" ON "ticket" ("state", "owner");

==> 2026-11-23-141201-0002_alter_ticket_ticket_state_idx_1_index/down.sql
-- Step 1 of 3 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Drop index ticket_state_idx_new of ticket
DROP INDEX CONCURRENTLY IF EXISTS "ticket_state_idx_new";

==> 2026-11-23-141202-0003_alter_ticket_ticket_state_idx_2_drop_index/up.sql
-- Step 2 of 3 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Drop index ticket_state_idx of ticket
DROP INDEX CONCURRENTLY IF EXISTS "ticket_state_idx";

==> 2026-11-23-141202-0003_alter_ticket_ticket_state_idx_2_drop_index/down.sql
-- Step 2 of 3 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits

-- Add index ticket_state_idx to ticket
CREATE INDEX CONCURRENTLY "ticket_state_idx" ON "ticket" ("state");

==> 2026-11-23-141203-0004_alter_ticket_ticket_state_idx_3_rename_index/up.sql
-- Step 3 of 3 of an online change: others go on working meanwhile.

-- Rename index ticket_state_idx_new of ticket to ticket_state_idx
ALTER INDEX "ticket_state_idx_new" RENAME TO "ticket_state_idx";

==> 2026-11-23-141203-0004_alter_ticket_ticket_state_idx_3_rename_index/down.sql
-- Step 3 of 3 of an online change: others go on working meanwhile.

-- Rename index ticket_state_idx of ticket to ticket_state_idx_new
ALTER INDEX "ticket_state_idx" RENAME TO "ticket_state_idx_new";

