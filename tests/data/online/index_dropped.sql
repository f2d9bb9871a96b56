==> 2026-11-23-141201-0002_remove_ticket_ticket_state_idx/up.sql
-- An online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Drop index ticket_state_idx of ticket
DROP INDEX CONCURRENTLY IF EXISTS "ticket_state_idx";

==> 2026-11-23-141201-0002_remove_ticket_ticket_state_idx/down.sql
-- An online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits

-- Add index ticket_state_idx to ticket
CREATE INDEX CONCURRENTLY "ticket_state_idx" ON "ticket" ("state");

