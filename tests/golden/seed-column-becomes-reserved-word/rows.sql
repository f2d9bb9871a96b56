SET session_replication_role = replica;
INSERT INTO "a_table_with_a_name_that_leaves_no_room_for_automatic_names" ("token", "a.b", "due at", "amount") VALUES (1, 201.5, 301, '00000000-0000-4000-8000-000000000601'), (2, 202.5, 302, '00000000-0000-4000-8000-000000000602'), (3, NULL, NULL, '00000000-0000-4000-8000-000000000603');
SELECT setval(pg_get_serial_sequence('"a_table_with_a_name_that_leaves_no_room_for_automatic_names"', 'naïve'), 50);
SELECT setval(pg_get_serial_sequence('"a_table_with_a_name_that_leaves_no_room_for_automatic_names"', 'id'), 50);
RESET session_replication_role;
