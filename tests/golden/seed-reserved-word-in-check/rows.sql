SET session_replication_role = replica;
INSERT INTO "it's" ("rowNo", "size", "id") VALUES (1, 201, '00000000-0000-4000-8000-000000000301'), (2, 202, '00000000-0000-4000-8000-000000000302'), (3, 203, '00000000-0000-4000-8000-000000000303');
INSERT INTO "say ""x""" ("rowNo", "column_with_a_name_that_is_nearly_as_long_as_names_can_be_here") VALUES (1, 'v501'), (2, 'v502'), (3, 'v503');
RESET session_replication_role;
