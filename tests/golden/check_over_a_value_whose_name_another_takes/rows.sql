INSERT INTO "unit" ("id", "price") VALUES (1, 'late'), (2, 'done');
