==> 2026-11-23-141201-0002_ticket_token_1_add_column/up.sql
-- Step 1 of 5 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add column token to ticket
ALTER TABLE "ticket" ADD COLUMN "token" uuid;

-- Alter column token of ticket
ALTER TABLE "ticket" ALTER COLUMN "token" SET DEFAULT gen_random_uuid();

==> 2026-11-23-141201-0002_ticket_token_1_add_column/down.sql
-- Step 1 of 5 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down loses:
--   the values of ticket.token

-- Alter column token of ticket
ALTER TABLE "ticket" ALTER COLUMN "token" DROP DEFAULT;

-- Drop column token of ticket
ALTER TABLE "ticket" DROP COLUMN "token";

==> 2026-11-23-141202-0003_ticket_token_2_backfill/up.sql
-- Step 2 of 5 of an online change: others go on working meanwhile.
-- locks ticket: ROW EXCLUSIVE while its rows are given a value, nobody waits

-- Backfill token of ticket in batches of 1000
DO $$
#variable_conflict use_column
DECLARE
    batch_low "ticket"."id"%TYPE;
    batch_high "ticket"."id"%TYPE;
    batch_given bigint;
    batch_empty bigint;
    batch_filled bigint := 0;
    batch_left bigint;
    batch_said timestamptz := clock_timestamp();
BEGIN
    LOOP
        batch_empty := 0;
        SELECT "id" INTO batch_low FROM "ticket" ORDER BY "id" LIMIT 1;
        WHILE batch_low IS NOT NULL LOOP
            SELECT "id" INTO batch_high FROM "ticket" WHERE "id" >= batch_low ORDER BY "id" OFFSET 999 LIMIT 1;
            IF NOT FOUND THEN
                SELECT "id" INTO batch_high FROM "ticket" ORDER BY "id" DESC LIMIT 1;
            END IF;
            BEGIN
                WITH free AS MATERIALIZED (
                    SELECT "id" FROM "ticket"
                    WHERE "id" >= batch_low AND "id" <= batch_high AND "token" IS NULL
                    ORDER BY "id" FOR NO KEY UPDATE SKIP LOCKED
                ), given AS (
                    UPDATE "ticket" SET "token" = gen_random_uuid()
                    WHERE "id" IN (SELECT * FROM free) RETURNING "token" IS NULL AS is_empty
                )
                SELECT count(*), batch_empty + count(*) FILTER (WHERE is_empty) INTO batch_given, batch_empty FROM given;
            EXCEPTION WHEN deadlock_detected OR lock_not_available THEN
                batch_given := 0;
            END;
            COMMIT;
            batch_filled := batch_filled + batch_given;
            IF clock_timestamp() > batch_said + interval '5 s' THEN
                RAISE NOTICE '%: % rows filled', 'ticket.token', batch_filled;
                batch_said := clock_timestamp();
            END IF;
            IF batch_given > 0 THEN
                PERFORM pg_sleep(0.020);
            END IF;
            SELECT "id" INTO batch_low FROM "ticket" WHERE "id" > batch_high ORDER BY "id" LIMIT 1;
        END LOOP;
        SELECT count(*) INTO batch_left FROM "ticket" WHERE "token" IS NULL;
        EXIT WHEN batch_left <= batch_empty;
        COMMIT;
        RAISE NOTICE '%: % rows left that were locked or are new', 'ticket.token', batch_left;
        PERFORM pg_sleep(0.100);
    END LOOP;
    RAISE NOTICE '%: % rows filled, done', 'ticket.token', batch_filled;
    IF batch_empty > 0 THEN
        RAISE WARNING '%: % rows have no value still: the backfill gives NULL for them', 'ticket.token', batch_empty;
    END IF;
END
$$;

==> 2026-11-23-141202-0003_ticket_token_2_backfill/down.sql
-- Step 2 of 5 of an online change: others go on working meanwhile.

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

==> 2026-11-23-141203-0004_ticket_token_3_check/up.sql
-- Step 3 of 5 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add check constraint ticket_token_not_null to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_token_not_null" CHECK ("token" IS NOT NULL) NOT VALID;

==> 2026-11-23-141203-0004_ticket_token_3_check/down.sql
-- Step 3 of 5 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop check constraint ticket_token_not_null of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_token_not_null";

==> 2026-11-23-141204-0005_ticket_token_4_validate/up.sql
-- Step 4 of 5 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while its rows are checked, nobody waits

-- Validate ticket_token_not_null of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_token_not_null";

==> 2026-11-23-141204-0005_ticket_token_4_validate/down.sql
-- Step 4 of 5 of an online change: others go on working meanwhile.

-- Leave ticket_token_not_null of ticket as it is, validated or not

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

==> 2026-11-23-141205-0006_ticket_token_5_set_not_null/up.sql
-- Step 5 of 5 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Alter column token of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_token_not_null";
ALTER TABLE "ticket" ALTER COLUMN "token" SET NOT NULL;

-- Drop check constraint ticket_token_not_null of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_token_not_null";

==> 2026-11-23-141205-0006_ticket_token_5_set_not_null/down.sql
-- Step 5 of 5 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   rows of ticket that violate ticket_token_not_null

-- Add check constraint ticket_token_not_null to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_token_not_null" CHECK ("token" IS NOT NULL) NOT VALID;

-- Alter column token of ticket
ALTER TABLE "ticket" ALTER COLUMN "token" DROP NOT NULL;

