INSERT INTO "request" ("id", "body") VALUES (1, 'a'), (2, 'b');
INSERT INTO "ticket" ("id", "request") VALUES (1, 2), (2, 1);
