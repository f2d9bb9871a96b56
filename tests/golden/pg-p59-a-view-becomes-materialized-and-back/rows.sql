INSERT INTO ticket VALUES (1, 5);
DO $$ BEGIN CREATE ROLE golden_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT SELECT, INSERT, UPDATE (number) ON sums TO golden_reader;
GRANT ALL ON kept TO PUBLIC;
ALTER VIEW sums SET (security_barrier = true);
