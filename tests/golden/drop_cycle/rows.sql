INSERT INTO a (id, b) VALUES (1, NULL);
INSERT INTO b (id, a) VALUES (1, 1);
INSERT INTO keep (id, a) VALUES (1, 1);
