SET session_replication_role = replica;
INSERT INTO "Old Books"."ticket" ("marker of row", "due at", "e-mail", "id") VALUES (1, 'done', B'0000000000101101', FALSE), (2, 'open', B'0000000000101110', TRUE), (3, NULL, B'0000000000101111', FALSE);
INSERT INTO "audit"."unit" ("marker of row", "part_of") VALUES (1, 1), (2, 2), (3, NULL);
SELECT setval(pg_get_serial_sequence('"audit"."unit"', 'id'), 50);
RESET session_replication_role;
