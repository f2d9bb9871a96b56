SET session_replication_role = replica;
INSERT INTO "unit" ("marker of row", "a.b", "column_with_a_name_that_is_nearly_as_long_as_names_can_be_here", "amount") VALUES (1, 201.5, '[2000-11-22,2000-11-23)', 'v401'), (2, 202.5, '[2000-11-23,2000-11-24)', 'v402'), (3, NULL, NULL, NULL);
RESET session_replication_role;
