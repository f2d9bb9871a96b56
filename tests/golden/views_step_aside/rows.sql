INSERT INTO "ticket" ("id", "title", "price") VALUES (1, 'a', 200), (2, 'b', NULL);
