INSERT INTO "My t" VALUES (1, 1, 'b', 'c', 4);
