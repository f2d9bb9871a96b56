INSERT INTO "lease" ("id", "span") VALUES (1, NULL);
