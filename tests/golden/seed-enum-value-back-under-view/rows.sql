SET session_replication_role = replica;
INSERT INTO "a.b" ("token", "user", "order", "it's") VALUES (1, 'черновик', FALSE, FALSE), (2, 'a,b', TRUE, TRUE), (3, NULL, NULL, NULL);
SELECT setval(pg_get_serial_sequence('"a.b"', 'id'), 50);
RESET session_replication_role;
