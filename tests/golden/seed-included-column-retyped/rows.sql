SET session_replication_role = replica;
INSERT INTO "audit"."жильё" ("marker of row", "column_with_a_name_that_is_nearly_as_long_as_names_can_be_here", "third", "part_of") VALUES (1, '2000-08-06 03:21:00', 1, 1), (2, '2000-08-07 03:22:00', 2, 2), (3, '2000-08-08 03:23:00', NULL, NULL);
RESET session_replication_role;
