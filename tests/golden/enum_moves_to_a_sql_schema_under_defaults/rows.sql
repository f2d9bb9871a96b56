INSERT INTO "ticket" ("id", "phase", "said") VALUES (1, 'new', 'a,b'), (2, NULL, 'new');
