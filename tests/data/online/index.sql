==> 2026-11-23-141201-0002_ticket_ticket_title_idx/up.sql
-- An online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits

-- Add index ticket_title_idx to ticket
CREATE INDEX CONCURRENTLY "ticket_title_idx" ON "ticket" ("title");

==> 2026-11-23-141201-0002_ticket_ticket_title_idx/down.sql
-- An online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Drop index ticket_title_idx of ticket
DROP INDEX CONCURRENTLY IF EXISTS "ticket_title_idx";

