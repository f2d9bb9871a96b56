INSERT INTO "ticket" ("id", "status", "previous") VALUES (1, 'new', NULL), (2, 'open', 'new');
