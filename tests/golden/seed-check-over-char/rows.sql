SET session_replication_role = replica;
INSERT INTO "order" ("rowNo", "id", "title") VALUES (1, 201, 'v301'), (2, 202, 'v302'), (3, 203, NULL);
RESET session_replication_role;
