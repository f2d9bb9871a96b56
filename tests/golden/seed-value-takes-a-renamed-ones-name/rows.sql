SET session_replication_role = replica;
INSERT INTO "meter_reading" ("token", "naïve", "it's", "camelCase", "column_with_a_name_that_is_nearly_as_long_as_names_can_be_here") VALUES (1, '"q"', 'v301', '[4010,4015)', '{2001-06-26}'), (2, '"q"', 'v302', '[4020,4025)', '{2001-06-27}'), (3, '"q"', 'v303', NULL, NULL);
INSERT INTO "Old Books"."organization" ("marker of row", "Title2", "say ""x""", "order", "created_at", "id") VALUES (1, B'0000000010111101', '00000000-0000-4000-8000-000000000801', '{901,NULL}', '"q"', 1101), (2, B'0000000010111110', '00000000-0000-4000-8000-000000000802', '{902,NULL}', '"q"', 1102), (3, NULL, '00000000-0000-4000-8000-000000000803', NULL, NULL, 1103);
RESET session_replication_role;
