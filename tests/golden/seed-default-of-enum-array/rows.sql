SET session_replication_role = replica;
INSERT INTO "Old Books"."a.b" ("token", "size", "Title2", "id") VALUES (1, '{"x{y}"}', 'In Progress', '00000000-0000-4000-8000-000000000401'), (2, '{"a,b"}', 'it''s', '00000000-0000-4000-8000-000000000402'), (3, '{"x{y}"}', NULL, '00000000-0000-4000-8000-000000000403');
RESET session_replication_role;
