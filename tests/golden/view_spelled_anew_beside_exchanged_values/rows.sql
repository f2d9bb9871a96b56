INSERT INTO "ticket" ("id", "title", "mood") VALUES (1, 'a', 'calm'), (2, 'b', 'glad');
