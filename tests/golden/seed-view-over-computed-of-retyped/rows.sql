SET session_replication_role = replica;
INSERT INTO "audit"."жильё" ("rowNo", "a.b") VALUES (1, '[2010,2015)'), (2, '[2020,2025)'), (3, '[2030,2035)');
SELECT setval(pg_get_serial_sequence('"audit"."жильё"', 'id'), 50);
INSERT INTO "Old Books"."unit" ("rowNo") VALUES (1), (2), (3);
SELECT setval(pg_get_serial_sequence('"Old Books"."unit"', 'id'), 50);
RESET session_replication_role;
