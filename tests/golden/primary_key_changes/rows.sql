INSERT INTO a (x, y) VALUES (1, 1), (2, 1);
