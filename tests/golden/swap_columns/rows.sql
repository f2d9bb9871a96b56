INSERT INTO "organization" ("id", "name") VALUES (1, 'a');
INSERT INTO "ticket" ("id", "title", "details") VALUES (1, 'a', NULL), (2, 'b', 'c');
