SET session_replication_role = replica;
INSERT INTO "audit"."unit" ("marker of row", "amount", "user", "select", "size", "created_at", "title", "naïve") VALUES (1, B'0000000011001001', 301, '2001-03-10 06:41:00', '[2001-10-14,2001-10-15)', 701, '2002-09-06 15:01:00', 1001), (2, B'0000000011001010', 302, '2001-03-11 06:42:00', '[2001-10-15,2001-10-16)', 702, '2002-09-07 15:02:00', 1002), (3, B'0000000011001011', 303, NULL, NULL, NULL, NULL, NULL);
RESET session_replication_role;
