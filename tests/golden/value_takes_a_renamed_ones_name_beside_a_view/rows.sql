INSERT INTO "paint" ("id", "color") VALUES (1, 'red'), (2, 'green');
INSERT INTO "reading" ("id", "size") VALUES (1, 5);
