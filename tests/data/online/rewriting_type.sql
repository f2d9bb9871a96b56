==> 2026-11-23-141201-0002_alter_ticket_size_1_add_column/up.sql
-- Step 1 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add column size_copy to ticket
ALTER TABLE "ticket" ADD COLUMN "size_copy" bigint;

-- Create object ticket_size_copy
CREATE FUNCTION "ticket_size_copy"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."size_copy" := NEW."size";
    RETURN NEW;
END
$$;
CREATE TRIGGER "ticket_size_copy" BEFORE INSERT OR UPDATE ON "ticket"
FOR EACH ROW EXECUTE FUNCTION "ticket_size_copy"();

==> 2026-11-23-141201-0002_alter_ticket_size_1_add_column/down.sql
-- Step 1 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop object ticket_size_copy
DROP TRIGGER "ticket_size_copy" ON "ticket";
DROP FUNCTION "ticket_size_copy"();

-- Drop column size_copy of ticket
ALTER TABLE "ticket" DROP COLUMN "size_copy";

==> 2026-11-23-141202-0003_alter_ticket_size_2_backfill/up.sql
-- Step 2 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ROW EXCLUSIVE while its rows are given a value, nobody waits

-- Backfill size_copy of ticket in batches of 1000
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
                    WHERE "id" >= batch_low AND "id" <= batch_high AND "size_copy" IS NULL
                    ORDER BY "id" FOR NO KEY UPDATE SKIP LOCKED
                ), given AS (
                    UPDATE "ticket" SET "size_copy" = "size"
                    WHERE "id" IN (SELECT * FROM free) RETURNING "size_copy" IS NULL AS is_empty
                )
                SELECT count(*), batch_empty + count(*) FILTER (WHERE is_empty) INTO batch_given, batch_empty FROM given;
            EXCEPTION WHEN deadlock_detected OR lock_not_available THEN
                batch_given := 0;
            END;
            COMMIT;
            batch_filled := batch_filled + batch_given;
            IF clock_timestamp() > batch_said + interval '5 s' THEN
                RAISE NOTICE '%: % rows filled', 'ticket.size_copy', batch_filled;
                batch_said := clock_timestamp();
            END IF;
            IF batch_given > 0 THEN
                PERFORM pg_sleep(0.020);
            END IF;
            SELECT "id" INTO batch_low FROM "ticket" WHERE "id" > batch_high ORDER BY "id" LIMIT 1;
        END LOOP;
        SELECT count(*) INTO batch_left FROM "ticket" WHERE "size_copy" IS NULL;
        EXIT WHEN batch_left <= batch_empty;
        COMMIT;
        RAISE NOTICE '%: % rows left that were locked or are new', 'ticket.size_copy', batch_left;
        PERFORM pg_sleep(0.100);
    END LOOP;
    RAISE NOTICE '%: % rows filled, done', 'ticket.size_copy', batch_filled;
    IF batch_empty > 0 THEN
        RAISE WARNING '%: % rows have no value still: the backfill gives NULL for them', 'ticket.size_copy', batch_empty;
    END IF;
END
$$;

==> 2026-11-23-141202-0003_alter_ticket_size_2_backfill/down.sql
-- Step 2 of 11 of an online change: others go on working meanwhile.

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

==> 2026-11-23-141203-0004_alter_ticket_size_3_check/up.sql
-- Step 3 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add check constraint ticket_size_copy_same to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_size_copy_same" CHECK ("size_copy" IS NOT NULL AND "size_copy" = "size") NOT VALID;

==> 2026-11-23-141203-0004_alter_ticket_size_3_check/down.sql
-- Step 3 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop check constraint ticket_size_copy_same of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_size_copy_same";

==> 2026-11-23-141204-0005_alter_ticket_size_4_validate/up.sql
-- Step 4 of 11 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE while its rows are checked, nobody waits

-- Validate ticket_size_copy_same of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_size_copy_same";

==> 2026-11-23-141204-0005_alter_ticket_size_4_validate/down.sql
-- Step 4 of 11 of an online change: others go on working meanwhile.

-- Leave ticket_size_copy_same of ticket as it is, validated or not

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

==> 2026-11-23-141205-0006_alter_ticket_size_5_set_not_null/up.sql
-- Step 5 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Alter column size_copy of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_size_copy_same";
ALTER TABLE "ticket" ALTER COLUMN "size_copy" SET NOT NULL;

-- Drop check constraint ticket_size_copy_same of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_size_copy_same";

==> 2026-11-23-141205-0006_alter_ticket_size_5_set_not_null/down.sql
-- Step 5 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   rows of ticket that violate ticket_size_copy_same

-- Add check constraint ticket_size_copy_same to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_size_copy_same" CHECK ("size_copy" IS NOT NULL AND "size_copy" = "size") NOT VALID;

-- Alter column size_copy of ticket
ALTER TABLE "ticket" ALTER COLUMN "size_copy" DROP NOT NULL;

