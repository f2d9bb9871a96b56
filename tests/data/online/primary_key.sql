==> 2026-11-23-141201-0002_log_primary_key_1_index/up.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks log: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits

-- Add index log_pkey to log
CREATE UNIQUE INDEX CONCURRENTLY "log_pkey" ON "log" ("at");

==> 2026-11-23-141201-0002_log_primary_key_1_index/down.sql
-- Step 1 of 2 of an online change: others go on working meanwhile.
-- locks log: SHARE UPDATE EXCLUSIVE for a moment, nobody waits

-- Drop index log_pkey of log
DROP INDEX CONCURRENTLY IF EXISTS "log_pkey";

==> 2026-11-23-141202-0003_log_primary_key_2_primary_key/up.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks log: ACCESS EXCLUSIVE for a moment, reads and writes wait

-- Drop index log_pkey of log

-- Add primary key (at) to log
DO $$
BEGIN
    IF to_regclass('"log_pkey"') IS NOT NULL THEN
        ALTER TABLE "log" ADD CONSTRAINT "log_pkey" PRIMARY KEY USING INDEX "log_pkey";
    ELSE
        RAISE WARNING 'index "log_pkey" went with its constraint: it is built again, and "log" is locked meanwhile';
        ALTER TABLE "log" ADD CONSTRAINT "log_pkey" PRIMARY KEY ("at");
    END IF;
END
$$;

==> 2026-11-23-141202-0003_log_primary_key_2_primary_key/down.sql
-- Step 2 of 2 of an online change: others go on working meanwhile.
-- locks log: ACCESS EXCLUSIVE for a moment, reads and writes wait
--
-- Going down can fail on:
--   duplicates in log under log_pkey

-- Drop primary key of log
ALTER TABLE "log" DROP CONSTRAINT "log_pkey";

-- Add index log_pkey to log

