SET session_replication_role = replica;
INSERT INTO "it's" ("marker of row", "created_at", "camelCase", "id") VALUES (1, '{"it''s"}', 301.5, '00000000-0000-4000-8000-000000000401'), (2, '{"x{y}"}', 302.5, '00000000-0000-4000-8000-000000000402'), (3, NULL, NULL, '00000000-0000-4000-8000-000000000403');
RESET session_replication_role;