==> 2026-11-23-141206-0007_alter_ticket_size_6_analyze/up.sql
-- Step 6 of 11 of an online change: others go on working meanwhile.
-- locks ticket: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Collect the statistics of ticket
ANALYZE "ticket";

==> 2026-11-23-141206-0007_alter_ticket_size_6_analyze/down.sql
-- Step 6 of 11 of an online change: others go on working meanwhile.

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

==> 2026-11-23-141207-0008_alter_ticket_size_7_swap/up.sql
-- Step 7 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop object ticket_size_copy
DROP TRIGGER "ticket_size_copy" ON "ticket";
DROP FUNCTION "ticket_size_copy"();

-- Alter column size of ticket
DO $$
DECLARE
    problem text;
BEGIN
    SELECT string_agg(counted.line, ', ') INTO problem FROM (
        SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
        WHERE refclassid = 'pg_class'::regclass AND refobjid = '"ticket"'::regclass
        AND refobjsubid IN (SELECT attnum FROM pg_attribute WHERE attrelid = '"ticket"'::regclass AND attname IN ('size', 'size_copy'))
        AND classid <> 'pg_attrdef'::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint AS own WHERE own.oid = objid AND own.contype = 'n')
        UNION ALL
        SELECT format('rights on column %s', attname) FROM pg_attribute
        WHERE attrelid = '"ticket"'::regclass AND attname IN ('size', 'size_copy') AND attacl IS NOT NULL
    ) AS counted (line);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'column size of ticket is replaced by size_copy, and this would stay with the old one: %; drop it, and make it again afterwards', problem;
    END IF;
END
$$;
ALTER TABLE "ticket" RENAME COLUMN "size" TO "__spare";
ALTER TABLE "ticket" RENAME COLUMN "size_copy" TO "size";
ALTER TABLE "ticket" RENAME COLUMN "__spare" TO "size_copy";
ALTER TABLE "ticket" ALTER COLUMN "size" SET DEFAULT 7;
COMMENT ON COLUMN "ticket"."size" IS 'in bytes';

-- Alter column size_copy of ticket
ALTER TABLE "ticket" ALTER COLUMN "size_copy" DROP DEFAULT;
COMMENT ON COLUMN "ticket"."size_copy" IS NULL;

-- Create object ticket_size_copy
CREATE FUNCTION "ticket_size_copy"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."size_copy" := NEW."size";
    RETURN NEW;
END
$$;
CREATE TRIGGER "ticket_size_copy" BEFORE INSERT OR UPDATE ON "ticket"
FOR EACH ROW EXECUTE FUNCTION "ticket_size_copy"();

==> 2026-11-23-141207-0008_alter_ticket_size_7_swap/down.sql
-- Step 7 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   values of ticket.size that do not fit from bigint into integer

-- Drop object ticket_size_copy
DROP TRIGGER "ticket_size_copy" ON "ticket";
DROP FUNCTION "ticket_size_copy"();

-- Alter column size_copy of ticket
DO $$
DECLARE
    problem text;
BEGIN
    SELECT string_agg(counted.line, ', ') INTO problem FROM (
        SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
        WHERE refclassid = 'pg_class'::regclass AND refobjid = '"ticket"'::regclass
        AND refobjsubid IN (SELECT attnum FROM pg_attribute WHERE attrelid = '"ticket"'::regclass AND attname IN ('size_copy', 'size'))
        AND classid <> 'pg_attrdef'::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint AS own WHERE own.oid = objid AND own.contype = 'n')
        UNION ALL
        SELECT format('rights on column %s', attname) FROM pg_attribute
        WHERE attrelid = '"ticket"'::regclass AND attname IN ('size_copy', 'size') AND attacl IS NOT NULL
    ) AS counted (line);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'column size_copy of ticket is replaced by size, and this would stay with the old one: %; drop it, and make it again afterwards', problem;
    END IF;
END
$$;
ALTER TABLE "ticket" RENAME COLUMN "size_copy" TO "__spare";
ALTER TABLE "ticket" RENAME COLUMN "size" TO "size_copy";
ALTER TABLE "ticket" RENAME COLUMN "__spare" TO "size";
ALTER TABLE "ticket" ALTER COLUMN "size_copy" DROP DEFAULT;
COMMENT ON COLUMN "ticket"."size_copy" IS NULL;

-- Alter column size of ticket
ALTER TABLE "ticket" ALTER COLUMN "size" SET DEFAULT 7;
COMMENT ON COLUMN "ticket"."size" IS 'in bytes';

-- Create object ticket_size_copy
CREATE FUNCTION "ticket_size_copy"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."size_copy" := NEW."size";
    RETURN NEW;
END
$$;
CREATE TRIGGER "ticket_size_copy" BEFORE INSERT OR UPDATE ON "ticket"
FOR EACH ROW EXECUTE FUNCTION "ticket_size_copy"();

==> 2026-11-23-141208-0009_alter_ticket_size_8_drop_not_null/up.sql
-- Step 8 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add check constraint ticket_size_copy_same to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_size_copy_same" CHECK ("size_copy" IS NOT NULL AND "size_copy" = "size") NOT VALID;

-- Alter column size_copy of ticket
ALTER TABLE "ticket" ALTER COLUMN "size_copy" DROP NOT NULL;

==> 2026-11-23-141208-0009_alter_ticket_size_8_drop_not_null/down.sql
-- Step 8 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   rows with NULL in ticket.size_copy

-- Alter column size_copy of ticket
ALTER TABLE "ticket" VALIDATE CONSTRAINT "ticket_size_copy_same";
ALTER TABLE "ticket" ALTER COLUMN "size_copy" SET NOT NULL;

-- Drop check constraint ticket_size_copy_same of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_size_copy_same";

==> 2026-11-23-141209-0010_alter_ticket_size_9_drop_check/up.sql
-- Step 9 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop check constraint ticket_size_copy_same of ticket
ALTER TABLE "ticket" DROP CONSTRAINT "ticket_size_copy_same";

==> 2026-11-23-141209-0010_alter_ticket_size_9_drop_check/down.sql
-- Step 9 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   rows of ticket that violate ticket_size_copy_same

-- Add check constraint ticket_size_copy_same to ticket
ALTER TABLE "ticket" ADD CONSTRAINT "ticket_size_copy_same" CHECK ("size_copy" IS NOT NULL AND "size_copy" = "size") NOT VALID;

==> 2026-11-23-141210-0011_alter_ticket_size_10_keep/up.sql
-- Step 10 of 11 of an online change: others go on working meanwhile.

-- Leave size_copy of ticket as it is, to be filled when this is rolled back

-- Nothing for the database to do, and Diesel wants a statement
SELECT 1;

==> 2026-11-23-141210-0011_alter_ticket_size_10_keep/down.sql
-- Step 10 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ROW EXCLUSIVE while its rows are given a value, nobody waits

-- Backfill size_copy of ticket in batches of 1000
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
                    WHERE "id" >= batch_low AND "id" <= batch_high AND "size_copy" IS NULL
                    ORDER BY "id" FOR NO KEY UPDATE SKIP LOCKED
                ), given AS (
                    UPDATE "ticket" SET "size_copy" = "size"
                    WHERE "id" IN (SELECT * FROM free) RETURNING "size_copy" IS NULL AS is_empty
                )
                SELECT count(*), batch_empty + count(*) FILTER (WHERE is_empty) INTO batch_given, batch_empty FROM given;
            EXCEPTION WHEN deadlock_detected OR lock_not_available THEN
                batch_given := 0;
            END;
            COMMIT;
            batch_filled := batch_filled + batch_given;
            IF clock_timestamp() > batch_said + interval '5 s' THEN
                RAISE NOTICE '%: % rows filled', 'ticket.size_copy', batch_filled;
                batch_said := clock_timestamp();
            END IF;
            IF batch_given > 0 THEN
                PERFORM pg_sleep(0.020);
            END IF;
            SELECT "id" INTO batch_low FROM "ticket" WHERE "id" > batch_high ORDER BY "id" LIMIT 1;
        END LOOP;
        SELECT count(*) INTO batch_left FROM "ticket" WHERE "size_copy" IS NULL;
        EXIT WHEN batch_left <= batch_empty;
        COMMIT;
        RAISE NOTICE '%: % rows left that were locked or are new', 'ticket.size_copy', batch_left;
        PERFORM pg_sleep(0.100);
    END LOOP;
    RAISE NOTICE '%: % rows filled, done', 'ticket.size_copy', batch_filled;
    IF batch_empty > 0 THEN
        RAISE WARNING '%: % rows have no value still: the backfill gives NULL for them', 'ticket.size_copy', batch_empty;
    END IF;
END
$$;

==> 2026-11-23-141211-0012_alter_ticket_size_11_drop_column/up.sql
-- Step 11 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop object ticket_size_copy
DROP TRIGGER "ticket_size_copy" ON "ticket";
DROP FUNCTION "ticket_size_copy"();

-- Drop column size_copy of ticket
ALTER TABLE "ticket" DROP COLUMN "size_copy";

==> 2026-11-23-141211-0012_alter_ticket_size_11_drop_column/down.sql
-- Step 11 of 11 of an online change: others go on working meanwhile.
-- locks ticket: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Add column size_copy to ticket
ALTER TABLE "ticket" ADD COLUMN "size_copy" integer;

-- Create object ticket_size_copy
CREATE FUNCTION "ticket_size_copy"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."size_copy" := NEW."size";
    RETURN NEW;
END
$$;
CREATE TRIGGER "ticket_size_copy" BEFORE INSERT OR UPDATE ON "ticket"
FOR EACH ROW EXECUTE FUNCTION "ticket_size_copy"();

